package dev.sluice.cli;

import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Figures;
import dev.sluice.control.Program;
import dev.sluice.control.Progress;
import dev.sluice.control.ServerStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.io.PrintStream;
import java.util.List;

/// The tables that `-L` prints (ipvsadm.md §8, §11), byte for byte.
final class Listing {

    /// The size is that of a kernel's connection hash; nothing here depends on it.
    private static final String VERSION = "IP Virtual Server version 1.2.1 (size=4096)";

    private static final int NAME = 28;
    private static final int SERVICE_NAME = 33;
    private static final long FULL_IPV4_MASK = 0xffff_ffffL;

    /// What the columns of a table are. Given several, the first in this order wins.
    enum Mode {
        STATS(
                """
                Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
                  -> RemoteAddress:Port
                """),
        RATE(
                """
                Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
                  -> RemoteAddress:Port
                """),
        THRESHOLDS(
                """
                Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn\s
                  -> RemoteAddress:Port
                """),
        PERSISTENT_CONN(
                """
                Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn\s
                  -> RemoteAddress:Port
                """),
        TUN_INFO(
                """
                Prot LocalAddress:Port Scheduler Flags
                  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
                """),
        PLAIN(
                """
                Prot LocalAddress:Port Scheduler Flags
                  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
                """);

        private final String titles;

        Mode(String titles) {
            this.titles = titles;
        }

        static Mode of(CommandLine line) {
            if (line.has(Option.STATS)) {
                return STATS;
            }
            if (line.has(Option.RATE)) {
                return RATE;
            }
            if (line.has(Option.THRESHOLDS)) {
                return THRESHOLDS;
            }
            if (line.has(Option.PERSISTENT_CONN)) {
                return PERSISTENT_CONN;
            }
            return line.has(Option.TUN_INFO) ? TUN_INFO : PLAIN;
        }
    }

    private final PrintStream out;
    private final Names names;
    private final Mode mode;
    private final boolean exact;
    private final boolean sorted;
    private final Progress progress;
    private long shown;

    Listing(CommandLine line, Host host, Program.Call call) {
        out = call.out();
        progress = call.progress();
        names = new Names(line.has(Option.NUMERIC), host);
        mode = Mode.of(line);
        exact = line.has(Option.EXACT);
        sorted = !line.has(Option.NOSORT);
    }

    /// The whole table.
    void all(List<ServiceStatus> services) {
        println(VERSION);
        out.print(mode.titles);
        int done = 0;
        for (ServiceStatus service : sorted ? SignedOrder.ofServices(services) : services) {
            progress.at(done++, services.size(), "services");
            service(service);
        }
    }

    /// One service.
    void one(ServiceStatus service) {
        out.print(mode.titles);
        service(service);
    }

    /// The connections, in the order in which they come.
    void connections(ConnectionSource source) {
        println("IPVS connection entries");
        println(
                "pro expire state       source             virtual            destination"
                        + (mode == Mode.PERSISTENT_CONN ? "        pe name          pe_data" : ""));
        source.forEach(this::connection);
    }

    private void connection(ConnectionEntry entry) {
        progress.at(shown++, 0, "connections");
        Protocol protocol = entry.protocol();
        String client = names.cutEndpoint(entry.client(), entry.clientPort(), protocol);
        String virtual = names.cutEndpoint(entry.virtual(), entry.virtualPort(), protocol);
        String real = names.cutEndpoint(entry.real(), entry.realPort(), protocol);
        println(
                Columns.left(protocol == null ? "IP" : protocol.name(), 3)
                        + " "
                        + Columns.left(minutesAndSeconds(entry.remainingSeconds()), 6)
                        + " "
                        + Columns.left(entry.state(), 11)
                        + " "
                        + Columns.left(client, 18)
                        + " "
                        + Columns.left(virtual, 18)
                        + " "
                        + real);
    }

    private static String minutesAndSeconds(long seconds) {
        long minutes = seconds / 60;
        long rest = seconds % 60;
        return (minutes < 10 ? "0" : "") + minutes + (rest < 10 ? ":0" : ":") + rest;
    }

    private void service(ServiceStatus service) {
        String name = serviceName(service.key());
        switch (mode) {
            case STATS -> println(Columns.left(name, SERVICE_NAME) + figures(service.totals()));
            case RATE -> println(Columns.left(name, SERVICE_NAME) + figures(service.perSecond()));
            default -> println(name + " " + service.settings().scheduler() + flags(service));
        }
        List<ServerStatus> servers = service.newestFirst();
        for (ServerStatus server : sorted ? SignedOrder.ofServers(servers) : servers) {
            server(service.key(), server);
        }
    }

