package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// A virtual address on an interface where nothing is captured: clients there reach this machine's
/// own stack, which refuses them.
///
/// An address on `lo` or a dummy is everybody's; and one that packets are counted for is reached by
/// another way.
final class UncapturedVirtualAddress implements Mistake {

    private static final Set<String> INWARD = Set.of("dummy", "ipvlan", "vrf", "nlmon", "ifb");

    @Override
    public String kind() {
        return "virtual-address-not-captured";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (InterfaceAddress own : facts.addresses) {
            Facts.VirtualAddress virtual = facts.virtualAt(own.address());
            Link link = virtual == null ? null : facts.link(own.interfaceIndex());
            if (virtual != null
                    && virtual.inPackets() == 0
                    && link != null
                    && facesClients(link)
                    && !facts.isCaptured(link.name())) {
                found.accept(finding(facts, virtual, link));
            }
        }
    }

    private static boolean facesClients(Link link) {
        return !link.isLoopback() && link.hasArp() && !INWARD.contains(link.kind());
    }

    private Finding finding(Facts facts, Facts.VirtualAddress virtual, Link link) {
        return new Finding(
                kind(),
                Severity.WRONG,
                virtual.address().toString(),
                "virtual address "
                        + virtual.address()
                        + " is on "
                        + link.name()
                        + ", where nothing is captured",
                List.of(
                        "services: " + virtual.services(),
                        "captured: " + facts.capturedNames(),
                        "no packet for it was ever counted"),
                List.of(UncapturedServer.restartWith(facts, link)));
    }
}
