package dev.sluice.config.ldirectord;

import static dev.sluice.config.ldirectord.Values.or;

import dev.sluice.config.ldirectord.LdirectorSettings.AtAddress;
import dev.sluice.config.ldirectord.LdirectorSettings.AtMark;
import dev.sluice.config.ldirectord.LdirectorSettings.Check;
import dev.sluice.config.ldirectord.LdirectorSettings.Front;
import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.config.ldirectord.LdirectorSettings.Mail;
import dev.sluice.config.ldirectord.LdirectorSettings.Real;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.config.ldirectord.LdirectorSettings.Transport;
import dev.sluice.config.text.Problems;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The sections `virtual` and `virtual6`.
final class ServiceReader {

    private static final long HIGHEST_MARK = 0xffff_ffffL;
    private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration STANDARD_NEGOTIATION = Duration.ofSeconds(30);

    private final GlobalReader globals;
    private final Machine machine;
    private final Problems problems;
    private final Names names;
    private final Values values;

    ServiceReader(GlobalReader globals, Machine machine, Problems problems) {
        this.globals = globals;
        this.machine = machine;
        this.problems = problems;
        names = new Names(machine);
        values = new Values(problems);
    }

    List<Service> all(List<Sections.Section> sections) {
        List<Service> services = new ArrayList<>();
        Map<Front, Service> known = new HashMap<>();
        for (Sections.Section section : sections) {
            Service service = new OneSection(section).read();
            if (service == null) {
                continue;
            }
            Service before = known.putIfAbsent(service.front(), service);
            if (before != null) {
                problems.error(
                        service.place(),
                        "%s is there already, in line %d"
                                .formatted(service.front(), before.place().line()),
                        "put the servers of both together");
                continue;
            }
            services.add(service);
        }
        return services;
    }

    /// What a section says, while it is read.
    private final class OneSection {

        private final Sections.Section section;
        private final boolean isIpv6;
        private final FallbackReader fallbacks = new FallbackReader(names, values);
        private final Mark mark;

        private @Nullable HostPort host;
        private Transport transport = Transport.TCP;
        private final List<Entry> servers = new ArrayList<>();
        private @Nullable Entry fallback;
        private Kind kind = Kind.NEGOTIATE;
        private int connects;
        private @Nullable Dialogue dialogue;
        private String command = "/bin/true";
        private int checkPort;
        private String request = "";
        private String receive = "";
        private boolean isHead;
        private @Nullable String virtualHost;
        private String login = "";
        private String password = "";
        private String database = "";
        private String secret = "";
        private String scheduler = "wrr";
        private String schedulerFlags = "";
        private int persistenceSeconds;
        private int persistenceBits;
        private boolean isOnePacket;
        private @Nullable String monitorFile;
        private String name = "";
        private String comment = "";
        private @Nullable Duration timeout;
        private @Nullable Duration negotiationTimeout;
        private @Nullable Duration interval;
        private int attempts = globals.attempts;
        private int failures = globals.failures;
        private boolean isQuiescent = globals.isQuiescent;
        private boolean isRemovedAtStop = globals.isRemovedAtStop;
        private @Nullable String fallbackCommand = globals.fallbackCommand;
        private List<String> recipients = globals.recipients;
        private List<String> mailStates = globals.mailStates;
        private Duration mailInterval = globals.mailInterval;
        private @Nullable String mailServer = globals.mailServer;

        OneSection(Sections.Section section) {
            this.section = section;
            isIpv6 = section.isIpv6();
            persistenceBits = isIpv6 ? 128 : 32;
            mark = head();
        }

        /// What the head is, if not an address.
        ///
        /// @param number null: it is none
        private record Mark(@Nullable Long number) {}

        private Mark head() {
            String[] words = section.head().value().split("\\s+", 2);
            Matcher digits = Pattern.compile("[0-9]+").matcher(words[0]);
            if (words[0].matches("[^:]*") && digits.lookingAt()) {
                long number =
                        digits.group().length() > 10
                                ? Long.MAX_VALUE
                                : Long.parseLong(digits.group());
                if (!digits.group().equals(words[0])) {
                    values.warning(
                            section.head(),
                            "`%s` has no port, so it is taken as the mark %s"
                                    .formatted(words[0], digits.group()),
                            "write: %s = ADDRESS:PORT".formatted(section.head().key()));
                }
                if (number < 1 || number > HIGHEST_MARK) {
                    values.error(
                            section.head(),
                            "a mark is 1 to 4294967295",
                            "ldirectord would go on without this service");
                }
                return new Mark(number);
            }
            host = HostPort.parse(words[0]);
            if (words.length > 1 && !words[1].startsWith("#")) {
                values.warning(
                        section.head(), "`%s` is not looked at".formatted(words[1]), "remove it");
            }
            return new Mark(null);
        }

