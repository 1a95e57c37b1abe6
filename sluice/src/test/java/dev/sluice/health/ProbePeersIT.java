package dev.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.health.probe.DnsProbe;
import dev.sluice.health.probe.Finding;
import dev.sluice.health.probe.HttpProbe;
import dev.sluice.health.probe.HttpProbe.Body;
import dev.sluice.health.probe.HttpProbe.Form;
import dev.sluice.health.probe.HttpProbe.Page;
import dev.sluice.health.probe.HttpProbe.StatusRange;
import dev.sluice.health.probe.HttpProbe.Tls;
import dev.sluice.health.probe.PingProbe;
import dev.sluice.health.probe.Probe;
import dev.sluice.health.probe.ScriptProbe;
import dev.sluice.health.probe.SmtpProbe;
import dev.sluice.health.probe.Target;
import dev.sluice.health.probe.TcpProbe;
import dev.sluice.health.probe.UdpProbe;
import dev.sluice.script.Script;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Each probe against the real server that it is for, on the loopback: nginx, dnsmasq, OpenSMTPD.
final class ProbePeersIT {

    private static final String LOOPBACK = "127.0.0.1";
    private static final int DNS = 18053;
    private static final int SMTP = 18025;
    private static final int NOBODY = 18099;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /// MD5 of `hello world`.
    private static final String DIGEST = "5eb63bbbe01eeed093cb22bb8f5acdc3";

    private static final List<StatusRange> OK = List.of(new StatusRange(200, 299));

    @TempDir private static Path folder;

