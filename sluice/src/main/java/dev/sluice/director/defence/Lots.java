package dev.sluice.director.defence;

/// Whether a connection that carries something is dropped by `drop_entry` (ipvs.md §3.7): one that
/// was silent for a minute and has seen few packets, the rarer the more it has seen.
public final class Lots {

    private static final int MOST_PACKETS = 8;

    /// How many are spared before the next one with so many packets is dropped.
    private final int[] spared = new int[MOST_PACKETS + 1];

    /// Whether the lot falls on a connection.
    ///
    /// @param packets of the client
    /// @param silent whether nothing came for a minute
    public boolean takes(int packets, boolean silent) {
        if (!silent || packets <= 0 || packets > MOST_PACKETS) {
            return false;
        }
        spared[packets]++;
        if (spared[packets] < packets) {
            return false;
        }
        spared[packets] = 0;
        return true;
    }
}
