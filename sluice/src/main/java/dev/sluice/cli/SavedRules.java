package dev.sluice.cli;

import dev.sluice.control.Program;
import dev.sluice.control.Progress;
import dev.sluice.control.ServerStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Family;

import java.io.PrintStream;
import java.util.List;

/// The table as the commands that make it (ipvsadm.md §12): what `-S` prints and `-R` reads.
/// Thresholds are not among them, as in the original.
final class SavedRules {

    private final PrintStream out;
    private final Progress progress;
    private final Names names;

    SavedRules(CommandLine line, Host host, Program.Call call) {
        out = call.out();
        progress = call.progress();
        names = new Names(line.has(Option.NUMERIC), host);
    }

    void print(List<ServiceStatus> services) {
        int done = 0;
        for (ServiceStatus service : SignedOrder.ofServices(services)) {
            progress.at(done++, services.size(), "services");
            String selector = selector(service.key());
            out.print("-A " + selector + settings(service) + "\n");
            Protocol protocol = service.key().protocol();
            for (ServerStatus server : SignedOrder.ofServers(service.newestFirst())) {
                String address = names.cutEndpoint(server.address(), server.port(), protocol);
                out.print("-a " + selector + " -r " + address + settings(server) + "\n");
            }
        }
    }

    private String selector(ServiceKey key) {
        return switch (key) {
            case ServiceKey.AtAddress at -> {
                String option =
                        switch (at.protocol()) {
                            case TCP -> "-t ";
                            case UDP -> "-u ";
                            case SCTP -> "--sctp-service ";
                        };
                yield option + names.cutEndpoint(at.address(), at.port(), at.protocol());
            }
            // The original prints large marks as negative numbers, which it cannot read back.
            case ServiceKey.AtMark at ->
                    "-f "
                            + Integer.toUnsignedString(at.mark())
                            + (at.family() == Family.IPV6 ? " -6" : "");
        };
    }

    private static String settings(ServiceStatus service) {
        StringBuilder text = new StringBuilder(" -s ").append(service.settings().scheduler());
        Persistence persistence = service.settings().persistence();
        if (persistence != null) {
            text.append(" -p ").append(persistence.timeoutSeconds());
            String mask = Listing.mask(persistence, service.key().family());
            if (mask != null) {
                text.append(" -M ").append(mask);
            }
        }
        if (!service.settings().engine().isEmpty()) {
            text.append(" --pe ").append(service.settings().engine());
        }
        if (service.settings().onePacket()) {
            text.append(" -o");
        }
        int flags = service.settings().schedulerFlags();
        if (flags != 0) {
            text.append(" -b ").append(SchedulerFlags.text(flags, service.settings().scheduler()));
        }
        return text.toString();
    }

    private static String settings(ServerStatus server) {
        String method =
                switch (server.settings().method()) {
                    case NAT -> " -m";
                    case DIRECT_ROUTING -> " -g";
                    case TUNNEL -> " -i";
                };
        String tunnel =
                server.settings().method() == Forwarding.TUNNEL
                        ? tunnel(server.settings().tunnel())
                        : "";
        return method + " -w " + server.settings().weight() + tunnel;
    }

    private static String tunnel(Encapsulation tunnel) {
        String checksum =
                switch (tunnel.checksum()) {
                    case NONE -> " --tun-nocsum";
                    case FULL -> " --tun-csum";
                    case REMOTE -> " --tun-remcsum";
                };
        String type = " --tun-type " + tunnel.type().label();
        return switch (tunnel.type()) {
            case IPIP -> type;
            case GUE -> type + " --tun-port " + tunnel.port() + checksum;
            case GRE -> type + checksum;
        };
    }
}
