package dev.sluice.worker;

import dev.sluice.director.Director;
import dev.sluice.director.DirectorCounters;
import dev.sluice.director.StackReason;
import dev.sluice.director.Verdict;
import dev.sluice.director.service.Configuration;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.net.netlink.Prefix;
import dev.sluice.net.packet.FrameSink;
import dev.sluice.net.packet.FrameSource;
import dev.sluice.net.packet.PacketSender;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.VnetHeader;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// One thread's share of the director: reads bursts of frames, lets its [Director] judge each, and
/// writes them out. Everything it touches is its own; what others want comes through its [Mailbox]
/// or as a new [Configuration].
///
/// ```
///   intakes, hand-over queues ──► parse ──► Director.process ──┬─ FORWARD ──► Transmitter ──► out
///                                                 │            ├─ TO_STACK ─────────────────► back
///   timers ───────────────────► Director.expire ──┤            └─ DROP (counted)
///                                                 └─ packets of its own ──► Transmitter ──► out
/// ```
///
/// A frame stays where it was received: headers are rewritten in place and the batch is written
/// from there, so the source is released only after the flush.
public final class Worker {

    /// Frames taken between two flushes: what shares a system call.
    private static final int BURST = PacketSender.BATCH;

    /// Connections that may expire between two bursts.
    private static final int EXPIRE_LIMIT = 256;

    private final int index;
    private final Director director;
    private final Transmitter transmitter;
    private final List<Intake> intakes;
    private final FrameSink back;
    private final Heartbeat heartbeat;
    private final Mailbox mailbox = new Mailbox();
    private final Rounds rounds;
    private final PacketView packet = new PacketView();
    private final @Nullable HandOver handOver;
    private final MemorySegment[] memories = new MemorySegment[BURST];
    private final long[] vnets = new long[BURST];
    private final int[] lengths = new int[BURST];
    private final Losses losses;
    private final HeldFragments heldFragments = new HeldFragments(Arena.ofAuto());

    /// What other threads see of the director's table.
    private final AtomicLong connections = new AtomicLong();

    private final AtomicLong memoryBytes = new AtomicLong();

    private Configuration configuration;
    private volatile Configuration newestConfiguration;

    /// Tells the gate that this worker lives.
    @FunctionalInterface
    public interface Heartbeat {

        /// For a gate that does not look.
        Heartbeat UNHEARD = (worker, nowNanos) -> {};

        void beat(int worker, long nowNanos);
    }

    /// @param transmitter for frames to other machines
    /// @param back frames to the kernel's stack, sent with the gate's reserved mark
    /// @param handOver the queues between workers, null when there is only one
    public Worker(
            int index,
            Director director,
            List<Intake> intakes,
            Transmitter transmitter,
            FrameSink back,
            Heartbeat heartbeat,
            @Nullable HandOver handOver,
            Losses losses,
            Rounds rounds,
            Configuration configuration) {
        this.index = index;
        this.director = director;
        this.intakes = List.copyOf(intakes);
        this.transmitter = transmitter;
        this.back = back;
        this.heartbeat = heartbeat;
        this.handOver = handOver;
        this.configuration = configuration;
        this.newestConfiguration = configuration;
        this.losses = losses;
        this.rounds = rounds;
        director.configure(configuration);
    }

    /// One round: the newest configuration, questions, a burst of packets, expired connections.
    ///
    /// @return how many frames were handled; 0 means that the caller may wait
    public int poll(long nowNanos) {
        heartbeat.beat(index, nowNanos);
        rounds.begin(nowNanos);
        int work = takeConfiguration() ? 1 : 0;
        int answered = mailbox.advance(this, nowNanos);
        if (answered > 0) {
            rounds.did(Rounds.Cause.TASKS);
        }
        work += answered;
        for (int i = 0; i < intakes.size(); i++) { // an iterator would be garbage
            work += burst(intakes.get(i), nowNanos);
        }
        if (handOver != null) {
            work += takeHandedOver(handOver, nowNanos);
        }
        work += director.expire(nowNanos, EXPIRE_LIMIT);
        giveBackFragments(nowNanos);
        transmitter.flush(); // what tasks and timers sent
        transmitter.refreshNeighbours(nowNanos);
        rounds.end(work);
        connections.setOpaque(director.connections());
        memoryBytes.setOpaque(director.connectionBytes());
        return work;
    }

    /// When [#poll] has something to do although no frame came.
    public long nextDeadlineNanos(long nowNanos) {
        return Math.min(
                director.nextDeadlineNanos(nowNanos), heldFragments.nextDeadlineNanos(nowNanos));
    }

    /// Any thread: forward by this from the next burst on.
    public void publish(Configuration newest) {
        newestConfiguration = newest;
    }

    /// Any thread: what to ask of this worker.
    public Mailbox mailbox() {
        return mailbox;
    }

    /// Any thread: how long this worker was busy with other things than looking for frames.
    public Rounds rounds() {
        return rounds;
    }