        @Nullable Service read() {
            Entry protocol = null;
            for (Entry entry : section.entries()) {
                if (entry.key().equals("protocol") && entry.hasValue()) {
                    protocol = entry;
                }
            }
            chooseTransport(protocol);
            section.entries().forEach(this::option);
            Front front = front();
            String transportName = transport.name().toLowerCase(Locale.ROOT);
            RealReader reader = new RealReader(names, values);
            List<Real> real = new ArrayList<>();
            servers.forEach(entry -> real.addAll(reader.read(entry, isIpv6, transportName)));
            LdirectorSettings.Fallback last =
                    fallback == null
                            ? isIpv6 ? globals.fallback6 : globals.fallback
                            : fallbacks.read(fallback, isIpv6, transportName);
            if (front == null) {
                return null;
            }
            if (interval != null && !globals.checksApart) {
                problems.warning(
                        section.head().place(),
                        "its checkinterval counts with `fork = yes` only",
                        "leave it out, or write fork = yes");
            }
            return new Service(
                    section.head().place(),
                    front,
                    scheduler,
                    schedulerFlags,
                    persistenceSeconds,
                    persistenceBits,
                    isOnePacket && transport == Transport.UDP && front instanceof AtAddress,
                    withoutRepetition(real),
                    last,
                    fallbackCommand,
                    check(front),
                    isQuiescent,
                    isRemovedAtStop,
                    interval == null || !globals.checksApart ? globals.interval : interval,
                    monitorFile,
                    new Mail(recipients, mailServer, mailInterval, mailStates),
                    name,
                    comment);
        }

        /// The first of two lines for the same server counts.
        private List<Real> withoutRepetition(List<Real> real) {
            Map<String, Real> known = new HashMap<>();
            List<Real> kept = new ArrayList<>();
            for (Real server : real) {
                String key = server.address().withPort(server.port());
                if (known.putIfAbsent(key, server) == null) {
                    kept.add(server);
                } else {
                    problems.warning(
                            server.place(),
                            "%s is there already, in line %d, and that line counts"
                                    .formatted(key, known.get(key).place().line()),
                            "leave one of them out");
                }
            }
            return kept;
        }

        private void chooseTransport(@Nullable Entry protocol) {
            boolean isDomain =
                    host != null && (host.port().equals("53") || host.port().equals("domain"));
            transport = isDomain ? Transport.UDP : Transport.TCP;
            if (protocol == null) {
                return;
            }
            Matcher word = Pattern.compile("\\w+").matcher(protocol.value());
            String chosen = word.find() ? word.group() : "";
            boolean isMark = mark.number() != null;
            if (isMark ? !chosen.equals("fwm") : !chosen.matches("tcp|udp")) {
                values.error(
                        protocol,
                        "`%s` does not fit".formatted(protocol.value()),
                        isMark
                                ? "the protocol of a mark is fwm"
                                : "tcp or udp for an address and a port");
            } else if (!isMark) {
                transport = Transport.valueOf(chosen.toUpperCase(Locale.ROOT));
            }
        }

        private @Nullable Front front() {
            if (mark.number() != null) {
                return new AtMark(mark.number(), isIpv6 ? Family.IPV6 : Family.IPV4);
            }
            Entry head = section.head();
            HostPort written = host;
            if (written != null && written.isBracketed() && !isIpv6) {
                values.error(head, "an IPv6 address", "write: virtual6 = " + head.value());
                return null;
            }
            Address address =
                    written == null || written.isBracketed() != isIpv6
                            ? null
                            : names.address(written, isIpv6);
            Integer port =
                    written == null
                            ? null
                            : names.port(written.port(), transport.name().toLowerCase(Locale.ROOT));
            if (address == null || port == null) {
                values.error(
                        head,
                        "`%s` is neither ADDRESS:PORT nor a mark".formatted(head.value()),
                        isIpv6
                                ? "write: virtual6 = [2001:db8::1]:80"
                                : "write: virtual = 192.0.2.1:80");
                return null;
            }
            return new AtAddress(address, port, transport);
        }

