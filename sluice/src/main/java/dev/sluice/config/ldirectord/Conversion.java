package dev.sluice.config.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.AtAddress;
import dev.sluice.config.ldirectord.LdirectorSettings.AtMark;
import dev.sluice.config.ldirectord.LdirectorSettings.Check;
import dev.sluice.config.ldirectord.LdirectorSettings.Fallback;
import dev.sluice.config.ldirectord.LdirectorSettings.Forwarding;
import dev.sluice.config.ldirectord.LdirectorSettings.Front;
import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.config.ldirectord.LdirectorSettings.Real;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.config.ldirectord.LdirectorSettings.Transport;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A ldirectord.cf as a keepalived.conf. What keepalived cannot do, or does otherwise, is named,
/// with the line that asked for it.
public final class Conversion {

    private static final String INDENTATION = "    ";

    private final LdirectorSettings settings;
    private final String file;
    private final StringBuilder text = new StringBuilder();
    private final Set<Problem> differences = new LinkedHashSet<>();
    private int depth;

    private Conversion(String file, LdirectorSettings settings) {
        this.file = file;
        this.settings = settings;
    }

    /// What came of it.
    ///
    /// @param text a keepalived.conf
    /// @param differences what it does not say, or says otherwise
    public record Result(String text, List<Problem> differences) {}

    /// Converts a file that was read.
    ///
    /// @param file what the text says that it was made of
    public static Result of(String file, LdirectorSettings settings) {
        Conversion conversion = new Conversion(file, settings);
        conversion.write();
        return new Result(conversion.text.toString(), List.copyOf(conversion.differences));
    }

    private void write() {
        line("# Made of " + file + " by sluice convert.");
        line("");
        globals();
        settings.services().forEach(this::service);
        whole(
                "maintenancedir",
                settings.maintenanceFolder() != null,
                "use FILE_CHECK for each server");
        whole("callback", settings.callback() != null, "");
        whole("autoreload", settings.isReloaded(), "send SIGHUP after a change, or: sluice reload");
        whole("readdquiescent", settings.readdsQuiescent(), "");
        whole("logfile", settings.logFile() != null, "keepalived logs to syslog, with -S FACILITY");
        whole(
                "execute",
                !settings.others().isEmpty(),
                "convert the other files as well, and include them");
        whole(
                "cleanstop = no",
                settings.services().stream().anyMatch(each -> !each.isRemovedAtStop()),
                "start keepalived with -I (--dont-release-ipvs)");
    }

    private void whole(String keyword, boolean isAsked, String hint) {
        if (isAsked) {
            differs(Place.of(file), "`" + keyword + "` has no counterpart", hint);
        }
    }

    private void differs(Place place, String what, String hint) {
        differences.add(new Problem(Severity.WARNING, place, what, hint));
    }

    private void globals() {
        Set<String> recipients = new LinkedHashSet<>();
        boolean hasScripts = false;
        String server = null;
        for (Service service : settings.services()) {
            recipients.addAll(service.mail().recipients());
            server = service.mail().server() == null ? server : service.mail().server();
            hasScripts |=
                    service.fallbackCommand() != null
                            || service.check().kind() == Kind.EXTERNAL
                            || service.check().kind() == Kind.EXTERNAL_PERL;
        }
        if (recipients.isEmpty() && !hasScripts) {
            return;
        }
        open("global_defs");
        if (hasScripts) {
            line("enable_script_security");
            line("script_user root");
        }
        if (!recipients.isEmpty()) {
            open("notification_email");
            recipients.forEach(this::line);
            close();
            if (settings.mailFrom() != null) {
                line("notification_email_from " + quoted(Place.of(file), settings.mailFrom()));
            }
            line("smtp_server " + (server == null ? "127.0.0.1" : server));
            differs(
                    Place.of(file),
                    "mail goes to all recipients of all services, through one server by SMTP, and"
                            + " is not repeated",
                    "");
        }
        close();
    }

