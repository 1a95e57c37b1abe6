package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;
import dev.sluice.net.netlink.Links;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Somebody else answers for a virtual address: a real server that does not keep quiet about it, or
/// a machine that has it as well. Clients are with whoever answers first.
final class ForeignAnswer implements Mistake {

    @Override
    public String kind() {
        return "virtual-address-answered";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Map<Address, Named> byServers = new LinkedHashMap<>();
        Map<Address, Named> byOthers = new LinkedHashMap<>();
        Map<Address, Facts.Server> servers = new LinkedHashMap<>();
        for (Facts.Claim claim : facts.claims) {
            String who =
                    "lladdr " + Links.macText(claim.macAddress()) + " on " + claim.interfaceName();
            Facts.Server server = serverAt(facts, claim);
            if (server != null) {
                servers.putIfAbsent(claim.address(), server);
                byServers
                        .computeIfAbsent(claim.address(), _ -> new Named())
                        .add(server.address() + " " + who);
            } else if (facts.isHere(claim.address())) {
                byOthers.computeIfAbsent(claim.address(), _ -> new Named()).add(who);
            }
        }
        byServers.forEach((address, named) ->
                found.accept(
                        ofServers(address, named, Objects.requireNonNull(servers.get(address)))));
        byOthers.forEach((address, named) -> found.accept(ofOthers(address, named)));
    }

    /// The real server that answered, by what the kernel knows of its link address.
    static Facts.@Nullable Server serverAt(Facts facts, Facts.Claim claim) {
        for (Facts.Server server : facts.servers) {
            Facts.Place hop = facts.nextHop(server.address());
            Neighbour neighbour = hop == null ? null : facts.neighbours.get(hop);
            if (neighbour != null
                    && neighbour.address().equals(server.address())
                    && neighbour.macAddress() == claim.macAddress()) {
                return server;
            }
        }
        return null;
    }

    private Finding ofServers(Address address, Named answered, Facts.Server server) {
        boolean keepsIt = server.method() != Forwarding.NAT;
        String mend =
                !keepsIt
                        ? "on the real server: ip address delete "
                                + address
                                + "/"
                                + address.bits()
                                + " dev INTERFACE"
                        : address.isIpv6()
                                ? "on the real server, have it on lo and nowhere else: ip address"
                                        + " add "
                                        + address
                                        + "/128 dev lo"
                                : "on the real server: sysctl -w net.ipv4.conf.all.arp_ignore=1"
                                        + " net.ipv4.conf.all.arp_announce=2";
        return new Finding(
                kind(),
                Severity.WRONG,
                address + " by servers",
                "real servers answer for the virtual address "
                        + address
                        + ": clients reach them past the director",
                List.of("asked who has " + address + ", these answered: " + answered),
                List.of(mend, "then on clients and routers: ip neighbour flush " + address));
    }

    private Finding ofOthers(Address address, Named answered) {
        return new Finding(
                kind(),
                Severity.WRONG,
                address + " by others",
                "another machine has the virtual address " + address + ", too",
                List.of("asked who has " + address + ", this answered: " + answered),
                List.of(
                        "find that machine and take the address from it: ip address delete "
                                + address
                                + "/"
                                + address.bits()
                                + " dev INTERFACE"));
    }
}
