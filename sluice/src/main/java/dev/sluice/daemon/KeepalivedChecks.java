package dev.sluice.daemon;

import dev.sluice.config.settings.Checker;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.Tracker;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem;
import dev.sluice.health.PoolSettings.Check;
import dev.sluice.health.PoolSettings.Wording;
import dev.sluice.health.pool.Timing;
import dev.sluice.health.probe.DnsProbe;
import dev.sluice.health.probe.FileProbe;
import dev.sluice.health.probe.HttpProbe;
import dev.sluice.health.probe.PingProbe;
import dev.sluice.health.probe.ScriptProbe;
import dev.sluice.health.probe.SmtpProbe;
import dev.sluice.health.probe.Target;
import dev.sluice.health.probe.TcpProbe;
import dev.sluice.health.probe.UdpProbe;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The checkers of a keepalived.conf as the health package wants them, with keepalived's words for
/// the log.
final class KeepalivedChecks {

    /// How often a file is looked at; keepalived is told by the kernel.
    private static final long FILE_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Settings settings;
    private final KeepalivedScripts scripts;
    private final List<Problem> problems;

    /// @param problems gets what is not done
    KeepalivedChecks(Settings settings, List<Problem> problems) {
        this.settings = settings;
        this.problems = problems;
        scripts = new KeepalivedScripts(settings.globals().scripts());
    }

    /// @param server the real server's name, and the virtual server's
    Optional<Check> check(Checker from, String server, String virtualServer) {
        return switch (from) {
            case Checker.Tcp tcp ->
                    check(
                            "TCP_CHECK",
                            tcp.timing(),
                            new TcpProbe(target(tcp)),
                            new Wording(
                                    "TCP connection to %s success.".formatted(server),
                                    failed("TCP_CHECK on service %s".formatted(server), tcp)));
            case Checker.Http http -> Optional.of(http(http, server));
            case Checker.Smtp smtp ->
                    check(
                            "SMTP_CHECK",
                            smtp.timing(),
                            new SmtpProbe(target(smtp), smtp.heloName()),
                            new Wording(
                                    "SMTP_CHECK (%s) success".formatted(server),
                                    "SMTP_CHECK (%s) {reason}%s"
                                            .formatted(server, afterRetries(smtp))));
            case Checker.Dns dns ->
                    check(
                            "DNS_CHECK",
                            dns.timing(),
                            new DnsProbe(target(dns), DnsProbe.type(dns.type()), dns.name()),
                            new Wording(
                                    "DNS_CHECK (%s) success".formatted(server),
                                    "DNS_CHECK (%s) {reason}%s"
                                            .formatted(server, afterRetries(dns))));
            case Checker.Udp udp ->
                    check(
                            "UDP_CHECK",
                            udp.timing(),
                            udp(udp),
                            new Wording(
                                    "UDP_CHECK on service %s success.".formatted(server),
                                    "UDP_CHECK on service %s failed. ({reason})"
                                            .formatted(server)));
            case Checker.Misc misc -> Optional.of(misc(misc, server, virtualServer));
            case Checker.File file -> Optional.of(file(file, server));
            case Checker.Ping ping ->
                    check(
                            "PING_CHECK",
                            ping.timing(),
                            new PingProbe(target(ping)),
                            new Wording(
                                    "ICMP CHECK on service %s of %s success."
                                            .formatted(server, virtualServer),
                                    failed(
                                            "ICMP CHECK on service %s of %s"
                                                    .formatted(server, virtualServer),
                                            ping)));
            case Checker.Bfd bfd -> notDone(bfd.place(), "BFD_CHECK");
        };
    }

    private Optional<Check> notDone(Place place, String what) {
        problems.add(
                new Problem(
                        Problem.Severity.ERROR,
                        place,
                        "`" + what + "` is not done yet",
                        "use another check: without one the server would always count as up"));
        return Optional.empty();
    }

    private static Optional<Check> check(
            String kind,
            Checker.Timing timing,
            dev.sluice.health.probe.Probe probe,
            Wording wording) {
        return Optional.of(new Check(kind, timing(timing, 1, false, false), probe, wording));
    }

    private Check http(Checker.Http http, String server) {
        HttpProbe.Form form =
                switch (http.version()) {
                    case HTTP_1_0 -> HttpProbe.Form.HTTP_1_0;
                    case HTTP_1_0_CLOSE -> HttpProbe.Form.HTTP_1_0_CLOSE;
                    case HTTP_1_1 -> HttpProbe.Form.HTTP_1_1;
                };
        return new Check(
                http.isTls() ? "SSL_GET" : "HTTP_GET",
                timing(http.timing(), http.urls().size(), true, http.isFastRecovery()),
                new HttpProbe(
                        target(http),
                        http.isTls()
                                ? new HttpProbe.Tls(http.sendsServerName(), http.serverName())
                                : null,
                        form,
                        http.urls().stream().map(KeepalivedChecks::page).toList()),
                new Wording(
                        "Remote Web server %s succeed on service.".formatted(server),
                        failed("HTTP_CHECK on service %s".formatted(server), http)));
    }