    private void service(Service service) {
        Check check = service.check();
        if (check.kind() == Kind.OFF || service.servers().isEmpty()) {
            differs(
                    service.place(),
                    check.kind() == Kind.OFF
                            ? "`checktype = off`: a service whose servers are never used is left"
                                    + " out"
                            : "a service without servers is left out",
                    "");
            return;
        }
        line("");
        switch (service.front()) {
            case AtAddress at -> {
                open("virtual_server " + at.address() + " " + at.port());
                line("protocol " + at.transport());
            }
            case AtMark mark -> {
                open("virtual_server fwmark " + mark.mark());
                if (mark.family() == Family.IPV6) {
                    line("ip_family inet6");
                }
            }
        }
        line("delay_loop " + service.interval().toSeconds());
        line("lb_algo " + service.scheduler());
        Forwarding usual = mostFrequent(service);
        line("lb_kind " + method(usual));
        schedulerFlags(service);
        if (service.isOnePacket()) {
            line("ops");
        }
        if (service.persistenceSeconds() > 0) {
            line("persistence_timeout " + service.persistenceSeconds());
            granularity(service);
        }
        // A server that nobody has seen working gets no clients.
        if (isChecked(check)) {
            line("alpha");
        }
        if (check.failures() > 1) {
            line("retry " + (check.failures() - 1));
            line("delay_before_retry " + service.interval().toSeconds());
        }
        if (!service.mail().recipients().isEmpty()) {
            line("smtp_alert");
        }
        fallback(service);
        fallbackCommand(service);
        service.servers().forEach(server -> server(service, server, usual));
        close();
    }

    private static boolean isChecked(Check check) {
        return switch (check.kind()) {
            case ON, OFF -> false;
            case NEGOTIATE -> check.dialogue() != Dialogue.NONE;
            case CONNECT, PING, EXTERNAL, EXTERNAL_PERL, COMBINED -> true;
        };
    }

    private static Forwarding mostFrequent(Service service) {
        TreeMap<Forwarding, Integer> counts = new TreeMap<>();
        service.servers().forEach(server -> counts.merge(server.forwarding(), 1, Integer::sum));
        Forwarding most = Forwarding.GATE;
        for (Forwarding each : counts.keySet()) {
            most = counts.get(each) > counts.getOrDefault(most, 0) ? each : most;
        }
        return most;
    }

    private static String method(Forwarding forwarding) {
        return switch (forwarding) {
            case GATE -> "DR";
            case MASQ -> "NAT";
            case IPIP -> "TUN";
        };
    }

    private void schedulerFlags(Service service) {
        for (String flag : service.schedulerFlags().split("[,\\s]+", -1)) {
            if (flag.isEmpty()) {
                continue;
            }
            String scheduler = flag.contains("-") ? flag.substring(0, flag.indexOf('-')) : "";
            if (flag.matches("flag-[123]")
                    || flag.matches("[sm]h-(port|fallback)")
                            && scheduler.equals(service.scheduler())) {
                line(flag);
            } else {
                differs(
                        service.place(),
                        "`schedflags`: `%s` is nothing that %s knows"
                                .formatted(flag, service.scheduler()),
                        "");
            }
        }
    }

    private void granularity(Service service) {
        if (service.family() == Family.IPV6) {
            if (service.persistenceBits() < 128) {
                line("persistence_granularity " + service.persistenceBits());
            }
        } else if (service.persistenceBits() < 32) {
            line("persistence_granularity " + Address.ipv4(-1 << (32 - service.persistenceBits())));
        }
    }

    private void fallback(Service service) {
        Fallback fallback = service.fallback();
        if (fallback == null) {
            return;
        }
        int port = fallback.port() == 0 ? port(service.front()) : fallback.port();
        line("sorry_server " + fallback.address() + " " + port);
        line("sorry_server_lvs_method " + method(fallback.forwarding()));
        if (service.isQuiescent()) {
            differs(
                    service.place(),
                    "while a sorry server serves, quiesced servers stay with weight 0 as under"
                            + " ldirectord, but the table changes in another order",
                    "");
        }
    }

