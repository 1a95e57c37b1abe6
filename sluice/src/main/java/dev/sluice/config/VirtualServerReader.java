package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Checker;
import dev.sluice.config.settings.VirtualServer;
import dev.sluice.config.settings.VirtualServer.AtAddress;
import dev.sluice.config.settings.VirtualServer.AtMark;
import dev.sluice.config.settings.VirtualServer.DirectRouting;
import dev.sluice.config.settings.VirtualServer.Forwarding;
import dev.sluice.config.settings.VirtualServer.Masquerading;
import dev.sluice.config.settings.VirtualServer.Persistence;
import dev.sluice.config.settings.VirtualServer.Protocol;
import dev.sluice.config.settings.VirtualServer.RealServer;
import dev.sluice.config.settings.VirtualServer.Service;
import dev.sluice.config.settings.VirtualServer.SorryServer;
import dev.sluice.config.settings.VirtualServer.Tunnel;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Virtual servers, their real servers and groups: keepalived.md §4.13 to 4.15. What keepalived
/// changes after reading is changed here too, and said.
final class VirtualServerReader {

    private static final Set<String> SCHEDULERS =
            Set.of(
                    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed",
                    "nq", "twos");
    private static final int DEFAULT_PERSISTENCE_SECONDS = 360;

    /// Flags of schedulers: their bit, and the scheduler that knows the name; empty for all.
    private record Flag(String keyword, int bit, String scheduler) {}

    private static final List<Flag> FLAGS =
            List.of(
                    new Flag("flag-1", 1, ""),
                    new Flag("flag-2", 2, ""),
                    new Flag("flag-3", 4, ""),
                    new Flag("sh-fallback", 1, "sh"),
                    new Flag("sh-port", 2, "sh"),
                    new Flag("mh-fallback", 1, "mh"),
                    new Flag("mh-port", 2, "mh"));

    private final Block top;
    private final Block globals;
    private final Scripts scripts;
    private final TrackerReader trackers;
    private final Problems problems;

    VirtualServerReader(
            Block top, Block globals, Scripts scripts, TrackerReader trackers, Problems problems) {
        this.top = top;
        this.globals = globals;
        this.scripts = scripts;
        this.trackers = trackers;
        this.problems = problems;
    }

    List<VirtualServer> read() {
        ServiceGroups groups = new ServiceGroups(top, problems);
        List<VirtualServer> servers = new ArrayList<>();
        Map<String, Place> before = new HashMap<>();
        for (Block block : top.blocks("virtual_server")) {
            VirtualServer server = new Reader(block, groups).read();
            if (server == null || isThereAlready(server, before)) {
                continue;
            }
            servers.add(server);
        }
        groups.warnAboutUnused();
        return servers;
    }

    /// Two virtual servers cannot share a service.
    private boolean isThereAlready(VirtualServer server, Map<String, Place> before) {
        for (Service service : server.services()) {
            String key =
                    switch (service) {
                        case AtAddress(Place _, Address address, int port) ->
                                server.protocol() + " " + address.withPort(port);
                        case AtMark(Place _, long mark, Family family) -> family + " mark " + mark;
                    };
            Place other = before.putIfAbsent(key, server.place());
            if (other != null) {
                problems.adjusted(
                        server.place(),
                        "there is a virtual server for %s already, in line %d; this one is left out"
                                .formatted(key, other.line()),
                        "put the real servers of both into one");
                return true;
            }
        }
        return false;
    }

    /// `NAT`, `DR` or `TUN` with the options of tunnels; null and an error if it is none.
    private @Nullable Forwarding forwarding(@Nullable Arguments method) {
        if (method == null) {
            return null;
        }
        Word kind = method.words().getFirst();
        String type = method.text("type");
        boolean isTunnel = kind.text().equals("TUN");
        if (!isTunnel && !method.options().isEmpty()) {
            problems.error(kind.place(), "only TUN has a type, a port and checksums");
        }
        return switch (kind.text()) {
            case "NAT" -> new Masquerading();
            case "DR" -> new DirectRouting();
            case "TUN" -> tunnel(method, type == null ? "ipip" : type);
            default -> {
                problems.error(
                        kind.place(),
                        "`%s` is no way to forward".formatted(kind),
                        "one of NAT, DR, TUN");
                yield null;
            }
        };
    }

