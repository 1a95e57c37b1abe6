package dev.sluice.lab;

import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Tcp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The way of one request and its answer over a shared link, hop by hop, as the switch saw the
/// first frame of each.
public record PathTrace(List<Hop> request, List<Hop> reply) {

    private static final int SETTLE_MILLIS = 100;

    /// One frame on the link.
    public record Hop(long fromMac, long toMac, String packet) {}

    /// Makes one request and watches it pass the switch. Nothing else should use that client
    /// address meanwhile.
    ///
    /// @throws LabException when the request is not answered
    public static PathTrace of(LabNetwork network, Address client, Target target) {
        try (LinkSocket link = new LinkSocket(network.switchHost(), 0)) {
            Clients once = new Clients(network.client(), List.of(client), 1);
            Answers answers = once.send(target, 1, Clients.Progress.NONE);
            if (answers.failed() > 0) {
                throw new LabException("the request failed: " + answers.reasons().getFirst());
            }
            Thread.sleep(SETTLE_MILLIS);
            return read(link.frames(), client, target);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new PathTrace(List.of(), List.of());
        }
    }

    private static PathTrace read(List<MemorySegment> frames, Address client, Target target) {
        List<Hop> request = new ArrayList<>();
        List<Hop> reply = new ArrayList<>();
        PacketView packet = new PacketView();
        for (MemorySegment frame : frames) {
            boolean ofFamily =
                    Ethernet.type(frame, 0)
                            == (client.isIpv6() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
            int length = (int) frame.byteSize() - Ethernet.HEADER_BYTES;
            if (!ofFamily || packet.parse(frame, Ethernet.HEADER_BYTES, length) != null) {
                continue;
            }
            String around = unwrap(packet);
            if (!packet.hasPorts()) {
                continue;
            }
            Address source = new Address(client.family(), packet.sourceHigh(), packet.sourceLow());
            Address destination =
                    new Address(client.family(), packet.destinationHigh(), packet.destinationLow());
            Hop hop =
                    new Hop(
                            Ethernet.source(frame, 0),
                            Ethernet.destination(frame, 0),
                            around.formatted(
                                    source.withPort(packet.sourcePort())
                                            + " > "
                                            + destination.withPort(packet.destinationPort())));
            // Of a TCP connection the first packet each way is enough for the map.
            int handshake = packet.tcpFlags() & (Tcp.SYN | Tcp.ACK);
            if (source.equals(client) && (target.udp() || handshake == Tcp.SYN)) {
                request.add(hop);
            } else if (destination.equals(client)
                    && (target.udp() || handshake == (Tcp.SYN | Tcp.ACK))) {
                reply.add(hop);
            }
        }
        return new PathTrace(request, reply);
    }

    /// Makes the view that of the packet inside a tunnel packet, IP in IP.
    ///
    /// @return how to show what is inside, `%s`
    private static String unwrap(PacketView packet) {
        int protocol = packet.protocol();
        if (protocol != IpProtocol.IPV4 && protocol != IpProtocol.IPV6) {
            return "%s";
        }
        Family family = packet.isIpv6() ? Family.IPV6 : Family.IPV4;
        Address source = new Address(family, packet.sourceHigh(), packet.sourceLow());
        Address destination =
                new Address(family, packet.destinationHigh(), packet.destinationLow());
        int bytes = packet.transportLength();
        packet.parse(packet.frame(), packet.transport(), bytes);
        return source + " > " + destination + " [%s]";
    }
}