    private static int port(Front front) {
        return front instanceof AtAddress at ? at.port() : 0;
    }

    private void fallbackCommand(Service service) {
        if (service.fallbackCommand() == null) {
            return;
        }
        String arguments =
                switch (service.front()) {
                    case AtAddress at ->
                            at.address().withPort(at.port())
                                    + " "
                                    + at.transport().name().toLowerCase(Locale.ROOT);
                    case AtMark mark -> mark.mark() + " fwm";
                };
        String command = service.fallbackCommand();
        line("quorum_up " + quoted(service.place(), command + " stop " + arguments));
        line("quorum_down " + quoted(service.place(), command + " start " + arguments));
    }

    /// @param usual what the service says already
    private void server(Service service, Real server, Forwarding usual) {
        open("real_server " + server.address() + " " + server.port());
        line("weight " + server.weight());
        if (server.forwarding() != usual) {
            line("lvs_method " + method(server.forwarding()));
        }
        if (service.isQuiescent()) {
            line("inhibit_on_failure");
        }
        if (server.upperThreshold() > 0) {
            line("uthreshold " + server.upperThreshold());
        }
        if (server.lowerThreshold() > 0) {
            line("lthreshold " + server.lowerThreshold());
        }
        checker(service, server);
        close();
    }

    private void checker(Service service, Real server) {
        Check check = service.check();
        switch (check.kind()) {
            case ON, OFF -> {}
            case CONNECT -> connect(service, server);
            case PING -> ping(service);
            case EXTERNAL, EXTERNAL_PERL -> external(service, server);
            case NEGOTIATE -> negotiation(service, server);
            case COMBINED -> {
                differs(
                        service.place(),
                        "`checktype = %d`: connects in between are left out, each check negotiates"
                                .formatted(check.connects()),
                        "");
                negotiation(service, server);
            }
        }
    }

    private void ping(Service service) {
        open("PING_CHECK");
        line("connect_timeout " + seconds(service.check().timeout()));
        close();
    }

    private void connect(Service service, Real server) {
        if (service.front() instanceof AtAddress at && at.transport() == Transport.UDP) {
            ping(service);
            return;
        }
        tcp(service, server, service.check().timeout());
    }

    private void tcp(Service service, Real server, Duration timeout) {
        if (service.check().port() == 0 && server.port() == 0) {
            differs(
                    server.place(),
                    "a server without a port cannot be asked for one: it gets no check",
                    "write: checkport = 80");
            return;
        }
        open("TCP_CHECK");
        connection(service.check(), timeout);
        close();
    }

    private void connection(Check check, Duration timeout) {
        if (check.port() > 0) {
            line("connect_port " + check.port());
        }
        line("connect_timeout " + seconds(timeout));
    }

    /// keepalived waits an hour at most.
    private static long seconds(Duration timeout) {
        return Math.min(timeout.toSeconds(), 3600);
    }

    private void external(Service service, Real server) {
        String front =
                switch (service.front()) {
                    case AtAddress at -> at.address() + " " + at.port();
                    case AtMark mark -> mark.mark() + " 0";
                };
        int port = service.check().port() == 0 ? server.port() : service.check().port();
        open("MISC_CHECK");
        line(
                "misc_path "
                        + quoted(
                                service.place(),
                                "%s %s %s %d"
                                        .formatted(
                                                service.check().command(),
                                                front,
                                                server.address(),
                                                port)));
        line("misc_timeout " + seconds(service.check().timeout()));
        close();
    }