    private @Nullable Forwarding tunnel(Arguments method, String type) {
        Tunnel.@Nullable Kind kind =
                switch (type) {
                    case "ipip" -> Tunnel.Kind.IPIP;
                    case "gue" -> Tunnel.Kind.GUE;
                    case "gre" -> Tunnel.Kind.GRE;
                    default -> null;
                };
        if (kind == null) {
            problems.error(
                    method.place(),
                    "`type`: `%s` is no tunnel".formatted(type),
                    "one of ipip, gue, gre");
            return null;
        }
        String port = method.text("port");
        if ((kind == Tunnel.Kind.GUE) != (port != null)) {
            problems.error(
                    method.place(),
                    kind == Tunnel.Kind.GUE
                            ? "a gue tunnel needs a port"
                            : "only a gue tunnel has a port",
                    "as in: lvs_method TUN type gue port 6080");
            return null;
        }
        boolean full = method.has("csum");
        boolean remote = method.has("remcsum");
        if (kind == Tunnel.Kind.IPIP && (full || remote) || remote && kind != Tunnel.Kind.GUE) {
            problems.error(method.place(), "an %s tunnel has no such checksum".formatted(type));
            return null;
        }
        return new Tunnel(
                kind,
                port == null ? 0 : Integer.parseInt(port),
                full
                        ? Tunnel.Checksum.FULL
                        : remote ? Tunnel.Checksum.REMOTE : Tunnel.Checksum.NONE);
    }

    /// One virtual server.
    private final class Reader {

        private final Block block;
        private final ServiceGroups groups;
        private @Nullable String group;
        private List<Service> services = List.of();
        private String name = "";

        Reader(Block block, ServiceGroups groups) {
            this.block = block;
            this.groups = groups;
        }

        @Nullable VirtualServer read() {
            List<Service> found = services();
            services = found == null ? List.of() : found;
            name =
                    "virtual server "
                            + block.header().words().stream()
                                    .map(Word::text)
                                    .reduce((a, b) -> a + " " + b)
                                    .orElse("");
            String scheduler = scheduler();
            Forwarding forwarding = forwarding();
            Protocol protocol = protocol();
            Persistence persistence = persistence();
            List<RealServer> realServers = realServers(forwarding);
            if (found == null) {
                return null;
            }
            if (realServers.isEmpty()) {
                problems.adjusted(
                        block.place(), name + " has no real servers, and is left out", "");
                return null;
            }
            long quorum = quorum(realServers);
            return new VirtualServer(
                    block.place(),
                    services,
                    group,
                    protocol,
                    scheduler,
                    flags(scheduler),
                    forwarding,
                    persistence,
                    isOnePacket(protocol),
                    realServers,
                    sorryServer(forwarding),
                    quorum,
                    hysteresis(quorum, realServers),
                    scripts.read(block, "quorum_up"),
                    scripts.read(block, "quorum_down"),
                    block.isOn("ha_suspend"),
                    follows(),
                    block.isOn("omega"),
                    mail(block, false));
        }

        private @Nullable String follows() {
            Word instance = block.word("follows");
            if (instance == null) {
                return null;
            }
            boolean isKnown =
                    top.blocks("vrrp_instance").stream()
                            .flatMap(one -> one.header().words().stream())
                            .anyMatch(word -> word.text().equals(instance.text()));
            if (!isKnown) {
                problems.error(
                        instance.place(),
                        "%s follows `%s`, and there is no such vrrp_instance"
                                .formatted(name, instance),
                        "name a vrrp_instance of this file");
            }
            return instance.text();
        }

        private @Nullable List<Service> services() {
            List<Word> header = block.header().words();
            if (header.isEmpty()) {
                return null;
            }
            String first = header.getFirst().text();
            boolean named = first.equals("group") || first.equals("fwmark");
            if (named && header.size() < 2) {
                problems.error(block.place(), "`virtual_server %s` needs a value".formatted(first));
                return null;
            }
            if (header.size() > 2) {
                problems.warning(
                        header.get(2).place(), "`%s` is not used".formatted(header.get(2)));
            }
            if (first.equals("group")) {
                group = header.get(1).text();
                return groups.named(header.get(1));
            }
            Family family = family();
            Service service =
                    first.equals("fwmark")
                            ? ServiceGroups.mark(header.get(1), family, problems)
                            : ServiceGroups.address(header, block.place(), problems);
            return service == null ? null : List.of(service);
        }