        private Check check(Front front) {
            Duration ownTimeout = timeout == null ? negotiationTimeout : timeout;
            Duration ownNegotiation = negotiationTimeout == null ? timeout : negotiationTimeout;
            Duration allTimeout =
                    globals.timeout == null ? globals.negotiationTimeout : globals.timeout;
            Duration allNegotiation =
                    globals.negotiationTimeout == null
                            ? globals.timeout
                            : globals.negotiationTimeout;
            Dialogue spoken =
                    dialogue != null
                            ? dialogue
                            : front instanceof AtAddress at
                                    ? Dialogue.at(at.port())
                                    : Dialogue.NONE;
            return new Check(
                    kind,
                    connects,
                    spoken,
                    command,
                    checkPort,
                    request,
                    receive,
                    isHead,
                    virtualHost,
                    login,
                    password,
                    database,
                    secret,
                    first(ownTimeout, allTimeout, STANDARD_TIMEOUT),
                    first(ownNegotiation, allNegotiation, STANDARD_NEGOTIATION),
                    attempts,
                    failures);
        }

        private static Duration first(
                @Nullable Duration own, @Nullable Duration all, Duration standard) {
            return own != null ? own : all != null ? all : standard;
        }

        private void option(Entry entry) {
            if (!entry.hasValue()) {
                unknown(entry);
                return;
            }
            switch (entry.key()) {
                case "real", "real6" -> family(entry, () -> servers.add(entry));
                case "fallback", "fallback6" -> family(entry, () -> fallback = entry);
                case "checktype" -> kind(entry);
                case "service" -> dialogue(entry);
                case "checkcommand" -> command = or(values.text(entry), command);
                case "checkport" -> checkPort(entry);
                case "request" -> request = or(values.quotedText(entry), request);
                case "receive" -> receive(entry);
                case "httpmethod" -> method(entry);
                case "virtualhost" -> {
                    String host = Values.unquoted(entry.value());
                    virtualHost = host.isEmpty() ? null : host;
                }
                case "login" -> login = or(values.quotedText(entry), login);
                case "passwd" -> password = or(values.quotedText(entry), password);
                case "database" -> database = or(values.quotedText(entry), database);
                case "secret" -> secret = or(values.quotedText(entry), secret);
                case "load" -> {
                    if (values.quoted(entry) != null) {
                        values.warning(entry, "has no effect", "leave it out");
                    }
                }
                case "scheduler" -> scheduler(entry);
                case "schedflags" -> schedulerFlags = or(values.text(entry), schedulerFlags);
                case "persistent" -> {
                    Integer seconds = values.digits(entry);
                    if (seconds == null) {
                        values.error(
                                entry,
                                "`%s` is no number of seconds".formatted(entry.value()),
                                "write: persistent = 600");
                    } else {
                        persistenceSeconds = seconds;
                    }
                }
                case "netmask" -> netmask(entry);
                case "protocol" -> {} // read before all others
                case "ops" -> isOnePacket = or(values.yesOrNo(entry), isOnePacket);
                case "monitorfile" -> monitorFile(entry);
                case "servicename" -> name = entry.value();
                case "comment" -> comment = entry.value();
                case "checktimeout" -> timeout = or(values.seconds(entry), timeout);
                case "negotiatetimeout" ->
                        negotiationTimeout = or(values.seconds(entry), negotiationTimeout);
                case "checkinterval" -> interval = or(values.seconds(entry), interval);
                case "checkcount" -> {
                    attempts = or(values.positive(entry), attempts);
                    GlobalReader.outdated(values, entry);
                }
                case "failurecount" -> failures = or(values.positive(entry), failures);
                case "fallbackcommand" -> fallbackCommand = or(values.text(entry), fallbackCommand);
                case "quiescent" -> isQuiescent = or(values.yesOrNo(entry), isQuiescent);
                case "cleanstop" -> isRemovedAtStop = or(values.yesOrNo(entry), isRemovedAtStop);
                case "emailalert" -> recipients = or(values.recipients(entry), recipients);
                case "emailalertfreq" -> {
                    Integer seconds = values.natural(entry);
                    mailInterval = seconds == null ? mailInterval : Duration.ofSeconds(seconds);
                }
                case "emailalertstatus" -> mailStates = or(values.mailStates(entry), mailStates);
                case "smtp" -> mailServer = or(values.mailServer(entry), mailServer);
                case "connecttimeout", "timeout" -> GlobalReader.renamed(values, entry);
                default -> unknown(entry);
            }
        }

        private void unknown(Entry entry) {
            values.error(
                    entry,
                    "no such option of a service",
                    Keywords.GLOBAL.contains(entry.key())
                            ? "it is a global option: write it at the first column"
                            : Keywords.hint(entry.key(), Keywords.OF_SERVICE));
        }

        /// Keywords with a 6 belong into sections with one, and the others into the others.
        private void family(Entry entry, Runnable accept) {
            boolean isSix = entry.key().endsWith("6");
            if (isSix == isIpv6) {
                accept.run();
            } else {
                String plain = entry.key().replace("6", "");
                values.error(
                        entry,
                        "not under `%s`".formatted(section.head().key()),
                        "write: %s = …".formatted(isIpv6 ? plain + "6" : plain));
            }
        }

