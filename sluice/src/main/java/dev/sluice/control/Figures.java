package dev.sluice.control;

import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;

/// The five figures of IPVS: totals, or per second.
public record Figures(
        long connections, long inPackets, long outPackets, long inBytes, long outBytes) {

    public static final Figures ZERO = new Figures(0, 0, 0, 0, 0);

    static Figures of(Tally tally) {
        return new Figures(
                tally.read(Count.CONNECTIONS),
                tally.read(Count.IN_PACKETS),
                tally.read(Count.OUT_PACKETS),
                tally.read(Count.IN_BYTES),
                tally.read(Count.OUT_BYTES));
    }

    Figures minus(Figures other) {
        return new Figures(
                connections - other.connections,
                inPackets - other.inPackets,
                outPackets - other.outPackets,
                inBytes - other.inBytes,
                outBytes - other.outBytes);
    }
}
