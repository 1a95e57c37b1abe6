package dev.sluice.config;

import dev.sluice.config.settings.Globals;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.VirtualServer;
import dev.sluice.config.settings.VirtualServer.AtAddress;
import dev.sluice.config.settings.VirtualServer.AtMark;
import dev.sluice.config.settings.VirtualServer.DirectRouting;
import dev.sluice.config.settings.VirtualServer.Forwarding;
import dev.sluice.config.settings.VirtualServer.Masquerading;
import dev.sluice.config.settings.VirtualServer.RealServer;
import dev.sluice.config.settings.VirtualServer.Service;
import dev.sluice.config.settings.VirtualServer.Tunnel;
import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The table right after the start, as words of ipvsadm, as the samples record it.
final class IpvsRules {

    private IpvsRules() {}

    static List<String> of(Settings settings) {
        List<String> rules = new ArrayList<>();
        Globals.Lvs lvs = settings.globals().lvs();
        if (lvs.timeouts() != null) {
            rules.add(
                    "--set %d %d %d"
                            .formatted(
                                    lvs.timeouts().tcpSeconds(),
                                    lvs.timeouts().finSeconds(),
                                    lvs.timeouts().udpSeconds()));
        }
        if (lvs.isFlushedAtStart()) {
            rules.add("-C");
        }
        if (lvs.syncDaemon() != null) {
            rules.add(
                    "--start-daemon backup --mcast-interface %s --syncid %d"
                            .formatted(lvs.syncDaemon().interfaceName(), lvs.syncDaemon().id()));
        }
        for (VirtualServer server : settings.virtualServers()) {
            for (Service service : server.services()) {
                rules.add("-A " + name(server, service) + options(server, service));
                for (RealServer real : server.realServers()) {
                    rules.add(
                            real(
                                    server,
                                    service,
                                    real.address(),
                                    server.portBehind(service, real.port(), real.forwarding()),
                                    real.forwarding(),
                                    real.isDownAtFirst() && real.isInhibited() ? 0 : real.weight(),
                                    real));
                }
                VirtualServer.SorryServer sorry = server.sorryServer();
                if (sorry != null && sorry.isInhibited()) {
                    Forwarding forwarding =
                            sorry.forwarding() == null ? server.forwarding() : sorry.forwarding();
                    rules.add(
                            "-a %s -r %s %s -w 0"
                                    .formatted(
                                            name(server, service),
                                            sorry.address().withPort(sorry.port()),
                                            method(forwarding)));
                }
            }
        }
        return rules;
    }

    private static String real(
            VirtualServer server,
            Service service,
            Address address,
            int port,
            Forwarding forwarding,
            long weight,
            RealServer real) {
        String rule =
                "-a %s -r %s %s -w %d"
                        .formatted(
                                name(server, service),
                                address.withPort(port),
                                method(forwarding),
                                weight);
        return real.upperThreshold() == 0
                ? rule
                : rule + " -x " + real.upperThreshold() + " -y " + real.lowerThreshold();
    }

    private static String name(VirtualServer server, Service service) {
        return switch (service) {
            case AtAddress(Place _, Address address, int port) ->
                    (server.protocol() == VirtualServer.Protocol.UDP ? "-u " : "-t ")
                            + address.withPort(port);
            case AtMark(Place _, long mark, Family family) ->
                    "-f " + mark + (family == Family.IPV6 ? " -6" : "");
        };
    }

    private static String options(VirtualServer server, Service service) {
        String options = " -s " + server.scheduler();
        List<String> flags = new ArrayList<>();
        if ((server.schedulerFlags() & 1) != 0) {
            flags.add(server.scheduler() + "-fallback");
        }
        if ((server.schedulerFlags() & 2) != 0) {
            flags.add(server.scheduler() + "-port");
        }
        options += flags.isEmpty() ? "" : " -b " + String.join(",", flags);
        if (server.persistence() != null) {
            int bits = server.persistence().prefixBits();
            boolean isIpv6 = VirtualServerReader.familyOf(service) == Family.IPV6;
            options += " -p " + server.persistence().seconds();
            options +=
                    bits == (isIpv6 ? 128 : 32)
                            ? ""
                            : " -M " + (isIpv6 ? bits : Address.ipv4(-1).masked(bits));
        }
        return options + (server.isOnePacket() ? " -o" : "");
    }

    private static String method(Forwarding forwarding) {
        return switch (forwarding) {
            case Masquerading() -> "-m";
            case DirectRouting() -> "-g";
            case Tunnel(Tunnel.Kind kind, int port, Tunnel.Checksum checksum) ->
                    kind == Tunnel.Kind.IPIP
                            ? "-i"
                            : "-i --tun-type %s%s --tun-%s"
                                    .formatted(
                                            kind.name().toLowerCase(Locale.ROOT),
                                            port == 0 ? "" : " --tun-port " + port,
                                            switch (checksum) {
                                                case NONE -> "nocsum";
                                                case FULL -> "csum";
                                                case REMOTE -> "remcsum";
                                            });
        };
    }
}
