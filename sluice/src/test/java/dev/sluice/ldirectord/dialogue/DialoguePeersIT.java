package dev.sluice.ldirectord.dialogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.sluice.config.ldirectord.Dialogue;
import dev.sluice.config.ldirectord.LdirectorSettings.Check;
import dev.sluice.config.ldirectord.Ldirectord;
import dev.sluice.config.ldirectord.Machine;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Dialogues with real servers on the loopback interface: nginx, dnsmasq, PostgreSQL, MariaDB,
/// OpenLDAP, FreeRADIUS.
final class DialoguePeersIT {

    private static final long PATIENCE_SECONDS = 60;
    private static final String ADDRESS = "127.0.0.1";

    private final List<Process> running = new ArrayList<>();
    private Path folder = Path.of("");
    private int port;

    @BeforeEach
    void aPlaceForTheirFiles() throws IOException {
        // Not JUnit's: servers that run as somebody else have to get in.
        folder = Files.createTempDirectory("sluice-it-dialogue");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (Process process : running) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        try (Stream<Path> inside = Files.walk(folder)) {
            inside.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }

    private String ask(Dialogue dialogue, String options) throws IOException {
        Check check =
                Ldirectord.read(
                                "l.cf",
                                "virtual=192.0.2.1:1\n    real=192.0.2.2:1 gate\n" + options,
                                Machine.WITHOUT_NAMES)
                        .settings()
                        .services()
                        .getFirst()
                        .check();
        return Dialogues.ask(
                dialogue,
                new Inquiry(
                        Address.parse(ADDRESS),
                        port,
                        true,
                        check,
                        check.request(),
                        check.receive(),
                        System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)));
    }

    private String complaint(Dialogue dialogue, String options) {
        return String.valueOf(
                assertThrows(IOException.class, () -> ask(dialogue, options)).getMessage());
    }