    private static final List<AutoCloseable> OPEN = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        Needs.programs("nginx", "openssl", "dnsmasq", "smtpd");
        OPEN.add(new WebServer(folder));
        started(
                "dnsmasq",
                "--keep-in-foreground",
                "--no-resolv",
                "--no-hosts",
                "--conf-file=/dev/null",
                "--pid-file=",
                "--user=root",
                "--listen-address=" + LOOPBACK,
                "--bind-interfaces",
                "--port=" + DNS,
                "--local=/example.org/",
                "--host-record=www.example.org,192.0.2.1",
                "--txt-record=example.org,text");
        Path smtpd = folder.resolve("smtpd.conf");
        Files.writeString(
                smtpd,
                "listen on "
                        + LOOPBACK
                        + " port "
                        + SMTP
                        + " hostname mail.example.org\n"
                        + "action nothing relay\n"
                        + "match from any for local reject\n");
        started("smtpd", "-d", "-f", smtpd.toString());
        for (Probe probe :
                List.of(
                        new TcpProbe(target(WebServer.HTTP)),
                        new TcpProbe(target(WebServer.HTTPS)),
                        new TcpProbe(target(SMTP)),
                        new DnsProbe(target(DNS), DnsProbe.type("A"), "www.example.org"))) {
            awaitPass(probe);
        }
    }

    private static void started(String... command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(command[0] + ".log").toFile())
                        .start();
        OPEN.add(() -> {
            process.destroy();
            process.waitFor(20, TimeUnit.SECONDS);
        });
    }

    private static void awaitPass(Probe probe) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        Finding finding = probe.ask(0);
        while (!finding.passed()) {
            assertThat(System.nanoTime() - deadline).as("%s: %s", probe, finding).isNegative();
            TimeUnit.MILLISECONDS.sleep(20);
            finding = probe.ask(0);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable one : OPEN.reversed()) {
            one.close();
        }
    }

    private static Target target(int port) {
        return target(LOOPBACK, port);
    }

    private static Target target(String address, int port) {
        return new Target(
                Address.parse(address), port, TimeUnit.SECONDS.toNanos(10), null, 0, null, 0);
    }

    private static Finding get(Form form, Page page) throws InterruptedException {
        return new HttpProbe(target(WebServer.HTTP), null, form, List.of(page)).ask(0);
    }

    private static Page page(String path, @Nullable String digest, @Nullable Body body) {
        return new Page(path, null, OK, digest, body);
    }

    /// Statement 18: a page with the right digest passes; one changed byte fails it; status 301
    /// fails without a list; a list `301 302` passes it.
    @Test
    void digestAndStatus() throws Exception {
        for (Form form : Form.values()) {
            assertThat(get(form, page("/", DIGEST, null)).passed()).isTrue();
            assertThat(get(form, page("/host", DIGEST, null)).passed()).isFalse();
            assertThat(get(form, page("/moved", null, null)).reason()).contains("status 301");
            Page moved =
                    new Page(
                            "/moved",
                            null,
                            List.of(new StatusRange(301, 301), new StatusRange(302, 302)),
                            null,
                            null);
            assertThat(get(form, moved).passed()).isTrue();
            assertThat(get(form, page("/broken", null, null)).reason()).contains("status 500");
            assertThat(get(form, page("/silent", null, null)).passed()).isFalse();
            assertThat(get(form, page("/big.txt", null, null)).passed()).isTrue();
        }
    }

    @Test
    void regularExpressions() throws Exception {
        Body hello = new Body("HELLO", Pattern.CASE_INSENSITIVE, false, 0, null);
        assertThat(get(Form.HTTP_1_0, page("/", null, hello)).passed()).isTrue();
        Body none = new Body("hello", 0, true, 0, null);
        assertThat(get(Form.HTTP_1_0, page("/", null, none)).passed()).isFalse();
        Body late = new Body("hello", 0, false, 3, null);
        assertThat(get(Form.HTTP_1_0, page("/", null, late)).passed()).isFalse();
        Body early = new Body("world", 0, false, 0, 3);
        assertThat(get(Form.HTTP_1_0, page("/", null, early)).passed()).isFalse();
    }

    @Test
    void virtualHostAndAddress() throws Exception {
        Page named =
                new Page(
                        "/host",
                        "www.example.org",
                        OK,
                        null,
                        new Body("^host www\\.example\\.org$", 0, false, 0, null));
        assertThat(get(Form.HTTP_1_1, named).passed()).isTrue();
        Body address = new Body("^host \\[::1\\]:" + WebServer.HTTP + "$", 0, false, 0, null);
        HttpProbe probe =
                new HttpProbe(
                        target("::1", WebServer.HTTP),
                        null,
                        Form.HTTP_1_0,
                        List.of(page("/host", null, address)));
        assertThat(probe.ask(0).reason()).isEqualTo("/host: status 200");
    }

    /// The server tells the name that it was asked for in the handshake.
    @Test
    void serverNameIndication() throws Exception {
        assertThat(hello(new Tls(true, null), "www.example.org", "^Hello www\\.example\\.org$"))
                .isEqualTo(Finding.passed("/: status 200"));
        assertThat(hello(new Tls(true, "www.example.org"), "x", "^Hello <www\\.example\\.org>"))
                .isEqualTo(Finding.passed("/: status 200"));
        for (int i = 0; i < 2; i++) {
            // Not resumed, either.
            assertThat(hello(new Tls(false, null), "10.0.0.1", "^Hello <> \\.$"))
                    .isEqualTo(Finding.passed("/: status 200"));
        }
        HttpProbe plain =
                new HttpProbe(
                        target(WebServer.HTTP),
                        new Tls(true, null),
                        Form.HTTP_1_1,
                        List.of(page("/", null, null)));
        assertThat(plain.ask(0).reason()).startsWith("/: TLS: ");
    }

    private static Finding hello(Tls tls, String host, String answer) throws InterruptedException {
        Body body = new Body(answer, Pattern.MULTILINE, false, 0, null);
        return new HttpProbe(
                        target(WebServer.HTTPS),
                        tls,
                        Form.HTTP_1_1,
                        List.of(new Page("/", host, OK, null, body)))
                .ask(0);
    }

    @Test
    void nameServer() throws Exception {
        assertThat(dns(DNS, "A", "www.example.org")).isEqualTo(Finding.passed("no error"));
        assertThat(dns(DNS, "TXT", "example.org.").passed()).isTrue();
        // An answer without records is one.
        assertThat(dns(DNS, "MX", "www.example.org").passed()).isTrue();
        assertThat(dns(DNS, "A", "nobody.example.org")).isEqualTo(Finding.failed("no such name"));
        assertThat(dns(DNS, "A", "www.example.net")).isEqualTo(Finding.failed("refused"));
        assertThat(dns(NOBODY, "A", "www.example.org").reason()).isEqualTo("port unreachable");
    }

    private static Finding dns(int port, String type, String name) throws InterruptedException {
        return new DnsProbe(target(port), DnsProbe.type(type), name).ask(0);
    }

    @Test
    void mailServer() throws Exception {
        assertThat(new SmtpProbe(target(SMTP), "probe.example.org").ask(0).reason())
                .startsWith("220 mail.example.org");
        assertThat(new SmtpProbe(target(NOBODY), "probe").ask(0).reason())
                .isEqualTo("connection refused");
        assertThat(new SmtpProbe(target(WebServer.HTTP), "probe").ask(0).passed()).isFalse();
    }

    @Test
    void datagrams() throws Exception {
        assertThat(new UdpProbe(target(NOBODY), "00", null).ask(0).reason())
                .isEqualTo("port unreachable");
        // A query for the name servers of the root, and the beginning of what must come back.
        String query = "1234010000010000000000000000020001";
        UdpProbe.Reply right = new UdpProbe.Reply("12348X", 12, 512);
        assertThat(new UdpProbe(target(DNS), query, right).ask(0))
                .isEqualTo(Finding.passed("answered"));
        UdpProbe.Reply wrong = new UdpProbe.Reply("1235", 12, 512);
        assertThat(new UdpProbe(target(DNS), query, wrong).ask(0).reason())
                .isEqualTo("an answer that differs at byte 1");
        UdpProbe.Reply longer = new UdpProbe.Reply("", 200, 512);
        assertThat(new UdpProbe(target(DNS), query, longer).ask(0).reason())
                .startsWith("an answer of");
    }

    @Test
    void ping() throws Exception {
        assertThat(new PingProbe(target(0)).ask(0)).isEqualTo(Finding.passed("answered"));
        assertThat(new PingProbe(target("::1", 0)).ask(0)).isEqualTo(Finding.passed("answered"));
        assertThat(new PingProbe(target("192.0.2.77", 0)).ask(0).passed()).isFalse();
    }

    @Test
    void sourceAddressAndPort() throws Exception {
        Address from = Address.parse("127.0.0.99");
        Target bound =
                new Target(
                        Address.parse(LOOPBACK),
                        WebServer.HTTP,
                        TimeUnit.SECONDS.toNanos(10),
                        from,
                        18_777,
                        null,
                        0);
        assertThat(new TcpProbe(bound).ask(0)).isEqualTo(Finding.passed("connected"));
        Target foreign =
                new Target(
                        Address.parse(LOOPBACK),
                        WebServer.HTTP,
                        TimeUnit.SECONDS.toNanos(10),
                        Address.parse("192.0.2.9"),
                        0,
                        null,
                        0);
        assertThat(new TcpProbe(foreign).ask(0).passed()).isFalse();
    }

    /// Statement 21's exit statuses.
    @Test
    void programs() throws Exception {
        assertThat(script("exit 0", true).passed()).isTrue();
        assertThat(script("exit 1", true)).isEqualTo(Finding.failed("exited with status 1"));
        assertThat(script("exit 2", true).load().added(10)).isEqualTo(-10);
        assertThat(script("exit 52", true).load().added(10)).isEqualTo(40);
        assertThat(script("exit 52", false).passed()).isFalse();
        assertThat(script("sleep 100", false)).isEqualTo(Finding.failed("timed out"));
    }

    private static Finding script(String line, boolean setsWeight) {
        return new ScriptProbe(
                        Script.of("/bin/sh", "-c", line),
                        TimeUnit.SECONDS.toNanos(1),
                        setsWeight,
                        true)
                .ask(0);
    }
}