    /// Any thread: frames lost so far for this reason.
    public long lost(Loss loss) {
        return switch (loss) {
            case NOT_READ_IN_TIME ->
                    intakes.stream().mapToLong(intake -> intake.source().dropped()).sum();
            case TOO_LONG -> intakes.stream().mapToLong(intake -> intake.source().tooLong()).sum();
            case REFUSED -> transmitter.refused() + back.refused();
            case MALFORMED, ROUTED_IN_VAIN, WAITING_ROOM_FULL, HAND_OVER_FULL -> losses.of(loss);
        };
    }

    /// Any thread: frames that were no packets, by what was wrong with them.
    public long malformed(Malformed kind) {
        return losses.of(kind);
    }

    /// Any thread: what became of packets.
    public DirectorCounters counters() {
        return director.counters();
    }

    /// Any thread: connections and templates held at the end of the last round.
    public long connections() {
        return connections.getOpaque();
    }

    /// Any thread: memory held for connections then.
    public long memoryBytes() {
        return memoryBytes.getOpaque();
    }

    public int index() {
        return index;
    }

    /// Only for tasks, on the worker's thread.
    public Director director() {
        return director;
    }

    private boolean takeConfiguration() {
        Configuration newest = newestConfiguration;
        if (newest == configuration) {
            return false;
        }
        configuration = newest;
        director.configure(newest);
        rounds.did(Rounds.Cause.CONFIGURATION);
        return true;
    }

    private int burst(Intake intake, long nowNanos) {
        FrameSource source = intake.source();
        int taken = 0;
        while (taken < BURST && source.next()) {
            memories[taken] = source.segment();
            vnets[taken] = source.vnetOffset();
            lengths[taken] = source.frameBytes();
            taken++;
        }
        if (taken == 0) {
            return 0;
        }
        if (taken > 1 && director.wantsAnnouncements()) {
            announce(taken);
        }
        for (int i = 0; i < taken; i++) {
            receive(intake, memories[i], vnets[i], lengths[i], nowNanos, false);
        }
        flush();
        source.release();
        return taken;
    }

