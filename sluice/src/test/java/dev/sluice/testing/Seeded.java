package dev.sluice.testing;

import java.util.SplittableRandom;

/// Runs a check on many random inputs. A failure names the seed; with `-Dsluice.seed=…` the same
/// input comes first (and alone).
///
/// How many: on a developer's machine what the test finds enough for a minute's build; in
/// continuous integration (`SLUICE_CI=1`) ten million [#packets] each into parser, gate and engine;
/// anywhere what `-Dsluice.fuzz=…` says. All begin with seed 0, so that a longer run is a shorter
/// one continued.
public final class Seeded {

    private static final long PACKETS_IN_CI = 10_000_000;

    private Seeded() {}

    @FunctionalInterface
    public interface Check {
        void run(SplittableRandom random) throws Exception;
    }

    /// Runs `check` `count` times, each time with a generator of its own.
    public static void forAll(long count, Check check) {
        Long only = Long.getLong("sluice.seed");
        if (only != null) {
            run(only, check);
            return;
        }
        for (long seed = 0; seed < count; seed++) {
            run(seed, check);
        }
    }

    /// `normally`, or what the system property says (`-Dsluice.fuzz=10000000`).
    public static long count(String property, long normally) {
        return Long.getLong(property, normally);
    }

    /// How many packets a fuzz test of the packet path sends: ten million in continuous
    /// integration, `normally` elsewhere, or what `-Dsluice.fuzz=…` says.
    public static long packets(long normally) {
        return count("sluice.fuzz", Needs.CI ? PACKETS_IN_CI : normally);
    }

    /// Whether this run is complete enough to ask whether everything that can happen did: it is not
    /// a single seed, nor shorter than usual.
    public static boolean isWhole(long count, long normally) {
        return Long.getLong("sluice.seed") == null && count >= normally;
    }

    private static void run(long seed, Check check) {
        try {
            check.run(new SplittableRandom(seed));
        } catch (Exception | AssertionError e) {
            throw new AssertionError("with -Dsluice.seed=" + seed + ": " + e.getMessage(), e);
        }
    }
}
