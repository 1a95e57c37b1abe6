package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.wire.Address;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// A virtual address that this machine does not have: nobody answers for it, so nobody sends.
///
/// It need not have one that is routed here, which shows by the packets that come for it; nor one
/// that another director has now.
final class MissingVirtualAddress implements Mistake {

    private static final int DUPLICATE = 0x08; // IFA_F_DADFAILED

    @Override
    public String kind() {
        return "virtual-address-missing";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Set<Address> duplicates = duplicates(facts);
        for (Facts.VirtualAddress virtual : facts.virtualAddresses) {
            Address address = virtual.address();
            boolean comesHere = virtual.inPackets() > 0 && !virtual.onceHere();
            if (!facts.isHere(address) && !comesHere && !isElsewhere(facts, address)) {
                found.accept(finding(facts, virtual, duplicates));
            }
        }
    }

    private static boolean isElsewhere(Facts facts, Address address) {
        if (facts.routerAddresses.contains(address)) {
            return true; // `sluice vrrp` tells about them
        }
        if (facts.asked.contains(address)) {
            return facts.claims.stream()
                    .anyMatch(claim ->
                            claim.address().equals(address)
                                    && ForeignAnswer.serverAt(facts, claim) == null);
        }
        return !facts.addressKeeper.isEmpty();
    }

    private Finding finding(Facts facts, Facts.VirtualAddress virtual, Set<Address> duplicates) {
        Address address = virtual.address();
        List<String> evidence = new ArrayList<>();
        evidence.add("services: " + virtual.services());
        evidence.add("on no interface of this machine");
        evidence.add("route here: " + facts.routeInWords(address));
        evidence.add(
                virtual.onceHere()
                        ? "it was here, and is gone"
                        : "no packet for it was ever counted");
        if (facts.asked.contains(address)) {
            evidence.add("asked on the link, nobody else has it");
        }
        if (duplicates.contains(address)) {
            evidence.add("the kernel found that somebody else has it (dadfailed)");
        }
        Link front =
                facts.links.stream()
                        .filter(it -> facts.isCaptured(it.name()))
                        .findFirst()
                        .orElse(null);
        return new Finding(
                kind(),
                Severity.WRONG,
                address.toString(),
                "virtual address " + address + " is on no interface, and is not routed here",
                evidence,
                List.of(
                        "ip address add "
                                + address
                                + "/"
                                + address.bits()
                                + " dev "
                                + (front == null
                                        ? "INTERFACE"
                                        : interfaceFor(facts, address, front))));
    }

    /// The one on whose link it lies, or the first that is captured.
    private static String interfaceFor(Facts facts, Address address, Link otherwise) {
        Facts.Place hop = facts.nextHop(address);
        String name = hop == null ? "" : facts.interfaceName(hop.interfaceIndex());
        return facts.isCaptured(name) ? name : otherwise.name();
    }

    /// Addresses that the kernel does not use, since it heard that somebody else has them.
    private static Set<Address> duplicates(Facts facts) {
        Set<Address> duplicates = new HashSet<>();
        for (InterfaceAddress own : facts.addresses) {
            if ((own.flags() & DUPLICATE) != 0) {
                duplicates.add(own.address());
            }
        }
        return duplicates;
    }
}
