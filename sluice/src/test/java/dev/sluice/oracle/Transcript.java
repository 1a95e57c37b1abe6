package dev.sluice.oracle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What happened in a scenario, line by line, and how much time went by beyond what it waits for.
///
/// Two transcripts of one scenario must be equal, but for the seconds until a connection expires: a
/// live kernel takes its time between the steps. Short times may differ by one second, longer ones
/// by three and the overtime of this run.
record Transcript(String text, Duration overtime) {
    private static final int SHORT_SECONDS = 12;
    private static final int TOLERATED_WHEN_SHORT = 1;
    private static final int TOLERATED_WHEN_LONG = 3;
    private static final Pattern EXPIRY =
            Pattern.compile("(\\s+(?:TCP|UDP|SCTP|IP|ICMP)\\s+)(\\d\\d+):(\\d\\d)(\\s.*)");

    Transcript {
        // Simulated time costs nothing.
        overtime = overtime.isNegative() ? Duration.ZERO : overtime;
    }

    /// The first disagreement with what is expected, in words for a person, or empty.
    Optional<String> difference(String expected) {
        return difference(expected, List.of());
    }

    /// The same, but for steps that are known to differ. One that does not differ is a disagreement
    /// with the list.
    ///
    /// @param known beginnings of steps
    Optional<String> difference(String expected, List<String> known) {
        List<Step> left = steps(expected);
        List<Step> right = steps(text);
        Set<String> differing = new HashSet<>();
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            Step a = i < left.size() ? left.get(i) : Step.NONE;
            Step b = i < right.size() ? right.get(i) : Step.NONE;
            if (same(a, b)) {
                continue;
            }
            Optional<String> entry = known.stream().filter(a.line::startsWith).findFirst();
            if (entry.isEmpty() || !a.line.equals(b.line)) {
                return Optional.of("expected:\n" + a + "actual:\n" + b);
            }
            differing.add(entry.get());
        }
        return known.stream()
                .filter(entry -> !differing.contains(entry))
                .findFirst()
                .map(entry -> "`" + entry + "` does not differ any more");
    }

    /// A step and what came of it.
    private record Step(String line, List<String> results) {
        static final Step NONE = new Step("(the end)", List.of());

        @Override
        public String toString() {
            return line + "\n" + String.join("\n", results) + "\n";
        }
    }

    private static List<Step> steps(String text) {
        List<Step> steps = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith(" ")) {
                steps.getLast().results().add(line);
            } else {
                steps.add(new Step(line, new ArrayList<>()));
            }
        }
        return steps;
    }

    private boolean same(Step left, Step right) {
        if (!left.line.equals(right.line) || left.results.size() != right.results.size()) {
            return false;
        }
        for (int i = 0; i < left.results.size(); i++) {
            if (!same(left.results.get(i), right.results.get(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean same(String left, String right) {
        if (left.equals(right)) {
            return true;
        }
        Matcher a = EXPIRY.matcher(left);
        Matcher b = EXPIRY.matcher(right);
        return a.matches()
                && b.matches()
                && a.group(1).equals(b.group(1))
                && a.group(4).equals(b.group(4))
                && close(seconds(a), seconds(b));
    }

    private boolean close(long a, long b) {
        long tolerated =
                Math.min(a, b) < SHORT_SECONDS
                        ? TOLERATED_WHEN_SHORT + overtime.toSeconds() / 2
                        : TOLERATED_WHEN_LONG + overtime.toSeconds();
        return Math.abs(a - b) <= tolerated;
    }

    private static long seconds(Matcher line) {
        return Long.parseLong(line.group(2)) * 60 + Long.parseLong(line.group(3));
    }
}
