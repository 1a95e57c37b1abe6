package dev.sluice.worker;

import dev.sluice.director.Director;
import dev.sluice.director.Verdict;
import dev.sluice.director.service.Configuration;
import dev.sluice.gate.Metadata;
import dev.sluice.net.packet.FrameSink;
import dev.sluice.net.packet.FrameSource;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Ipv4Fragmenter;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.VnetHeader;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/// One thread's share of the director: reads bursts of frames, lets its [Director] judge each, and
/// writes them out. Everything it touches is its own; what others want comes through its [Mailbox]
/// or as a new [Configuration].
///
/// ```
///   intakes, hand-over queues ──► parse ──► Director.process ──┬─ FORWARD, ANSWER ──► out
///                                                              ├─ TO_STACK ─────────► back
///                                                              └─ DROP (counted)
/// ```
///
/// A frame stays where it was received: headers are rewritten in place and the batch is written
/// from there, so the source is released only after the flush.
public final class Worker {

    /// Frames taken between two flushes. Enough to share a system call, few enough to stay in
    /// cache.
    private static final int BURST = 64;

    /// Connections that may expire between two bursts.
    private static final int EXPIRE_LIMIT = 256;

    /// How often neighbours in use are reported to the kernel: below its shortest reachable time of
    /// 15 s, so that none becomes stale under traffic.
    private static final long REFRESH_NANOS = 5_000_000_000L;

    private static final int SCRATCH_BYTES = 1 << 17;

    private final int index;
    private final Director director;
    private final RouteCache routes;
    private final RouteSource kernel;
    private final List<Intake> intakes;
    private final FrameSink out;
    private final FrameSink back;
    private final Heartbeat heartbeat;
    private final Mailbox mailbox = new Mailbox();
    private final ArrayDeque<Mailbox.Task> tasks = new ArrayDeque<>();
    private final PacketView packet = new PacketView();
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private final @Nullable HandOver handOver;
    private final MemorySegment scratch;
    private final long[] vnets = new long[BURST];
    private final int[] lengths = new int[BURST];
    private final AtomicLongArray losses = new AtomicLongArray(Loss.values().length);

    private Configuration configuration;
    private volatile Configuration newestConfiguration;
    private int scratchUsed;
    private long refreshAtNanos;

    /// Frames that the worker itself could not bring further.
    public enum Loss {
        /// More came than the worker could read: the ring was full.
        NOT_READ_IN_TIME,
        /// Sent up by the gate, but not a well-formed packet: given back to the stack.
        MALFORMED,
        /// Routed here by the kernel because of its mark, and not for a service: the stack would
        /// only route it here again.
        ROUTED_IN_VAIN,
        /// A neighbour was not resolved yet, and so many frames waited that the oldest gave way.
        WAITING_ROOM_FULL,
        /// The other worker's queue was full.
        HAND_OVER_FULL,
        /// The kernel did not take it: the interface is down, gone, or full.
        REFUSED
    }

    /// Tells the gate that this worker lives.
    @FunctionalInterface
    public interface Heartbeat {
        void beat(int worker, long nowNanos);
    }

    /// @param arena lives as long as the worker
    /// @param out frames to other machines
    /// @param back frames to the kernel's stack, sent with the gate's reserved mark
    /// @param handOver the queues between workers, null when there is only one
    public Worker(
            int index,
            Director director,
            RouteCache routes,
            RouteSource kernel,
            List<Intake> intakes,
            FrameSink out,
            FrameSink back,
            Heartbeat heartbeat,
            @Nullable HandOver handOver,
            Configuration configuration,
            Arena arena) {
        this.index = index;
        this.director = director;
        this.routes = routes;
        this.kernel = kernel;
        this.intakes = List.copyOf(intakes);
        this.out = out;
        this.back = back;
        this.heartbeat = heartbeat;
        this.handOver = handOver;
        this.configuration = configuration;
        this.newestConfiguration = configuration;
        scratch = arena.allocate(SCRATCH_BYTES, 64);
        director.configure(configuration);
    }