    private static HttpProbe.Page page(Checker.Url url) {
        return new HttpProbe.Page(
                url.path(),
                url.virtualHost(),
                url.statuses().stream()
                        .map(range -> new HttpProbe.StatusRange(range.least(), range.most()))
                        .toList(),
                url.digest(),
                url.regex() == null
                        ? null
                        : new HttpProbe.Body(
                                url.regex(),
                                flags(url.regexOptions()),
                                url.regexMustNotMatch(),
                                url.regexMinimumOffset(),
                                url.regexMaximumOffset()));
    }

    /// Java's, of PCRE2's options that it has.
    private static int flags(List<String> options) {
        int flags = 0;
        for (String option : options) {
            flags |=
                    switch (option) {
                        case "caseless" -> Pattern.CASE_INSENSITIVE;
                        case "multiline" -> Pattern.MULTILINE;
                        case "dotall" -> Pattern.DOTALL;
                        case "extended" -> Pattern.COMMENTS;
                        case "utf" -> Pattern.UNICODE_CASE;
                        case "ucp" -> Pattern.UNICODE_CHARACTER_CLASS;
                        default -> 0;
                    };
        }
        return flags;
    }

    private static UdpProbe udp(Checker.Udp udp) {
        return new UdpProbe(
                target(udp),
                udp.payload() == null ? UdpProbe.STANDARD_PAYLOAD : udp.payload(),
                udp.needsReply()
                        ? new UdpProbe.Reply(
                                udp.reply(), udp.leastReplyBytes(), udp.mostReplyBytes())
                        : null);
    }

    private Check misc(Checker.Misc misc, String server, String virtualServer) {
        String name =
                "Misc check for [%s VS %s] by [%s]"
                        .formatted(
                                server, virtualServer, String.join(" ", misc.script().command()));
        String failed =
                misc.timing().retry() == 0
                        ? name + " failed with retry disabled ({reason})."
                        : name + " failed%s ({reason}).".formatted(afterRetries(misc));
        return new Check(
                "MISC_CHECK",
                timing(misc.timing(), 1, false, false),
                new ScriptProbe(
                        scripts.script(misc.script()),
                        misc.timeout().toNanos(),
                        misc.setsWeight(),
                        settings.globals().scripts().isSecure()),
                new Wording(name + " succeeded.", failed));
    }

    private Check file(Checker.File check, String server) {
        Tracker.File file =
                settings.files().stream()
                        .filter(one -> one.name().equals(check.file()))
                        .findFirst()
                        .orElseThrow();
        Tracker.Weight weight = check.weight() == null ? file.weight() : check.weight();
        long factor = weight.isReversed() ? -weight.value() : weight.value();
        return new Check(
                "FILE_CHECK",
                new Timing(FILE_LOOK_NANOS, FILE_LOOK_NANOS, 0, 0, 0, false, 1, false, false),
                new FileProbe(Path.of(file.path()), factor),
                new Wording(
                        "FILE_CHECK %s on service %s success.".formatted(check.file(), server),
                        "FILE_CHECK %s on service %s failed. ({reason})"
                                .formatted(check.file(), server)));
    }

    private static String failed(String what, Checker.Periodic check) {
        return what + " failed" + afterRetries(check) + ". ({reason})";
    }

    private static String afterRetries(Checker.Periodic check) {
        long retries = check.timing().retry();
        return retries == 0 ? "" : " after %d retries".formatted(retries);
    }

    /// @param takesLongerDown whether a failed check waits for the retry delay if that is longer
    private static Timing timing(
            Checker.Timing from, int parts, boolean takesLongerDown, boolean recoversFast) {
        Duration down =
                takesLongerDown && from.retryDelay().compareTo(from.interval()) > 0
                        ? from.retryDelay()
                        : from.interval();
        return new Timing(
                from.interval().toNanos(),
                down.toNanos(),
                from.retry(),
                from.retryDelay().toNanos(),
                from.warmup().toNanos(),
                from.isDownAtFirst(),
                parts,
                recoversFast,
                from.logsAllFailures());
    }

    private static Target target(Checker.OverNetwork check) {
        Checker.Connection to = check.connection();
        return new Target(
                to.address(),
                to.port(),
                to.timeout().toNanos(),
                to.from(),
                to.fromPort(),
                to.fromInterface(),
                (int) to.mark());
    }

    /// What of a check's connection cannot be done; null: nothing.
    static @Nullable Problem complaint(Checker check) {
        if (!(check instanceof Checker.OverNetwork over) || check instanceof Checker.Ping) {
            return null;
        }
        String what =
                over.connection().mark() != 0
                        ? "fwmark"
                        : over.connection().fromInterface() != null ? "bind_if" : null;
        return what == null
                ? null
                : new Problem(
                        Problem.Severity.ERROR,
                        over.place(),
                        "`" + what + "` of a check is not done yet",
                        "choose the source with bindto");
    }
}
