package dev.sluice.director;

import dev.sluice.wire.IcmpError;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// What one director did with its packets. One writer, the director's worker; anybody may read and
/// sees numbers a few packets old, never torn.
public final class DirectorCounters {

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] drops = new long[DropReason.values().length];
    private final long[] stack = new long[StackReason.values().length];
    private final long[] answers = new long[IcmpError.values().length];
    private final long[] other = new long[Other.values().length];

    /// What belongs to no other enum.
    public enum Other {
        /// Packets sent on to a real server or a client.
        FORWARDED,
        /// ICMP errors not sent, because too many were or because nobody could receive them.
        ANSWERS_SUPPRESSED,
        /// Connections removed at the end of their time.
        EXPIRED,
        /// Connections that look like another one to their client or their real server, which gets
        /// packets of both: two services with one server, say, and a client that uses one port for
        /// both.
        AMBIGUOUS
    }

    /// Packets dropped for this reason, those that were answered included.
    public long dropped(DropReason reason) {
        return (long) CELL.getOpaque(drops, reason.ordinal());
    }

    public long toStack(StackReason reason) {
        return (long) CELL.getOpaque(stack, reason.ordinal());
    }

    /// ICMP errors sent.
    public long answered(IcmpError answer) {
        return (long) CELL.getOpaque(answers, answer.ordinal());
    }

    public long read(Other count) {
        return (long) CELL.getOpaque(other, count.ordinal());
    }

    void count(DropReason reason) {
        increment(drops, reason.ordinal());
    }

    void count(StackReason reason) {
        increment(stack, reason.ordinal());
    }

    void count(IcmpError answer) {
        increment(answers, answer.ordinal());
    }

    void count(Other count) {
        increment(other, count.ordinal());
    }

    private static void increment(long[] cells, int index) {
        CELL.setOpaque(cells, index, cells[index] + 1);
    }
}