    private void negotiation(Service service, Real server) {
        Check check = service.check();
        Duration timeout = check.negotiationTimeout();
        switch (check.dialogue()) {
            case NONE -> {}
            case HTTP, HTTPS -> http(service, server);
            case SMTP, SUBMISSION -> {
                open("SMTP_CHECK");
                connection(check, timeout);
                close();
            }
            case DNS -> dns(service, server);
            case FTP,
                    POP,
                    POPS,
                    IMAP,
                    IMAPS,
                    NNTP,
                    LDAP,
                    LDAPS,
                    MYSQL,
                    PGSQL,
                    ORACLE,
                    HTTP_PROXY,
                    SIMPLETCP -> {
                differs(
                        service.place(),
                        "keepalived cannot ask in `%s`; a TCP_CHECK takes its place"
                                .formatted(check.dialogue().word()),
                        "or a MISC_CHECK with a script of yours");
                tcp(service, server, timeout);
            }
            case RADIUS, SIP -> {
                differs(
                        service.place(),
                        "keepalived cannot ask in `%s`; a PING_CHECK takes its place"
                                .formatted(check.dialogue().word()),
                        "or a MISC_CHECK with a script of yours");
                ping(service);
            }
        }
    }

    private void http(Service service, Real server) {
        Check check = service.check();
        String request = server.request() == null ? check.request() : server.request();
        String receive = server.receive() == null ? check.receive() : server.receive();
        String path = request;
        String host = check.virtualHost();
        if (request.matches("https?://.*")) {
            String rest = request.substring(request.indexOf("//") + 2);
            int slash = rest.indexOf('/');
            path = slash < 0 ? "/" : rest.substring(slash);
            host = host == null ? slash < 0 ? rest : rest.substring(0, slash) : host;
        }
        if (check.isHead()) {
            differs(service.place(), "`httpmethod = HEAD`: keepalived sends GET", "");
        }
        differs(service.place(), "redirects are not followed: they are failures", "");
        if (check.port() == 0 && server.port() == 0) {
            tcp(service, server, check.negotiationTimeout());
            return;
        }
        open(check.dialogue() == Dialogue.HTTPS ? "SSL_GET" : "HTTP_GET");
        open("url");
        line("path " + quoted(server.place(), path.startsWith("/") ? path : "/" + path));
        line("status_code 200-299");
        if (host != null) {
            line("virtualhost " + quoted(service.place(), host));
        }
        if (!receive.isEmpty()) {
            line("regex " + quoted(server.place(), regex(server.place(), receive)));
        }
        close();
        connection(check, check.negotiationTimeout());
        close();
    }

    /// A quote can be anything there; what is no regular expression matches nothing here either.
    private String regex(Place place, String receive) {
        try {
            Pattern.compile(receive);
            return receive.replace('"', '.');
        } catch (PatternSyntaxException _) {
            differs(
                    place,
                    "`%s` is no regular expression; one that matches nothing takes its place"
                            .formatted(receive),
                    "");
            return "(?!)";
        }
    }

    private void dns(Service service, Real server) {
        Check check = service.check();
        String request = server.request() == null ? check.request() : server.request();
        if (!check.receive().isEmpty() || server.receive() != null) {
            differs(
                    service.place(),
                    "`receive`: keepalived takes any answer that is not empty",
                    "");
        }
        if (request.matches("[0-9.]+|.*:.*")) {
            differs(service.place(), "keepalived does not ask for PTR", "");
        }
        open("DNS_CHECK");
        connection(check, check.negotiationTimeout());
        line("type A");
        if (!request.isEmpty()) {
            line("name " + quoted(service.place(), request));
        }
        close();
    }

    /// Text in double quotes, which may not hold one itself.
    private String quoted(Place place, String value) {
        if (value.contains("\"")) {
            differs(place, "`%s`: its quotes are left out".formatted(value), "");
        }
        return "\"" + value.replace("\"", "") + "\"";
    }

    private void open(String head) {
        line(head + " {");
        depth++;
    }

    private void close() {
        depth--;
        line("}");
    }

    private void line(String line) {
        text.append(line.isEmpty() ? "" : INDENTATION.repeat(depth)).append(line).append('\n');
    }
}
