package dev.sluice.worker;

import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.Tcp;
import dev.sluice.wire.Udp;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Whole connections and exchanges, packet by packet, for as long as somebody reads: what clients
/// and masqueraded servers of a [Rehearsal] send.
///
/// Eight kinds take turns, most of them what most directors meet. Each client comes again with the
/// same port, so that a new connection takes an old one's place.
final class InventedFrames implements FrameSource {

    /// How a client and its service speak.
    private record Kind(boolean ipv6, boolean udp, boolean masqueraded) {}

    private static final Kind[] KINDS = {
        new Kind(false, false, true),
        new Kind(true, false, true),
        new Kind(false, false, false),
        new Kind(false, true, true),
        new Kind(false, false, true),
        new Kind(true, false, false),
        new Kind(false, true, false),
        new Kind(true, true, true),
    };

    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 256;
    private static final int CLIENT_PORT = 1024;
    private static final int PAYLOAD_BYTES = 32;

    private static final int[] CLIENT_SENDS = {
        Tcp.SYN, Tcp.ACK, Tcp.ACK | Tcp.PSH, Tcp.FIN | Tcp.ACK, Tcp.ACK
    };
    private static final int[] SERVER_SENDS = {
        Tcp.SYN | Tcp.ACK, Tcp.ACK, Tcp.ACK | Tcp.PSH, Tcp.FIN | Tcp.ACK
    };

    private final MemorySegment memory;
    private final int clients;
    private int current = -1;
    private int left;
    private int connection;
    private int step;
    private int frameBytes;

    /// @param clients how many, a multiple of eight
    InventedFrames(Arena arena, int clients) {
        this.clients = clients;
        memory = arena.allocate(SLOTS * SLOT_BYTES, 64);
    }

    void refill() {
        left = SLOTS;
    }

    boolean isLeft() {
        return left > 0;
    }

    @Override
    public boolean next() {
        if (left == 0 || current == SLOTS - 1) {
            return false;
        }
        left--;
        current++;
        write();
        return true;
    }

    /// Client and server take turns; a routed service's server answers elsewhere.
    private void write() {
        int turn = step / 2;
        boolean serversTurn = (step & 1) == 1;
        Kind kind = KINDS[connection % KINDS.length];
        int port = Rehearsal.port(kind.udp, kind.masqueraded);
        int client = connection % clients;
        long vnet = vnetOffset();
        memory.asSlice(vnet, SLOT_BYTES - HEADROOM_BYTES).fill((byte) 0);
        long ip = vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES;
        boolean fromServer = serversTurn && kind.masqueraded && turn < SERVER_SENDS.length;
        long transport = writeIp(kind, ip, client, fromServer);
        int source = fromServer ? port : CLIENT_PORT;
        int destination = fromServer ? CLIENT_PORT : port;
        if (kind.udp) {
            Udp.sourcePort(memory, transport, source);
            Udp.destinationPort(memory, transport, destination);
            Udp.length(memory, transport, Udp.HEADER_BYTES + PAYLOAD_BYTES);
        } else {
            Tcp.sourcePort(memory, transport, source);
            Tcp.destinationPort(memory, transport, destination);
            Tcp.headerLength(memory, transport, Tcp.HEADER_BYTES);
            Tcp.flags(memory, transport, (fromServer ? SERVER_SENDS : CLIENT_SENDS)[turn]);
        }
        step++;
        if (step == 2 * CLIENT_SENDS.length) {
            step = 0;
            connection++;
        }
    }

    /// @return where the transport's header begins
    private long writeIp(Kind kind, long ip, int client, boolean fromServer) {
        int payload = kind.udp ? Udp.HEADER_BYTES + PAYLOAD_BYTES : Tcp.HEADER_BYTES;
        int protocol = kind.udp ? IpProtocol.UDP : IpProtocol.TCP;
        long clientHigh = Rehearsal.clientHigh(kind.ipv6);
        long clientLow = Rehearsal.FIRST_CLIENT + client;
        var server = fromServer ? Rehearsal.masqueraded(kind.ipv6) : Rehearsal.virtual(kind.ipv6);
        Ethernet.type(
                memory,
                ip - Ethernet.HEADER_BYTES,
                kind.ipv6 ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
        if (kind.ipv6) {
            frameBytes = Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES + payload;
            Ipv6.firstWord(memory, ip, 0, 0);
            Ipv6.payloadLength(memory, ip, payload);
            Ipv6.nextHeader(memory, ip, protocol);
            Ipv6.hopLimit(memory, ip, 64);
            if (fromServer) {
                Ipv6.source(memory, ip, server.high(), server.low());
                Ipv6.destination(memory, ip, clientHigh, clientLow);
            } else {
                Ipv6.source(memory, ip, clientHigh, clientLow);
                Ipv6.destination(memory, ip, server.high(), server.low());
            }
            return ip + Ipv6.HEADER_BYTES;
        }
        frameBytes = Ethernet.HEADER_BYTES + Ipv4.HEADER_BYTES + payload;
        Ipv4.headerLength(memory, ip, Ipv4.HEADER_BYTES);
        Ipv4.totalLength(memory, ip, Ipv4.HEADER_BYTES + payload);
        Ipv4.ttl(memory, ip, 64);
        Ipv4.protocol(memory, ip, protocol);
        Ipv4.source(memory, ip, fromServer ? server.low() : clientLow);
        Ipv4.destination(memory, ip, fromServer ? clientLow : server.low());
        Ipv4.fillChecksum(memory, ip);
        return ip + Ipv4.HEADER_BYTES;
    }

    @Override
    public MemorySegment segment() {
        return memory;
    }

    @Override
    public long vnetOffset() {
        return (long) current * SLOT_BYTES + FrameSource.HEADROOM_BYTES;
    }

    @Override
    public int frameBytes() {
        return frameBytes;
    }

    @Override
    public void release() {
        current = -1;
    }
}
