package dev.sluice.director;

import dev.sluice.wire.IcmpError;

/// Limits the ICMP errors that are sent, by a token bucket as Linux has one for the whole machine
/// (`icmp_msgs_per_sec`); its bucket for each receiver is not copied.
final class AnswerLimit {

    private final long nanosPerAnswer;
    private final long burstNanos;

    /// Each answer moves this on; it lies at most a burst in the past, and one more answer is
    /// allowed while there is room between it and now.
    private long paidUntilNanos;

    private boolean started;

    /// @param perSecond 0: none at all
    AnswerLimit(int perSecond, int burst) {
        nanosPerAnswer = 1_000_000_000L / Math.max(1, perSecond);
        burstNanos = perSecond > 0 ? burst * nanosPerAnswer : 0;
    }

    /// Takes a token. *Too big* messages need none: without them a flow stalls.
    boolean allow(IcmpError error, long nowNanos) {
        if (error == IcmpError.PACKET_TOO_BIG) {
            return true;
        }
        if (!started || nowNanos - paidUntilNanos > burstNanos) {
            started = true;
            paidUntilNanos = nowNanos - burstNanos;
        }
        if (nowNanos - paidUntilNanos < nanosPerAnswer) {
            return false;
        }
        paidUntilNanos += nanosPerAnswer;
        return true;
    }
}