        private void kind(Entry entry) {
            Matcher word = Pattern.compile("[A-Za-z-]+").matcher(entry.value());
            String text = word.find() ? word.group() : "";
            switch (text) {
                case "connect" -> kind = Kind.CONNECT;
                case "negotiate" -> kind = Kind.NEGOTIATE;
                case "ping" -> kind = Kind.PING;
                case "external" -> kind = Kind.EXTERNAL;
                case "external-perl" -> kind = Kind.EXTERNAL_PERL;
                case "on" -> kind = Kind.ON;
                case "off" -> kind = Kind.OFF;
                default -> {
                    Integer number = values.digits(entry);
                    if (number == null) {
                        values.error(
                                entry,
                                "`%s` is no kind of check".formatted(entry.value()),
                                "one of connect, negotiate, ping, external, external-perl, on,"
                                        + " off, or a number N: N connects, then a negotiation");
                        return;
                    }
                    kind = number == 0 ? Kind.NEGOTIATE : Kind.COMBINED;
                    connects = number;
                }
            }
        }

        private void dialogue(Entry entry) {
            Matcher word = Pattern.compile("\\w+").matcher(entry.value());
            String text = word.find() ? word.group() : "";
            Dialogue.named(text)
                    .ifPresentOrElse(
                            found -> dialogue = found,
                            () ->
                                    values.error(
                                            entry,
                                            "`%s` is no service that can be asked"
                                                    .formatted(entry.value()),
                                            "one of dns, ftp, http, https, http_proxy, imap, imaps,"
                                                    + " ldap, ldaps, mysql, nntp, none, oracle,"
                                                    + " pgsql, pop, pops, radius, simpletcp, sip,"
                                                    + " smtp, submission"));
        }

        private void checkPort(Entry entry) {
            Integer port = values.digits(entry);
            if (port == null || port < 1 || port > 65_535) {
                values.error(
                        entry, "`%s` is no port".formatted(entry.value()), "a number, 1 to 65535");
                return;
            }
            checkPort = port;
        }

        private void receive(Entry entry) {
            String text = values.quotedText(entry);
            if (text == null) {
                return;
            }
            try {
                Pattern.compile(text);
            } catch (PatternSyntaxException e) {
                values.warning(
                        entry,
                        "no regular expression (%s), so that no answer matches"
                                .formatted(e.getDescription()),
                        "put a backslash before what is meant literally");
            }
            receive = text;
        }

        private void method(Entry entry) {
            String method = Values.unquoted(entry.value()).toUpperCase(Locale.ROOT);
            if (!method.matches("(GET|HEAD)\\b.*")) {
                values.error(entry, "`%s` is not used".formatted(entry.value()), "GET or HEAD");
                return;
            }
            isHead = method.startsWith("HEAD");
        }

        private void scheduler(Entry entry) {
            Matcher letters = Pattern.compile("[a-z]+").matcher(entry.value());
            if (!letters.find()) {
                values.error(
                        entry,
                        "`%s` is no scheduler".formatted(entry.value()),
                        "such as rr, wrr, lc, wlc, in small letters");
                return;
            }
            scheduler = letters.group();
        }

        private void netmask(Entry entry) {
            if (isIpv6) {
                Integer bits = values.digits(entry);
                if (bits == null || bits < 1 || bits > 128 || !entry.value().matches("[0-9]+")) {
                    values.error(
                            entry,
                            "`%s` is no length of a prefix".formatted(entry.value()),
                            "1 to 128");
                    return;
                }
                persistenceBits = bits;
                return;
            }
            Matcher mask =
                    Pattern.compile("\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}")
                            .matcher(entry.value());
            Integer bits = mask.matches() ? maskBits(mask.group()) : null;
            if (bits == null) {
                values.error(
                        entry,
                        "`%s` is no netmask".formatted(entry.value()),
                        "write: netmask = 255.255.255.0");
                return;
            }
            persistenceBits = bits;
        }

        /// Null when its bits are not all at the left.
        private static @Nullable Integer maskBits(String mask) {
            try {
                int bits = (int) Address.parse(mask).low();
                int count = Integer.bitCount(bits);
                return count > 0 && Integer.numberOfLeadingZeros(~bits) == count ? count : null;
            } catch (IllegalArgumentException _) {
                return null;
            }
        }

        private void monitorFile(Entry entry) {
            String path = Values.unquoted(entry.value());
            if (path.isEmpty() || !machine.canAppend(path)) {
                values.error(
                        entry,
                        "`%s` cannot be written to".formatted(path),
                        "make its folder, or leave the line out");
                return;
            }
            monitorFile = path;
        }
    }
}
