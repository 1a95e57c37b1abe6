package dev.sluice.lab;

import dev.sluice.wire.Address;
import dev.sluice.wire.Arp;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.NeighbourAdvertisement;
import dev.sluice.wire.NeighbourSolicitation;
import dev.sluice.wire.PacketView;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/// Asks a link who has an address, as a router does before it sends a packet there, and listens to
/// *all* answers, of which a router believes the first.
public final class AddressProbe {

    private static final Duration LISTENING = Duration.ofMillis(400);
    private static final int PAYLOAD = Ethernet.HEADER_BYTES;

    private AddressProbe() {}

    /// Asks once, and waits for everybody's answer.
    ///
    /// @param host who asks
    /// @param own one of its addresses on that interface
    /// @param wanted the address asked for
    /// @return the MAC addresses that claim it, in the order of their answers
    public static Set<Long> whoHas(Host host, String interfaceName, Address own, Address wanted) {
        long mac = host.mac(interfaceName);
        try (LinkSocket link = new LinkSocket(host, host.interfaces().index(interfaceName))) {
            link.send(question(mac, own, wanted));
            Thread.sleep(LISTENING);
            Set<Long> claims = new LinkedHashSet<>();
            for (MemorySegment frame : link.frames()) {
                if (claims(frame, wanted)) {
                    claims.add(Ethernet.source(frame, 0));
                }
            }
            return claims;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Set.of();
        }
    }

    private static byte[] question(long mac, Address own, Address wanted) {
        byte[] bytes = new byte[PAYLOAD + NeighbourSolicitation.MAX_BYTES];
        MemorySegment frame = MemorySegment.ofArray(bytes);
        Ethernet.source(frame, 0, mac);
        if (wanted.isIpv6()) {
            NeighbourSolicitation question = NeighbourSolicitation.of(own, mac, wanted);
            Ethernet.destination(
                    frame, 0, NeighbourSolicitation.multicastMac(question.destination()));
            Ethernet.type(frame, 0, Ethernet.TYPE_IPV6);
            return Arrays.copyOf(bytes, PAYLOAD + question.emit(frame, PAYLOAD));
        }
        Ethernet.destination(frame, 0, Ethernet.BROADCAST);
        Ethernet.type(frame, 0, Ethernet.TYPE_ARP);
        Arp.request(mac, own.low(), wanted.low()).emit(frame, PAYLOAD);
        return Arrays.copyOf(bytes, PAYLOAD + Arp.BYTES);
    }

    private static boolean claims(MemorySegment frame, Address wanted) {
        int length = (int) frame.byteSize() - PAYLOAD;
        return switch (Ethernet.type(frame, 0)) {
            case Ethernet.TYPE_ARP -> {
                Arp arp = Arp.parse(frame, PAYLOAD, length);
                yield arp != null
                        && !wanted.isIpv6()
                        && arp.operation() == Arp.REPLY
                        && arp.senderIp() == wanted.low();
            }
            case Ethernet.TYPE_IPV6 -> {
                PacketView packet = new PacketView();
                boolean malformed = packet.parse(frame, PAYLOAD, length) != null;
                var answer = malformed ? null : NeighbourAdvertisement.parse(packet);
                yield answer != null && answer.target().equals(wanted);
            }
            default -> false;
        };
    }
}
