package dev.sluice.worker;

import dev.sluice.director.Verdict;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.net.netlink.Prefix;
import dev.sluice.net.packet.FrameSink;
import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Ipv4Fragmenter;
import dev.sluice.wire.Ipv6Fragmenter;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Brings packets onto the wire: cuts what is too long, writes the link header in front, lets
/// frames wait while their next hop is being resolved, and batches the rest. It knows paths and
/// neighbours, and no connections.
///
/// A packet is sent from where it lies, with the bytes before it free for the headers:
///
/// ```
/// │ headroom 64 │ vnet 10 │ link 14 │ IP packet …
/// ```
///
/// Packets that were not received, or that are cut, lie in scratch memory until the next [#flush].
final class Transmitter implements Outbox {

    private static final int SCRATCH_BYTES = 1 << 17;

    /// What lies between the start of a piece of scratch memory and its packet.
    private static final int BEFORE_PACKET =
            FrameSource.HEADROOM_BYTES + VnetHeader.BYTES + Ethernet.HEADER_BYTES;

    /// How often neighbours in use are reported to the kernel: below its shortest reachable time of
    /// 15 s, so that none becomes stale under traffic.
    private static final long REFRESH_NANOS = 5_000_000_000L;

    /// Places looked at between two bursts.
    private static final int REFRESHED_PER_ROUND = 256;

    private final RouteCache routes;
    private final NextHops nextHops;
    private final RouteSource kernel;
    private final FrameSink out;
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private final Ipv6Fragmenter fragmenter6 = new Ipv6Fragmenter();
    private final MemorySegment scratch;
    private int scratchUsed;
    private int lastFragmentId = (int) System.nanoTime(); // another one after each start
    private long refreshAtNanos;

    /// @param arena lives as long as the transmitter
    Transmitter(RouteCache routes, RouteSource kernel, FrameSink out, Arena arena) {
        this.routes = routes;
        nextHops = routes.nextHops();
        this.kernel = kernel;
        this.out = out;
        scratch = arena.allocate(SCRATCH_BYTES, 64);
    }

    /// Sends a packet that lies in a frame, maybe not where it was received.
    ///
    /// @param vnet where the frame's vnet header is
    /// @param start where the packet begins
    /// @param origin [Verdict#origin]
    void send(
            Path path,
            MemorySegment memory,
            long vnet,
            long start,
            int packetBytes,
            boolean ipv6,
            long origin) {
        transmit(
                (CachedRoute) path,
                memory,
                vnet,
                start,
                packetBytes,
                ipv6 ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4,
                origin);
    }

    /// Sends an IPv4 packet without DF that is too long for its path.
    void sendInFragments(Path path, PacketView packet, int mtuBytes, long origin) {
        fragmenter.start(packet, mtuBytes);
        while (true) {
            long start = room(mtuBytes);
            int bytes = fragmenter.next(scratch, start);
            if (bytes == 0) {
                return;
            }
            send(path, scratch, vnet(start), start, bytes, /* ipv6= */ false, origin);
        }
    }

    /// Sends an IPv6 packet of this machine's own that is too long for its path.
    ///
    /// @param start where it lies in `memory`
    void sendInFragments(
            Path path, MemorySegment memory, long start, int bytes, int mtuBytes, long origin) {
        fragmenter6.start(memory, start, bytes, mtuBytes, ++lastFragmentId);
        while (true) {
            long at = room(mtuBytes);
            int length = fragmenter6.next(scratch, at);
            if (length == 0) {
                return;
            }
            send(path, scratch, vnet(at), at, length, /* ipv6= */ true, origin);
        }
    }

    /// Room in [#memory] for a packet that nobody sent us, until the next flush.
    ///
    /// @return where the packet shall begin; there are [FrameSource#HEADROOM_BYTES] to spare
    @Override
    public long room(int packetBytes) {
        int bytes = BEFORE_PACKET + packetBytes;
        if (scratchUsed + bytes > SCRATCH_BYTES) {
            flush();
        }
        long start = (long) scratchUsed + BEFORE_PACKET;
        scratchUsed += bytes + 63 & ~63;
        VnetHeader.clear(scratch, vnet(start));
        return start;
    }

    /// Where [#room] is.
    @Override
    public MemorySegment memory() {
        return scratch;
    }

