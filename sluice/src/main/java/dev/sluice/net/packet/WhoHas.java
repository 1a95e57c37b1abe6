package dev.sluice.net.packet;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.ebpf.Label;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Poll;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.Address;
import dev.sluice.wire.Arp;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Icmpv6;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.NeighbourAdvertisement;
import dev.sluice.wire.NeighbourSolicitation;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/// Asks a link who has an address and listens to *all* answers, of which a router believes the
/// first.
///
/// The question names no sender, as in duplicate address detection (RFC 5227 §2.1.1, RFC 4862
/// §5.4.2): nobody learns anything from it that might be wrong.
public final class WhoHas {

    private static final int LINK = Ethernet.HEADER_BYTES;
    private static final int TYPE = 12;
    private static final int IPV6_NEXT_HEADER = LINK + Ipv6.NEXT_HEADER;
    private static final int ICMPV6_TYPE = LINK + Ipv6.HEADER_BYTES;

    private static final int FRAME_BYTES = 256;

    private WhoHas() {}

    /// Somebody who has an address.
    public record Answer(Address address, long macAddress) {}

    /// Asks for each address once, in the calling thread's namespace.
    ///
    /// @param mac the interface's own, in the low 48 bits
    /// @return who answered in time, in the order of their answers
    public static Set<Answer> ask(
            int interfaceIndex,
            String interfaceName,
            long mac,
            Collection<Address> wanted,
            Duration listening) {
        Set<Answer> answers = new LinkedHashSet<>();
        Set<Address> asked = new HashSet<>(wanted);
        try (Descriptor socket =
                        Descriptor.socket(
                                Sockets.AF_PACKET,
                                Sockets.SOCK_RAW,
                                0,
                                "who has, " + interfaceName);
                Arena arena = Arena.ofConfined()) {
            filter(socket, arena);
            PacketSocket.bind(socket, interfaceIndex, interfaceName);
            for (Address address : asked) {
                send(socket, arena, question(mac, address));
            }
            MemorySegment frame = arena.allocate(FRAME_BYTES, 8);
            long end = System.nanoTime() + listening.toNanos();
            for (long left = listening.toNanos(); left > 0; left = end - System.nanoTime()) {
                if (Poll.readable(socket, (int) (left / 1_000_000) + 1)) {
                    int length = Kernel.recvfrom(socket.number(), frame, Sockets.MSG_DONTWAIT);
                    Answer answer = length < LINK ? null : answer(frame, length);
                    if (answer != null && asked.contains(answer.address())) {
                        answers.add(answer);
                    }
                }
            }
        }
        return answers;
    }

    /// Only answers wake the reader, whatever else comes in.
    private static void filter(Descriptor socket, Arena arena) {
        ClassicAssembler a = new ClassicAssembler();
        Label take = new Label("take");
        Label leave = new Label("leave");
        a.loadHalf(TYPE);
        a.ifEqual(Ethernet.TYPE_ARP, take);
        a.unlessEqual(Ethernet.TYPE_IPV6, leave);
        a.loadByte(IPV6_NEXT_HEADER);
        a.unlessEqual(IpProtocol.ICMPV6, leave);
        a.loadByte(ICMPV6_TYPE);
        a.unlessEqual(Icmpv6.NEIGHBOUR_ADVERTISEMENT, leave);
        a.place(take);
        a.returnConstant(FRAME_BYTES);
        a.place(leave);
        a.returnConstant(0);
        MemorySegment filter = PacketSocket.program(arena, a.assemble());
        socket.check(
                Kernel.setsockopt(
                        socket.number(), Sockets.SOL_SOCKET, Sockets.SO_ATTACH_FILTER, filter),
                "setsockopt SO_ATTACH_FILTER");
    }

    private static void send(Descriptor socket, Arena arena, byte[] frame) {
        MemorySegment bytes = arena.allocate(frame.length, 8);
        bytes.copyFrom(MemorySegment.ofArray(frame));
        int result = Kernel.write(socket.number(), bytes);
        if (result < 0 && result != -Errno.ENOBUFS && result != -Errno.ENETDOWN) {
            LinuxException.check(result, "write", socket.toString(), "");
        }
    }

    private static byte[] question(long mac, Address wanted) {
        byte[] bytes = new byte[LINK + NeighbourSolicitation.MAX_BYTES];
        MemorySegment frame = MemorySegment.ofArray(bytes);
        Ethernet.source(frame, 0, mac);
        if (wanted.isIpv6()) {
            NeighbourSolicitation question =
                    NeighbourSolicitation.of(Address.ANY_IPV6, Ethernet.NO_MAC, wanted);
            Ethernet.destination(
                    frame, 0, NeighbourSolicitation.multicastMac(question.destination()));
            Ethernet.type(frame, 0, Ethernet.TYPE_IPV6);
            return Arrays.copyOf(bytes, LINK + question.emit(frame, LINK));
        }
        Ethernet.destination(frame, 0, Ethernet.BROADCAST);
        Ethernet.type(frame, 0, Ethernet.TYPE_ARP);
        Arp.request(mac, Address.ANY_IPV4.low(), wanted.low()).emit(frame, LINK);
        return Arrays.copyOf(bytes, LINK + Arp.BYTES);
    }

    private static @Nullable Answer answer(MemorySegment frame, int received) {
        int length = Math.min(received, FRAME_BYTES) - LINK;
        if (Ethernet.type(frame, 0) == Ethernet.TYPE_ARP) {
            Arp arp = Arp.parse(frame, LINK, length);
            return arp == null || arp.operation() != Arp.REPLY
                    ? null
                    : new Answer(Address.ipv4((int) arp.senderIp()), Ethernet.source(frame, 0));
        }
        PacketView packet = new PacketView();
        if (packet.parse(frame, LINK, length) != null) {
            return null;
        }
        NeighbourAdvertisement answer = NeighbourAdvertisement.parse(packet);
        return answer == null ? null : new Answer(answer.target(), Ethernet.source(frame, 0));
    }
}
