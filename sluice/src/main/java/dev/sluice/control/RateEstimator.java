package dev.sluice.control;

/// Rates of growing counters, as the kernel's estimator shows them (ipvs.md §9.2).
///
/// A tick every [#TICK_NANOS] gives the mean of those two seconds a weight of a quarter:
///
///     packets, connections:  rate = delta · 2^9   average += (rate − average) >> 2
///                            shown = (average + 0x1ff) >> 10
///     bytes:                 rate = delta · 2^4   average likewise
///                            shown = (average + 0xf) >> 5
public final class RateEstimator {

    /// The time between two ticks, which the factors above assume.
    public static final long TICK_NANOS = 2_000_000_000L;

    private static final int COUNT_SCALE = 9;
    private static final int BYTE_SCALE = 4;

    private Figures last;
    private long connections;
    private long inPackets;
    private long outPackets;
    private long inBytes;
    private long outBytes;

    /// @param start what the counters show now
    public RateEstimator(Figures start) {
        last = start;
    }

    /// Two seconds have passed, and the counters show this.
    public void tick(Figures now) {
        Figures delta = now.minus(last);
        last = now;
        connections = average(connections, delta.connections() << COUNT_SCALE);
        inPackets = average(inPackets, delta.inPackets() << COUNT_SCALE);
        outPackets = average(outPackets, delta.outPackets() << COUNT_SCALE);
        inBytes = average(inBytes, delta.inBytes() << BYTE_SCALE);
        outBytes = average(outBytes, delta.outBytes() << BYTE_SCALE);
    }

    /// Per second.
    public Figures perSecond() {
        return new Figures(
                shown(connections, COUNT_SCALE),
                shown(inPackets, COUNT_SCALE),
                shown(outPackets, COUNT_SCALE),
                shown(inBytes, BYTE_SCALE),
                shown(outBytes, BYTE_SCALE));
    }

    /// Forgets the averages, not where the counters stood.
    public void clear() {
        connections = 0;
        inPackets = 0;
        outPackets = 0;
        inBytes = 0;
        outBytes = 0;
    }

    private static long average(long average, long rate) {
        return average + (rate - average >> 2);
    }

    private static long shown(long average, int scale) {
        return average + (1L << scale) - 1 >> scale + 1;
    }
}