    /// Sends a packet that was written into [#room].
    @Override
    public void send(Path path, long start, int packetBytes, boolean ipv6) {
        send(path, scratch, vnet(start), start, packetBytes, ipv6, Verdict.NO_ORIGIN);
    }

    /// Hands the batch to the kernel; scratch memory is free again.
    void flush() {
        out.flush();
        scratchUsed = 0;
    }

    /// Any thread: frames that the kernel did not take so far.
    long refused() {
        return out.refused();
    }

    private static long vnet(long start) {
        return start - Ethernet.HEADER_BYTES - VnetHeader.BYTES;
    }

    /// Writes the link header in front of a packet and adds the frame to the batch. Interfaces such
    /// as tun take the bare packet.
    private void transmit(
            CachedRoute route,
            MemorySegment memory,
            long vnet,
            long start,
            int packetBytes,
            int etherType,
            long origin) {
        NextHop nextHop = route.neighbour();
        int linkBytes = nextHop == null ? 0 : Ethernet.HEADER_BYTES;
        int frameBytes = linkBytes + packetBytes;
        long moved = start - linkBytes - VnetHeader.BYTES;
        if (moved != vnet) {
            VnetHeader.move(memory, vnet, moved);
        }
        if (nextHop == null) {
            out.send(memory, moved, frameBytes, route.interfaceIndex(), etherType);
        } else if (nextHop.isResolved()) {
            nextHop.writeLinkHeader(memory, moved + VnetHeader.BYTES, etherType);
            out.send(memory, moved, frameBytes, route.interfaceIndex(), etherType);
        } else {
            hold(nextHop, memory, moved, frameBytes, etherType, origin);
        }
    }

    private void hold(
            NextHop nextHop,
            MemorySegment memory,
            long vnet,
            int frameBytes,
            int etherType,
            long origin) {
        byte[] copy =
                memory.asSlice(vnet, VnetHeader.BYTES + frameBytes).toArray(ValueLayout.JAVA_BYTE);
        nextHops.hold(nextHop, new NextHop.Held(copy, etherType, origin));
    }

    /// Copies a frame that waited into scratch memory.
    ///
    /// @return where its vnet header is
    long bringBack(NextHop.Held held) {
        byte[] bytes = held.bytes();
        long vnet = vnet(room(bytes.length));
        MemorySegment.copy(bytes, 0, scratch, ValueLayout.JAVA_BYTE, vnet, bytes.length);
        return vnet;
    }

    /// Routes, rules, addresses or links changed, or news were lost: the kernel is asked anew.
    void routesChanged(AddressPieces pieces) {
        routes.forget(pieces);
        for (NextHop waitedFor : nextHops.waiting()) {
            long mac = kernel.linkAddress(waitedFor.key());
            if (mac >= 0) {
                resolved(waitedFor, mac);
            }
        }
    }

    /// Routes to these destinations changed.
    void routesChanged(AddressPieces pieces, List<Prefix> changed) {
        routes.forget(pieces, changed);
    }

    /// The kernel knows a neighbour's link address: what waited for it is sent.
    void resolved(HopKey neighbour, long mac) {
        NextHop nextHop = nextHops.find(neighbour);
        if (nextHop != null) {
            resolved(nextHop, mac);
        }
    }

    private void resolved(NextHop nextHop, long mac) {
        nextHop.resolve(mac);
        for (NextHop.Held held : nextHops.takeHeld(nextHop)) {
            long vnet = bringBack(held);
            nextHop.writeLinkHeader(scratch, vnet + VnetHeader.BYTES, held.etherType());
            out.send(
                    scratch,
                    vnet,
                    held.bytes().length - VnetHeader.BYTES,
                    nextHop.interfaceIndex(),
                    held.etherType());
        }
        flush();
    }

    /// The kernel forgot a neighbour, or gave it up.
    ///
    /// @return what waited for it and will not be sent
    List<NextHop.Held> unresolved(HopKey neighbour) {
        NextHop nextHop = nextHops.find(neighbour);
        if (nextHop == null) {
            return List.of();
        }
        nextHop.unresolve();
        return nextHops.takeHeld(nextHop);
    }

    /// Now and then tells the kernel which neighbours are in use: it does not see our frames.
    void refreshNeighbours(long nowNanos) {
        if (nowNanos - refreshAtNanos >= 0) {
            refreshAtNanos = nowNanos + REFRESH_NANOS;
            nextHops.beginRefresh();
        }
        nextHops.refresh(REFRESHED_PER_ROUND);
    }
}
