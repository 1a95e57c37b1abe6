package dev.sluice.testing;

import java.util.SplittableRandom;

/// Runs a check on many random inputs. A failure names the seed; with `-Dsluice.seed=…` the same
/// input comes first (and alone).
public final class Seeded {

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

    private static void run(long seed, Check check) {
        try {
            check.run(new SplittableRandom(seed));
        } catch (Exception | AssertionError e) {
            throw new AssertionError("with -Dsluice.seed=" + seed + ": " + e.getMessage(), e);
        }
    }
}