    private String serviceName(ServiceKey key) {
        return switch (key) {
            case ServiceKey.AtAddress at -> {
                String name =
                        Columns.left(at.protocol().name(), 4)
                                + " "
                                + names.endpoint(at.address(), at.port(), at.protocol());
                yield at.address().isIpv6() ? name : Names.cut(name, SERVICE_NAME);
            }
            // The original prints large marks as negative numbers, which it cannot read back.
            case ServiceKey.AtMark at ->
                    "FWM  "
                            + Integer.toUnsignedString(at.mark())
                            + (at.family() == Family.IPV6 ? " IPv6" : "");
        };
    }

    private static String flags(ServiceStatus service) {
        StringBuilder text = new StringBuilder();
        int flags = service.settings().schedulerFlags();
        if (flags != 0) {
            text.append(" (")
                    .append(SchedulerFlags.text(flags, service.settings().scheduler()))
                    .append(')');
        }
        Persistence persistence = service.settings().persistence();
        if (persistence != null) {
            text.append(" persistent ").append(persistence.timeoutSeconds());
            String mask = mask(persistence, service.key().family());
            if (mask != null) {
                text.append(" mask ").append(mask);
            }
            if (!service.settings().engine().isEmpty()) {
                text.append(" pe ").append(service.settings().engine());
            }
        }
        if (service.settings().onePacket()) {
            text.append(" ops");
        }
        return text.toString();
    }

    /// An IPv4 mask or IPv6 prefix length, or null when every client counts for itself.
    static @Nullable String mask(Persistence persistence, Family family) {
        if (family == Family.IPV4) {
            return persistence.maskLow() == FULL_IPV4_MASK
                    ? null
                    : Address.ipv4((int) persistence.maskLow()).toString();
        }
        int prefix = Long.bitCount(persistence.maskHigh()) + Long.bitCount(persistence.maskLow());
        return prefix == 128 ? null : Integer.toString(prefix);
    }

    private void server(ServiceKey key, ServerStatus server) {
        Protocol protocol = key.protocol();
        String name = names.endpoint(server.address(), server.port(), protocol);
        if (!server.address().isIpv6()) {
            name = Names.cut(name, NAME);
        }
        println("  -> " + Columns.left(name, NAME) + serverColumns(server));
    }

    private String serverColumns(ServerStatus server) {
        String connections =
                " "
                        + Columns.left(server.activeConnections(), 10)
                        + " "
                        + Columns.left(server.inactiveConnections(), 10);
        String weight = " " + Columns.left(server.settings().weight(), 6);
        String method = " " + Columns.left(word(server.settings().method()), 7);
        return switch (mode) {
            case STATS -> figures(server.totals());
            case RATE -> serverRates(server.perSecond());
            case THRESHOLDS ->
                    " "
                            + Columns.left(server.settings().upperThreshold(), 10)
                            + " "
                            + Columns.left(server.settings().lowerThreshold(), 10)
                            + connections;
            case PERSISTENT_CONN ->
                    " "
                            + Columns.left(server.settings().weight(), 9)
                            + " "
                            + Columns.left(server.persistentConnections(), 11)
                            + connections;
            case TUN_INFO -> method + " " + Columns.left(tunnel(server), 13) + weight + connections;
            case PLAIN -> method + weight + connections;
        };
    }

    private static String word(Forwarding method) {
        return switch (method) {
            case NAT -> "Masq";
            case DIRECT_ROUTING -> "Route";
            case TUNNEL -> "Tunnel";
        };
    }

    private static String tunnel(ServerStatus server) {
        if (server.settings().method() != Forwarding.TUNNEL) {
            return "n/a";
        }
        Encapsulation tunnel = server.settings().tunnel();
        String checksum =
                switch (tunnel.checksum()) {
                    case NONE -> "-c";
                    case FULL -> "+c";
                    case REMOTE -> "r+c";
                };
        String type = tunnel.type().label();
        return switch (tunnel.type()) {
            case IPIP -> type;
            case GUE -> type + ":" + tunnel.port() + ":" + checksum;
            case GRE -> type + ":" + checksum;
        };
    }

    private String figures(Figures figures) {
        return figure(figures.connections())
                + figure(figures.inPackets())
                + figure(figures.outPackets())
                + figure(figures.inBytes())
                + figure(figures.outBytes());
    }

    /// Only the byte rates of a server are ever shortened.
    private String serverRates(Figures rates) {
        return Numbers.exact(rates.connections())
                + Numbers.exact(rates.inPackets())
                + Numbers.exact(rates.outPackets())
                + figure(rates.inBytes())
                + figure(rates.outBytes());
    }

    private String figure(long value) {
        return exact ? Numbers.exact(value) : Numbers.shortened(value);
    }

    /// Lines end as on Linux, wherever this runs.
    private void println(String line) {
        out.print(line + "\n");
    }
}