        private Family family() {
            return block.text("ip_family", "inet").equals("inet6") ? Family.IPV6 : Family.IPV4;
        }

        private String scheduler() {
            Word word = block.word("lb_algo");
            if (word == null) {
                if (!services.isEmpty() && !block.mentions("lb_algo")) {
                    problems.adjusted(
                            block.place(),
                            name + " has no scheduler; wlc is used",
                            "write: lb_algo wlc");
                }
                return "wlc";
            }
            if (!SCHEDULERS.contains(word.text())) {
                problems.error(
                        word.place(),
                        "`%s` is no scheduler".formatted(word),
                        "one of rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos");
            }
            return word.text();
        }

        private int flags(String scheduler) {
            int flags = 0;
            for (Flag flag : FLAGS) {
                if (!block.isOn(flag.keyword())) {
                    continue;
                }
                if (flag.scheduler().isEmpty() || flag.scheduler().equals(scheduler)) {
                    flags |= flag.bit();
                } else {
                    problems.adjusted(
                            block.placeOf(flag.keyword()),
                            "`%s` is only for the scheduler %s; it is ignored"
                                    .formatted(flag.keyword(), flag.scheduler()),
                            "");
                }
            }
            if (block.isOn("hashed")) {
                problems.add(
                        scheduler.equals("sh") ? Severity.WARNING : Severity.ADJUSTED,
                        block.placeOf("hashed"),
                        "`hashed` has no effect: IPVS sets it itself",
                        "");
            }
            return flags;
        }

        private Forwarding forwarding() {
            Arguments method = block.last("lb_kind");
            if (!services.isEmpty() && !block.mentions("lb_kind")) {
                problems.adjusted(
                        block.place(),
                        name + " has no forwarding method; NAT is used",
                        "write: lb_kind NAT");
            }
            Forwarding forwarding = VirtualServerReader.this.forwarding(method);
            return forwarding == null ? new Masquerading() : forwarding;
        }

        private @Nullable Protocol protocol() {
            Word word = block.word("protocol");
            boolean marksOnly =
                    !services.isEmpty()
                            && services.stream().allMatch(each -> each instanceof AtMark);
            if (word == null) {
                if (!services.isEmpty() && !marksOnly && !block.mentions("protocol")) {
                    problems.adjusted(
                            block.place(),
                            name + " has no protocol; UDP is used",
                            "write: protocol TCP");
                }
                return marksOnly ? null : Protocol.UDP;
            }
            Protocol protocol =
                    switch (word.text().toUpperCase(Locale.ROOT)) {
                        case "TCP" -> Protocol.TCP;
                        case "UDP" -> Protocol.UDP;
                        case "SCTP" -> Protocol.SCTP;
                        default -> null;
                    };
            if (protocol == null) {
                problems.error(
                        word.place(),
                        "`%s` cannot be balanced".formatted(word),
                        "one of TCP, UDP, SCTP");
                return Protocol.TCP;
            }
            if (marksOnly && group == null) {
                problems.adjusted(
                        word.place(),
                        name + ": the protocol of a marked service is ignored",
                        "remove it");
            }
            return marksOnly ? null : protocol;
        }