    /// Lets the director fetch the burst's connections together. Parsing twice costs less than one
    /// wait for memory.
    private void announce(int frames) {
        for (int i = 0; i < frames; i++) {
            if (parse(memories[i], vnets[i], lengths[i]) == null) {
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
        transmitter.flush();
        back.flush();
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
        Malformed malformed = parse(memory, vnet, frameBytes);
        if (malformed != null) {
            losses.count(malformed);
            returnToStack(intake, memory, vnet, frameBytes);
            return;
        }
        if (intake.hasMetadata()) {
            packet.mark(Metadata.mark(memory, vnet + VnetHeader.BYTES));
        }
        boolean othersWait = packet.isFirstFragment() && heldFragments.want(packet);
        if (handOver != null && !handedOver) {
            int owner = director.owner(packet, nowNanos);
            if (owner != index) {
                handOver(handOver.queue(index, owner), intake, memory, vnet, frameBytes);
                handOver.wake(owner);
                if (othersWait) {
                    followFirst(nowNanos);
                }
                return;
            }
        }
        // What a packet is wrapped into is written over it.
        long vnetStart = VnetHeader.start(memory, vnet);
        int vnetEnd = VnetHeader.end(memory, vnet);
        long received = packet.ip();
        Verdict verdict = director.process(packet, nowNanos);
        switch (verdict.action()) {
            case FORWARD -> {
                long at = vnet;
                if (verdict.start() != received) {
                    at = verdict.start() - Ethernet.HEADER_BYTES - VnetHeader.BYTES;
                    VnetHeader.place(memory, vnetStart, vnetEnd, vnet, at);
                }
                forward(verdict, memory, at);
            }
            case TO_STACK -> {
                if (!isHeld(verdict, intake, memory, vnet, frameBytes, nowNanos)) {
                    returnToStack(intake, memory, vnet, frameBytes);
                }
            }
            case DROP -> {
                // Counted by the director, under its reason.
            }
        }
        if (othersWait) {
            followFirst(nowNanos);
        }
    }

    private boolean isHeld(
            Verdict verdict,
            Intake intake,
            MemorySegment memory,
            long vnet,
            int frameBytes,
            long nowNanos) {
        return verdict.stackReason() == StackReason.UNKNOWN_FRAGMENT
                && memory.address() != heldFragments.memory().address()
                && heldFragments.hold(
                        packet, intakes.indexOf(intake), memory, vnet, frameBytes, nowNanos);
    }

    /// The first fragment went its way; those that came before it go the same way now.
    private void followFirst(long nowNanos) {
        for (int slot = heldFragments.next(); slot >= 0; slot = heldFragments.next()) {
            receive(
                    intakes.get(heldFragments.intake(slot)),
                    heldFragments.memory(),
                    heldFragments.vnet(slot),
                    heldFragments.frameBytes(slot),
                    nowNanos,
                    false);
            flush(); // before its memory is used again
            heldFragments.forget(slot);
        }
    }

    private void giveBackFragments(long nowNanos) {
        for (int slot = heldFragments.expired(nowNanos);
                slot >= 0;
                slot = heldFragments.expired(nowNanos)) {
            returnToStack(
                    intakes.get(heldFragments.intake(slot)),
                    heldFragments.memory(),
                    heldFragments.vnet(slot),
                    heldFragments.frameBytes(slot));
            flush();
            heldFragments.forget(slot);
        }
    }

    private @Nullable Malformed parse(MemorySegment memory, long vnet, int frameBytes) {
        Malformed malformed =
                packet.parse(
                        memory,
                        vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES,
                        frameBytes - Ethernet.HEADER_BYTES);
        if (malformed == null) {
            // One that the kernel would cut into IP fragments is a whole packet to everybody.
            boolean inSegments = VnetHeader.gsoType(memory, vnet) != VnetHeader.GSO_UDP;
            packet.gsoSize(inSegments ? VnetHeader.gsoSize(memory, vnet) : 0);
            int flags = VnetHeader.flags(memory, vnet);
            if ((flags & VnetHeader.NEEDS_CHECKSUM) != 0) {
                if (packet.protocol() == IpProtocol.SCTP) {
                    // What takes the frame would not know that it is no Internet checksum.
                    Rewrite.fillChecksum(packet);
                    VnetHeader.flags(memory, vnet, flags & ~VnetHeader.NEEDS_CHECKSUM);
                } else {
                    packet.partialChecksum(true);
                }
            }
        }
        return malformed;
    }

    private void returnToStack(Intake intake, MemorySegment memory, long vnet, int frameBytes) {
        if (intake.hasMetadata()
                && Metadata.kind(memory, vnet + VnetHeader.BYTES) == Metadata.ROUTED) {
            losses.count(Loss.ROUTED_IN_VAIN);
            return;
        }
        int etherType = Ethernet.type(memory, vnet + VnetHeader.BYTES);
        back.send(memory, vnet, frameBytes, intake.returnInterface(), etherType);
    }

    private void handOver(
            FrameQueue queue, Intake intake, MemorySegment memory, long vnet, int frameBytes) {
        if (!queue.offer(memory, vnet, VnetHeader.BYTES + frameBytes, intakes.indexOf(intake))) {
            losses.count(Loss.HAND_OVER_FULL);
        }
    }

    private void forward(Verdict verdict, MemorySegment memory, long vnet) {
        if (verdict.fragmentBytes() > 0) {
            forwardInFragments(verdict, memory);
            return;
        }
        settle(memory, vnet);
        transmitter.send(
                verdict.path(),
                memory,
                vnet,
                verdict.start(),
                verdict.bytes(),
                verdict.isIpv6(),
                verdict.origin());
    }

    private void forwardInFragments(Verdict verdict, MemorySegment memory) {
        if (verdict.isIpv6()) {
            transmitter.sendInFragments(
                    verdict.path(),
                    memory,
                    verdict.start(),
                    verdict.bytes(),
                    verdict.fragmentBytes(),
                    verdict.origin());
            return;
        }
        if (verdict.start() != packet.ip()) {
            packet.parse(memory, verdict.start(), verdict.bytes()); // well-formed: made here
        }
        transmitter.sendInFragments(
                verdict.path(), packet, verdict.fragmentBytes(), verdict.origin());
    }

    /// What the director has finished itself is not left to the kernel.
    private void settle(MemorySegment memory, long vnet) {
        if (packet.gsoSize() > 0) {
            return;
        }
        if (!packet.isChecksumPartial()) {
            VnetHeader.clear(memory, vnet);
            return;
        }
        VnetHeader.gsoType(memory, vnet, VnetHeader.GSO_NONE);
        VnetHeader.gsoSize(memory, vnet, 0);
        VnetHeader.headerLength(memory, vnet, 0);
    }

    /// Routes, rules, addresses or links changed, or news were lost: ask the kernel anew.
    void routesChanged(AddressPieces pieces) {
        transmitter.routesChanged(pieces);
    }

    /// Routes to these destinations changed.
    void routesChanged(AddressPieces pieces, List<Prefix> changed) {
        transmitter.routesChanged(pieces, changed);
    }

    /// The kernel reported on a neighbour: its link address, or -1 when it has none (any more).
    void neighbourChanged(HopKey neighbour, long mac, long nowNanos) {
        if (mac >= 0) {
            losses.hops().found(neighbour);
            transmitter.resolved(neighbour, mac);
        } else {
            for (NextHop.Held held : transmitter.unresolved(neighbour)) {
                if (held.origin() != Verdict.NO_ORIGIN) {
                    losses.hops().lost(neighbour); // and no client of whom nobody should hear
                }
                giveUp(held, nowNanos);
            }
            flush();
        }
    }

    private void giveUp(NextHop.Held held, long nowNanos) {
        long vnet = transmitter.bringBack(held);
        int frameBytes = held.bytes().length - VnetHeader.BYTES;
        parse(transmitter.memory(), vnet, frameBytes); // well-formed: it was forwarded
        director.undeliverable(packet, held.origin(), nowNanos);
    }
}