    /// One round: the newest configuration, questions, a burst of packets, expired connections.
    ///
    /// @return how many frames were handled; 0 means that the caller may wait
    public int poll(long nowNanos) {
        heartbeat.beat(index, nowNanos);
        takeConfiguration();
        int work = runTasks(nowNanos);
        for (int i = 0; i < intakes.size(); i++) { // an iterator would be garbage
            work += burst(intakes.get(i), nowNanos);
        }
        if (handOver != null) {
            work += takeHandedOver(handOver, nowNanos);
        }
        work += director.expire(nowNanos, EXPIRE_LIMIT);
        refreshNeighbours(nowNanos);
        return work;
    }

    /// When [#poll] has something to do although no frame came.
    public long nextDeadlineNanos() {
        return director.nextDeadlineNanos();
    }

    /// Any thread: forward by this from the next burst on.
    public void publish(Configuration newest) {
        newestConfiguration = newest;
    }

    /// Any thread: what to ask of this worker.
    public Mailbox mailbox() {
        return mailbox;
    }

    /// Any thread: frames lost so far for this reason.
    public long lost(Loss loss) {
        return switch (loss) {
            case NOT_READ_IN_TIME ->
                    intakes.stream().mapToLong(intake -> intake.source().dropped()).sum();
            case REFUSED -> out.refused() + back.refused();
            case MALFORMED, ROUTED_IN_VAIN, WAITING_ROOM_FULL, HAND_OVER_FULL ->
                    losses.getOpaque(loss.ordinal());
        };
    }

    public int index() {
        return index;
    }

    /// Only for tasks, on the worker's thread.
    public Director director() {
        return director;
    }

    private void takeConfiguration() {
        Configuration newest = newestConfiguration;
        if (newest != configuration) {
            configuration = newest;
            director.configure(newest);
        }
    }

    private int runTasks(long nowNanos) {
        for (Mailbox.Task task = mailbox.poll(); task != null; task = mailbox.poll()) {
            tasks.addLast(task);
        }
        int work = 0;
        for (int left = tasks.size(); left > 0; left--) {
            Mailbox.Task task = tasks.removeFirst();
            Mailbox.Progress progress = task.advance(this, nowNanos);
            if (progress != Mailbox.Progress.DONE) {
                tasks.addLast(task);
            }
            if (progress != Mailbox.Progress.WAITING) {
                work++;
            }
        }
        return work;
    }

    private int burst(Intake intake, long nowNanos) {
        FrameSource source = intake.source();
        int taken = 0;
        while (taken < BURST && source.next()) {
            vnets[taken] = source.vnetOffset();
            lengths[taken] = source.frameBytes();
            taken++;
        }
        if (taken == 0) {
            return 0;
        }
        MemorySegment memory = source.segment();
        if (taken > 1 && director.wantsAnnouncements()) {
            announce(memory, taken);
        }
        for (int i = 0; i < taken; i++) {
            receive(intake, memory, vnets[i], lengths[i], nowNanos, false);
        }
        flush();
        source.release();
        return taken;
    }

    /// Lets the director fetch the burst's connections together. Parsing twice costs less than one
    /// wait for memory.
    private void announce(MemorySegment memory, int frames) {
        for (int i = 0; i < frames; i++) {
            if (parse(memory, vnets[i], lengths[i]) == null) {
                director.announce(packet);
            }
        }
        director.fetchAnnounced();
    }

    private int takeHandedOver(HandOver queues, long nowNanos) {
        int taken = 0;
        for (int from = 0; from < queues.workers(); from++) {
            FrameQueue queue = queues.queue(from, index);
            for (int n = 0; n < BURST && queue.hasNext(); n++) {
                int frameBytes = queue.bytes() - VnetHeader.BYTES;
                Intake intake = intakes.get(queue.intake());
                receive(intake, queue.segment(), queue.vnet(), frameBytes, nowNanos, true);
                // Handed-over frames are rare: flushing each keeps the queue's memory rules simple.
                flush();
                queue.remove();
                taken++;
            }
        }
        return taken;
    }

    private void flush() {
        out.flush();
        back.flush();
        scratchUsed = 0;
    }

