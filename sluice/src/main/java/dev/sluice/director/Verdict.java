package dev.sluice.director;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Transmission;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// What shall happen to a packet. One object per director, overwritten by the next packet. Whoever
/// gives a verdict counts it by that.
public final class Verdict {

    /// [#origin] of what is nobody's packet but the director's.
    public static final long NO_ORIGIN = -1;

    /// The three ways a packet can go.
    public enum Action {
        /// Back to the network stack, as it is now: mostly untouched, translated when its real
        /// server is this machine. [Verdict#stackReason] says why.
        TO_STACK,
        /// Nowhere. [Verdict#reason] says why. Its sender may have been told, by way of the
        /// [dev.sluice.director.forward.Outbox].
        DROP,
        /// Out along [Verdict#path]: the IP packet of [Verdict#bytes] at [Verdict#start], which is
        /// the one that came or has it inside; in fragments if [Verdict#fragmentBytes] says so.
        FORWARD
    }

    private final DirectorCounters counters;
    private Action action = Action.DROP;
    private @Nullable DropReason reason;
    private @Nullable StackReason stackReason;
    private @Nullable Path path;
    private long start;
    private int bytes;
    private boolean ipv6;
    private int fragmentBytes;
    private long origin = NO_ORIGIN;

    Verdict(DirectorCounters counters) {
        this.counters = counters;
    }

    public Action action() {
        return action;
    }

    /// Of DROP.
    public DropReason reason() {
        return Objects.requireNonNull(reason, "not a drop");
    }

    /// Of TO_STACK.
    public StackReason stackReason() {
        return Objects.requireNonNull(stackReason, "does not go to the stack");
    }

    /// Of FORWARD: what [dev.sluice.director.forward.Paths] returned for the destination.
    public Path path() {
        return Objects.requireNonNull(path, "does not leave");
    }

    /// Of FORWARD: where the packet that leaves starts, in the memory of the one that came.
    public long start() {
        return start;
    }

    /// Of FORWARD: how long it is.
    public int bytes() {
        return bytes;
    }

    /// Of FORWARD: its family.
    public boolean isIpv6() {
        return ipv6;
    }

    /// Of FORWARD: 0, or the packet (IPv4 without DF, or an IPv6 tunnel packet) has to be cut into
    /// fragments of at most this many bytes.
    public int fragmentBytes() {
        return fragmentBytes;
    }

    /// Of FORWARD: to be handed to [Director#undeliverable] with the packet when its next hop does
    /// not answer, however much later.
    public long origin() {
        return origin;
    }

    Verdict toStack(StackReason why) {
        counters.count(why);
        set(Action.TO_STACK);
        stackReason = why;
        return this;
    }

    Verdict drop(DropReason why) {
        counters.count(why);
        set(Action.DROP);
        reason = why;
        return this;
    }

    Verdict forward(Transmission transmission, long from) {
        counters.count(Other.FORWARDED);
        set(Action.FORWARD);
        path = transmission.path();
        start = transmission.start();
        bytes = transmission.bytes();
        ipv6 = transmission.isIpv6();
        fragmentBytes = transmission.fragmentBytes();
        origin = from;
        return this;
    }

    private void set(Action newAction) {
        action = newAction;
        reason = null;
        stackReason = null;
        path = null;
    }
}
