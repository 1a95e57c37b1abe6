package dev.sluice.worker;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How a worker stands among whoever else wants its processor: what is asked for by `--priority`.
///
/// The kernel's own forwarding runs in interrupts, before every process. A worker is a thread, and
/// waits behind the others' time slices unless it asks for more.
public sealed interface Priority {

    /// The best that takes nothing from others but their turn: [#PREFERRED] where permitted.
    record Automatic() implements Priority {}

    /// A thread like any other, with the nice value that the process was given.
    record Normal() implements Priority {}

    /// A heavier thread, which gets its turn earlier and a larger share when there is not enough
    /// for all; others still get theirs.
    record Weighted(int nice) implements Priority {}

    /// Before all ordinary threads, within a [RealTimeBudget] and under a [Watchdog].
    record Immediate(int priority) implements Priority {}

    /// Ten times an ordinary thread's share.
    Weighted PREFERRED = new Weighted(-10);

    /// Below threads that others made real-time ones, such as the kernel's.
    int LOWEST_REAL_TIME = 1;

    /// `auto`, `normal`, `nice:N` or `realtime[:N]`.
    ///
    /// @throws IllegalArgumentException naming what there is instead
    static Priority parse(String text) {
        Matcher parts = Pattern.compile("([a-z]+)(?::(-?[0-9]{1,2}))?").matcher(text);
        if (parts.matches()) {
            boolean alone = parts.group(2) == null;
            int number = alone ? LOWEST_REAL_TIME : Integer.parseInt(parts.group(2));
            Priority asked =
                    switch (parts.group(1)) {
                        case "auto" -> alone ? new Automatic() : null;
                        case "normal" -> alone ? new Normal() : null;
                        case "nice" ->
                                !alone && number >= -20 && number <= 19
                                        ? new Weighted(number)
                                        : null;
                        // One is left for the watchdog.
                        case "realtime" ->
                                number >= 1 && number <= 98 ? new Immediate(number) : null;
                        default -> null;
                    };
            if (asked != null) {
                return asked;
            }
        }
        throw new IllegalArgumentException(
                "--priority is auto, normal, nice:N (-20 to 19) or realtime[:N] (1 to 98), not '"
                        + text
                        + "'");
    }
}