    private void receive(
            Intake intake,
            MemorySegment memory,
            long vnet,
            int frameBytes,
            long nowNanos,
            boolean handedOver) {
        // After the frame was read: whoever configured and then sent it meets what he configured,
        // and not the services as they were when this round began.
        takeConfiguration();
        if (parse(memory, vnet, frameBytes) != null) {
            lose(Loss.MALFORMED);
            returnToStack(intake, memory, vnet, frameBytes);
            return;
        }
        if (intake.hasMetadata()) {
            packet.mark(Metadata.mark(memory, vnet + VnetHeader.BYTES));
        }
        if (handOver != null && !handedOver) {
            int owner = director.owner(packet);
            if (owner != index) {
                handOver(handOver.queue(index, owner), intake, memory, vnet, frameBytes);
                handOver.wake(owner);
                return;
            }
        }
        Verdict verdict = director.process(packet, nowNanos);
        switch (verdict.action()) {
            case FORWARD -> forward(verdict, memory, vnet);
            case TO_STACK -> returnToStack(intake, memory, vnet, frameBytes);
            case ANSWER -> answer(verdict);
            case DROP -> {
                // Counted by the director, under its reason.
            }
        }
    }

    private @Nullable Malformed parse(MemorySegment memory, long vnet, int frameBytes) {
        Malformed malformed =
                packet.parse(
                        memory,
                        vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES,
                        frameBytes - Ethernet.HEADER_BYTES);
        if (malformed == null) {
            packet.gsoSize(VnetHeader.gsoSize(memory, vnet));
            packet.partialChecksum(
                    (VnetHeader.flags(memory, vnet) & VnetHeader.NEEDS_CHECKSUM) != 0);
        }
        return malformed;
    }

    private void returnToStack(Intake intake, MemorySegment memory, long vnet, int frameBytes) {
        if (intake.hasMetadata()
                && Metadata.kind(memory, vnet + VnetHeader.BYTES) == Metadata.ROUTED) {
            lose(Loss.ROUTED_IN_VAIN);
            return;
        }
        int etherType = Ethernet.type(memory, vnet + VnetHeader.BYTES);
        back.send(memory, vnet, frameBytes, intake.returnInterface(), etherType);
    }

    private void handOver(
            FrameQueue queue, Intake intake, MemorySegment memory, long vnet, int frameBytes) {
        if (!queue.offer(memory, vnet, VnetHeader.BYTES + frameBytes, intakes.indexOf(intake))) {
            lose(Loss.HAND_OVER_FULL);
        }
    }

    private void forward(Verdict verdict, MemorySegment memory, long vnet) {
        CachedRoute route = (CachedRoute) verdict.path();
        int etherType = packet.isIpv6() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4;
        if (verdict.fragmentBytes() > 0) {
            forwardInFragments(route, verdict.fragmentBytes());
        } else {
            transmit(route, memory, vnet, packet.length(), etherType);
        }
    }

    /// IPv4 without DF, too long for the route: cut in the scratch memory.
    private void forwardInFragments(CachedRoute route, int mtuBytes) {
        fragmenter.start(packet, mtuBytes);
        while (true) {
            long vnet = scratch(mtuBytes);
            int bytes = fragmenter.next(scratch, vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES);
            if (bytes == 0) {
                return;
            }
            transmit(route, scratch, vnet, bytes, Ethernet.TYPE_IPV4);
        }
    }

    /// An ICMP error made by the director: its own memory is reused for the next one, so it is
    /// copied.
    private void answer(Verdict verdict) {
        int bytes = verdict.answerBytes();
        long vnet = scratch(bytes);
        long ip = vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES;
        MemorySegment.copy(verdict.answer(), 0, scratch, ip, bytes);
        int etherType = packet.isIpv6() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4;
        transmit((CachedRoute) verdict.path(), scratch, vnet, bytes, etherType);
    }

    /// Room for a vnet header, a link header and a packet until the next flush.
    private long scratch(int packetBytes) {
        int bytes = VnetHeader.BYTES + Ethernet.HEADER_BYTES + packetBytes;
        if (scratchUsed + bytes > SCRATCH_BYTES) {
            flush();
        }
        int at = scratchUsed;
        scratchUsed += bytes + 63 & ~63;
        VnetHeader.clear(scratch, at);
        return at;
    }