        private @Nullable Persistence persistence() {
            Arguments timeout = block.last("persistence_timeout");
            Word granularity = block.word("persistence_granularity");
            boolean isIpv6 = isIpv6();
            int bits = isIpv6 ? 128 : 32;
            if (granularity != null) {
                boolean isMask = granularity.text().contains(".");
                int given =
                        isMask
                                ? Long.bitCount(Address.parse(granularity.text()).low())
                                : Integer.parseInt(granularity.text());
                if (isMask == isIpv6 && !services.isEmpty()) {
                    problems.error(
                            granularity.place(),
                            isIpv6
                                    ? "persistence_granularity of an IPv6 service is a prefix"
                                            + " length"
                                    : "persistence_granularity of an IPv4 service is a mask",
                            isIpv6 ? "as in: 64" : "as in: 255.255.255.0");
                } else {
                    bits = given;
                }
            }
            boolean allPorts =
                    services.stream()
                            .anyMatch(each -> each instanceof AtAddress a && a.port() == 0);
            if (timeout == null && granularity == null && !allPorts) {
                return null;
            }
            if (timeout == null && granularity == null) {
                problems.adjusted(
                        block.place(),
                        name + " has no port, and so must be persistent; 360 seconds are used",
                        "write a port, or: persistence_timeout 360");
            }
            return new Persistence(
                    block.integer("persistence_timeout", DEFAULT_PERSISTENCE_SECONDS),
                    bits,
                    block.text("persistence_engine", ""));
        }

        private boolean isIpv6() {
            return !services.isEmpty()
                    && services.stream().allMatch(each -> familyOf(each) == Family.IPV6);
        }

        private boolean isOnePacket(@Nullable Protocol protocol) {
            if (!block.isOn("ops")) {
                return false;
            }
            if (protocol == Protocol.UDP || protocol == null) {
                return true;
            }
            problems.adjusted(
                    block.placeOf("ops"),
                    name + ": one-packet scheduling is for UDP; it is ignored",
                    "remove ops");
            return false;
        }

        private long quorum(List<RealServer> realServers) {
            long quorum = block.number("quorum", 1);
            long total = realServers.stream().mapToLong(RealServer::weight).sum();
            if (quorum > Math.max(total, 1)) {
                problems.adjusted(
                        block.placeOf("quorum"),
                        "%s: all weights together are %d, and so is the quorum, not %d"
                                .formatted(name, total, quorum),
                        "lower the quorum, or raise weights");
                return Math.max(total, 1);
            }
            return quorum;
        }

        private long hysteresis(long quorum, List<RealServer> realServers) {
            long hysteresis = block.number("hysteresis", 0);
            if (hysteresis >= quorum && hysteresis > 0) {
                problems.adjusted(
                        block.placeOf("hysteresis"),
                        "%s: hysteresis %d is not less than quorum %d; %d is used"
                                .formatted(name, hysteresis, quorum, quorum - 1),
                        "lower it");
                return quorum - 1;
            }
            long total = realServers.stream().mapToLong(RealServer::weight).sum();
            if (hysteresis > 0 && quorum + hysteresis > total) {
                problems.warning(
                        block.placeOf("hysteresis"),
                        "%s: a quorum once lost comes back at a weight of %d, and all together have %d"
                                .formatted(name, quorum + hysteresis, total),
                        "lower quorum or hysteresis");
            }
            return hysteresis;
        }

        private @Nullable SorryServer sorryServer(Forwarding forwarding) {
            Arguments sorry = block.last("sorry_server");
            Forwarding own =
                    VirtualServerReader.this.forwarding(block.last("sorry_server_lvs_method"));
            if (sorry == null) {
                for (String keyword : List.of("sorry_server_inhibit", "sorry_server_lvs_method")) {
                    if (block.has(keyword)) {
                        problems.adjusted(
                                block.placeOf(keyword),
                                "%s: `%s` without a sorry_server is ignored"
                                        .formatted(name, keyword),
                                "write: sorry_server ADDRESS PORT");
                    }
                }
                return null;
            }
            Address address = Address.parse(sorry.words().getFirst().text());
            int port = sorry.words().size() > 1 ? Integer.parseInt(sorry.words().get(1).text()) : 0;
            Forwarding effective = own == null ? forwarding : own;
            if (!fits(address, effective)) {
                problems.error(sorry.place(), name + ": the sorry server is of another family", "");
            }
            return new SorryServer(
                    sorry.place(),
                    address,
                    port(sorry.place(), "the sorry server", port, effective),
                    own,
                    block.isOn("sorry_server_inhibit"));
        }