    /// Asks until a server that has just been started answers.
    private String askAtStart(Dialogue dialogue, String options) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                return ask(dialogue, options);
            } catch (IOException e) {
                if (System.nanoTime() - deadline > 0) {
                    return fail(e.getMessage() + "\n" + said(), e);
                }
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private String said() {
        try {
            return Files.readString(folder.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void start(String... command) throws IOException {
        running.add(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(folder.resolve("said").toFile()))
                        .start());
    }

    private void run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(folder.resolve("said").toFile()))
                        .start();
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), command[0] + " hangs");
        assertEquals(0, process.exitValue(), this::said);
    }

    private String write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return file.toString();
    }

    @Test
    void webOverTls() throws Exception {
        Needs.programs("nginx", "openssl");
        run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=x",
                "-days",
                "2",
                "-keyout",
                folder + "/key",
                "-out",
                folder + "/certificate");
        start(
                "nginx",
                "-p",
                folder.toString(),
                "-c",
                write(
                        "nginx.conf",
                        """
                        daemon off; user root; worker_processes 1;
                        pid %1$s/pid; error_log %1$s/error.log;
                        events {}
                        http {
                            access_log off;
                            client_body_temp_path %1$s/a; proxy_temp_path %1$s/b;
                            fastcgi_temp_path %1$s/c; uwsgi_temp_path %1$s/d; scgi_temp_path %1$s/e;
                            server {
                                listen %2$s:%3$d ssl;
                                ssl_certificate %1$s/certificate;
                                ssl_certificate_key %1$s/key;
                                location = / { return 200 "host $host name $ssl_server_name\\n"; }
                                location = /old { return 302 /; }
                                location = /bad { return 500; }
                            }
                        }
                        """
                                .formatted(folder, ADDRESS, port)));
        String host = "    virtualhost=www.x.y\n    receive=\"host www.x.y name www.x.y\"\n";
        askAtStart(Dialogue.HTTPS, host);
        ask(Dialogue.HTTPS, host + "    request=\"old\"\n");
        assertEquals("status 500", complaint(Dialogue.HTTPS, "    request=\"bad\"\n"));
        assertEquals("status 404", complaint(Dialogue.HTTPS, "    request=\"none\"\n"));
        assertEquals("status 400", complaint(Dialogue.HTTP, ""));
    }

    @Test
    void names() throws IOException {
        Needs.programs("dnsmasq");
        start(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--pid-file=" + folder + "/pid",
                "--port=" + port,
                "--listen-address=" + ADDRESS,
                "--bind-interfaces",
                "--host-record=www.example.test,192.0.2.9");
        String name = "    request=\"www.example.test\"\n";
        assertEquals("192.0.2.9", askAtStart(Dialogue.DNS, name));
        ask(Dialogue.DNS, name + "    receive=\"^192.0.2\"\n");
        assertEquals(
                "`^10` is not in 192.0.2.9",
                complaint(Dialogue.DNS, name + "    receive=\"^10\"\n"));
        assertEquals("www.example.test", ask(Dialogue.DNS, "    request=\"192.0.2.9\"\n"));
        assertTrue(
                complaint(Dialogue.DNS, "    request=\"no.example.test\"\n")
                        .startsWith("the answer"));
    }

    @Test
    void postgresql() throws Exception {
        Path programs = Path.of("/usr/lib/postgresql/15/bin");
        Needs.that(
                Files.isDirectory(programs),
                "postgresql is not installed; it is among the packages that .ci/run installs");
        Needs.programs("runuser");
        run("chown", "postgres", folder.toString());
        String data = folder + "/data";
        String password = write("password", "pw");
        run(
                "runuser",
                "-u",
                "postgres",
                "--",
                programs + "/initdb",
                "-D",
                data,
                "-U",
                "me",
                "--auth=scram-sha-256",
                "--pwfile=" + password);
        start(
                "runuser",
                "-u",
                "postgres",
                "--",
                programs + "/postgres",
                "-D",
                data,
                "-p",
                Integer.toString(port),
                "-h",
                ADDRESS,
                "-k",
                folder.toString());
        String login = "    login=\"me\"\n    passwd=\"pw\"\n    database=\"postgres\"\n";
        assertEquals("a row", askAtStart(Dialogue.PGSQL, login + "    request=\"select 1\"\n"));
        assertEquals(
                "the query gives no row",
                complaint(Dialogue.PGSQL, login + "    request=\"select 1 where false\"\n"));
        assertTrue(
                complaint(Dialogue.PGSQL, login + "    request=\"select x\"\n").contains("\"x\""));
        assertTrue(
                complaint(Dialogue.PGSQL, login.replace("pw", "no") + "    request=\"select 1\"\n")
                        .contains("password authentication failed"));
    }

    @Test
    void mariadb() throws Exception {
        Needs.programs("mariadbd", "mariadb-install-db");
        String data = folder + "/data";
        run("mariadb-install-db", "--no-defaults", "--user=root", "--datadir=" + data);
        String init =
                write(
                        "init",
                        """
                        CREATE USER me@'127.0.0.1' IDENTIFIED BY 'pw';
                        GRANT SELECT ON mysql.* TO me@'127.0.0.1';
                        """);
        start(
                "mariadbd",
                "--no-defaults",
                "--user=root",
                "--datadir=" + data,
                "--bind-address=" + ADDRESS,
                "--port=" + port,
                "--socket=" + folder + "/socket",
                "--pid-file=" + folder + "/pid",
                "--skip-name-resolve",
                "--init-file=" + init);
        String login = "    login=\"me\"\n    passwd=\"pw\"\n    database=\"mysql\"\n";
        assertEquals("a row", askAtStart(Dialogue.MYSQL, login + "    request=\"select 1\"\n"));
        assertEquals(
                "the query gives no row",
                complaint(
                        Dialogue.MYSQL, login + "    request=\"select 1 from dual where 1=2\"\n"));
        assertTrue(
                complaint(Dialogue.MYSQL, login + "    request=\"select nonsense\"\n")
                        .startsWith("error 1054"));
        assertTrue(
                complaint(Dialogue.MYSQL, login.replace("pw", "no") + "    request=\"select 1\"\n")
                        .startsWith("error 1045"));
    }

    @Test
    void openLdap() throws Exception {
        Needs.programs("slapd", "slapadd");
        Files.createDirectory(folder.resolve("data"));
        String configuration =
                write(
                        "slapd.conf",
                        """
                        include /etc/ldap/schema/core.schema
                        modulepath /usr/lib/ldap
                        moduleload back_mdb
                        pidfile %1$s/pid
                        database mdb
                        suffix "dc=x"
                        rootdn "cn=me,dc=x"
                        rootpw pw
                        directory %1$s/data
                        """
                                .formatted(folder));
        String entry =
                write(
                        "entry",
                        """
                        dn: dc=x
                        objectClass: dcObject
                        objectClass: organization
                        dc: x
                        o: Here
                        """);
        run("slapadd", "-f", configuration, "-l", entry);
        start("slapd", "-d", "0", "-f", configuration, "-h", "ldap://" + ADDRESS + ":" + port);
        assertEquals("an entry", askAtStart(Dialogue.LDAP, "    request=\"dc=x\"\n"));
        String login = "    login=\"cn=me,dc=x\"\n    passwd=\"pw\"\n";
        ask(Dialogue.LDAP, login + "    request=\"dc=x\"\n    receive=\"Here\"\n");
        assertEquals("search: result 32", complaint(Dialogue.LDAP, "    request=\"dc=y,dc=x\"\n"));
        assertEquals("bind: result 49", complaint(Dialogue.LDAP, login.replace("pw", "no")));
        assertEquals(
                "`There` is not in the entry",
                complaint(Dialogue.LDAP, "    request=\"dc=x\"\n    receive=\"There\"\n"));
    }

    @Test
    void freeRadius() throws Exception {
        Needs.programs("freeradius");
        Path home = Files.createDirectories(folder.resolve("raddb"));
        write("users", "me Cleartext-Password := \"pw\"\n");
        Files.writeString(
                home.resolve("radiusd.conf"),
                """
                prefix = /usr
                run_dir = %1$s
                logdir = %1$s
                pidfile = %1$s/pid
                client here {
                    ipaddr = %2$s
                    secret = s3cret
                }
                modules {
                    pap {
                    }
                    files {
                        usersfile = %1$s/users
                    }
                }
                server default {
                    listen {
                        type = auth
                        ipaddr = %2$s
                        port = %3$d
                    }
                    authorize {
                        files
                        pap
                    }
                    authenticate {
                        pap
                    }
                }
                """
                        .formatted(folder, ADDRESS, port));
        start(
                "freeradius",
                "-f",
                "-l",
                "stdout",
                "-d",
                home.toString(),
                "-D",
                "/usr/share/freeradius");
        String login = "    login=\"me\"\n    passwd=\"pw\"\n    secret=\"s3cret\"\n";
        assertEquals("accepted", askAtStart(Dialogue.RADIUS, login));
        assertEquals(
                "the answer's code is 3", complaint(Dialogue.RADIUS, login.replace("pw", "no")));
    }
}