    /// Writes the link header in front of a packet and adds the frame to the batch.
    private void transmit(
            CachedRoute route, MemorySegment memory, long vnet, int packetBytes, int etherType) {
        NextHop neighbour = route.neighbour();
        int frameBytes = Ethernet.HEADER_BYTES + packetBytes;
        if (neighbour == null) {
            transmitWithoutLinkHeader(route, memory, vnet, packetBytes, etherType);
        } else if (neighbour.isResolved()) {
            neighbour.writeLinkHeader(memory, vnet + VnetHeader.BYTES, etherType);
            out.send(memory, vnet, frameBytes, route.interfaceIndex(), etherType);
        } else {
            hold(neighbour, memory, vnet, frameBytes, etherType);
        }
    }

    /// Interfaces such as tun take the bare packet: the vnet header moves up against it, and what
    /// counted from the frame's first byte counts from the packet's.
    private void transmitWithoutLinkHeader(
            CachedRoute route, MemorySegment memory, long vnet, int packetBytes, int etherType) {
        long moved = vnet + Ethernet.HEADER_BYTES;
        MemorySegment.copy(memory, vnet, memory, moved, VnetHeader.BYTES);
        if ((VnetHeader.flags(memory, moved) & VnetHeader.NEEDS_CHECKSUM) != 0) {
            int start = VnetHeader.checksumStart(memory, moved);
            VnetHeader.checksumStart(memory, moved, start - Ethernet.HEADER_BYTES);
        }
        if (VnetHeader.gsoType(memory, moved) != VnetHeader.GSO_NONE) {
            int length = VnetHeader.headerLength(memory, moved);
            VnetHeader.headerLength(memory, moved, length - Ethernet.HEADER_BYTES);
        }
        out.send(memory, moved, packetBytes, route.interfaceIndex(), etherType);
    }

    private void hold(
            NextHop neighbour, MemorySegment memory, long vnet, int frameBytes, int etherType) {
        int bytes = VnetHeader.BYTES + frameBytes;
        MemorySegment copy = Arena.ofAuto().allocate(bytes, 8);
        MemorySegment.copy(memory, vnet, copy, 0, bytes);
        if (!neighbour.isWaitedFor()) {
            kernel.use(neighbour.interfaceIndex(), neighbour.address());
        }
        if (!neighbour.hold(new NextHop.Held(copy, frameBytes, etherType))) {
            lose(Loss.WAITING_ROOM_FULL);
        }
    }

    /// Routes, rules, addresses or links changed, or news were lost: ask the kernel anew.
    void routesChanged(long nowNanos) {
        routes.forget();
        for (NextHop waitedFor : routes.neighbours()) {
            long mac = kernel.linkAddress(waitedFor.interfaceIndex(), waitedFor.address());
            if (mac >= 0) {
                neighbourChanged(waitedFor.interfaceIndex(), waitedFor.address(), mac, nowNanos);
            }
        }
    }

    /// The kernel reported on a neighbour: its link address, or -1 when it has none (any more).
    void neighbourChanged(int interfaceIndex, Address address, long mac, long nowNanos) {
        NextHop neighbour = routes.neighbour(interfaceIndex, address);
        if (neighbour == null) {
            return;
        }
        List<NextHop.Held> waited = neighbour.takeHeld();
        if (mac < 0) {
            neighbour.unresolve();
            waited.forEach(held -> giveUp(held, nowNanos));
        } else {
            neighbour.resolve(mac);
            for (NextHop.Held held : waited) {
                neighbour.writeLinkHeader(held.bytes(), VnetHeader.BYTES, held.etherType());
                out.send(held.bytes(), 0, held.frameBytes(), interfaceIndex, held.etherType());
            }
        }
        flush();
    }

    private void giveUp(NextHop.Held held, long nowNanos) {
        parse(held.bytes(), 0, held.frameBytes()); // well-formed: it was forwarded
        Verdict verdict = director.undeliverable(packet, nowNanos);
        if (verdict.action() == Verdict.Action.ANSWER) {
            answer(verdict);
        }
    }

    private void refreshNeighbours(long nowNanos) {
        if (nowNanos - refreshAtNanos < 0) {
            return;
        }
        refreshAtNanos = nowNanos + REFRESH_NANOS;
        for (NextHop neighbour : routes.neighbours()) {
            if (neighbour.takeUsed() || neighbour.isWaitedFor()) {
                kernel.use(neighbour.interfaceIndex(), neighbour.address());
            }
        }
    }

    private void lose(Loss loss) {
        losses.setOpaque(loss.ordinal(), losses.getPlain(loss.ordinal()) + 1);
    }
}