        private List<RealServer> realServers(Forwarding forwarding) {
            Map<String, RealServer> servers = new LinkedHashMap<>();
            for (Block server : block.blocks("real_server")) {
                if (server.header().words().isEmpty()) {
                    continue;
                }
                RealServer read = realServer(server, forwarding);
                String key = read.address().withPort(read.port());
                if (!fits(read.address(), read.forwarding())) {
                    problems.error(
                            server.end(),
                            "%s: the real server %s is of another family"
                                    .formatted(name, read.address()),
                            "only TUN connects two families");
                } else if (servers.putIfAbsent(key, read) != null) {
                    problems.adjusted(
                            server.place(),
                            "%s: there is a real server %s already; this one is left out"
                                    .formatted(name, key),
                            "remove one of them");
                }
            }
            return List.copyOf(servers.values());
        }

        private boolean fits(Address server, Forwarding forwarding) {
            return forwarding instanceof Tunnel
                    || services.stream()
                            .noneMatch(each ->
                                    each instanceof AtAddress a
                                            && a.address().family() != server.family());
        }

        private RealServer realServer(Block server, Forwarding standard) {
            List<Word> header = server.header().words();
            Address address = Address.parse(header.getFirst().text());
            int port = header.size() > 1 ? Integer.parseInt(header.get(1).text()) : 0;
            Forwarding own = VirtualServerReader.this.forwarding(server.last("lvs_method"));
            Forwarding forwarding = own == null ? standard : own;
            port = port(server.place(), "the real server " + address, port, forwarding);
            List<Checker> checkers =
                    new CheckerReader(
                                    globals, block, server, address, port, scripts, trackers,
                                    problems)
                            .read();
            long upper = server.number("uthreshold", 0);
            long lower = server.number("lthreshold", 0);
            if (upper > 0 && lower > upper) {
                problems.warning(
                        server.placeOf("lthreshold"),
                        "lthreshold %d is above uthreshold %d".formatted(lower, upper),
                        "a server that had too many connections gets new ones below lthreshold");
            }
            Boolean inhibit = server.flag("inhibit_on_failure");
            boolean inhibitsAll = block.isOn("inhibit_on_failure");
            return new RealServer(
                    server.place(),
                    address,
                    port,
                    server.number("weight", block.number("weight", 1)),
                    forwarding,
                    upper,
                    lower,
                    inhibit == null ? inhibitsAll : inhibit,
                    checkers.stream().anyMatch(VirtualServerReader::isDownAtFirst),
                    scripts.read(server, "notify_up"),
                    scripts.read(server, "notify_down"),
                    mail(server, true),
                    checkers);
        }

        /// 0 is the service's; only NAT can have another than the service.
        private int port(Place place, String what, int port, Forwarding forwarding) {
            int servicePort = -1;
            for (Service each : services) {
                int one = each instanceof AtAddress a ? a.port() : 0;
                servicePort = servicePort < 0 || servicePort == one ? one : 0;
            }
            servicePort = Math.max(servicePort, 0);
            if (port == 0 || forwarding instanceof Masquerading) {
                return port == 0 ? servicePort : port;
            }
            boolean isKept =
                    services.stream()
                            .allMatch(each -> each instanceof AtAddress a && a.port() == port);
            if (!isKept
                    && !services.isEmpty()
                    && services.stream().anyMatch(each -> each instanceof AtAddress)) {
                problems.adjusted(
                        place,
                        "%s: %s has port %d, but only NAT changes the port; the service's is used"
                                .formatted(name, what, port),
                        "write the service's port, or: lb_kind NAT");
            }
            return servicePort;
        }
    }

    private static boolean isDownAtFirst(Checker checker) {
        return switch (checker) {
            case Checker.Periodic periodic -> periodic.timing().isDownAtFirst();
            case Checker.Bfd bfd -> bfd.isDownAtFirst();
            case Checker.File _ -> false;
        };
    }

    static Family familyOf(Service service) {
        return switch (service) {
            case AtAddress(Place _, Address address, int _) -> address.family();
            case AtMark(Place _, long _, Family family) -> family;
        };
    }

    /// @param isServer real servers mail unless they are told not to
    private boolean mail(Block block, boolean isServer) {
        Boolean own = block.flag("smtp_alert");
        Boolean checkers = globals.flag("smtp_alert_checker");
        Boolean all = globals.flag("smtp_alert");
        Boolean said = own != null ? own : checkers != null ? checkers : all;
        return said == null ? isServer : said;
    }
}
