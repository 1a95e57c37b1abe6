package dev.sluice.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where Sluice is meant to differ from the kernel, and why (`differences.txt`). The list is
/// honest: what it names must differ.
final class Differences {
    private static final String WHOLE = "*";

    private record Difference(String scenario, String step, String why) {}

    private final List<Difference> differences = new ArrayList<>();

    static Differences read() {
        Differences read = new Differences();
        for (String line : Scenarios.differences().lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(" \\| ", 3);
            read.differences.add(new Difference(parts[0], parts[1], parts[2]));
        }
        return read;
    }

    /// Why a whole scenario cannot be played into Sluice, or empty.
    Optional<String> notYet(String scenario) {
        return of(scenario)
                .filter(difference -> difference.step().equals(WHOLE))
                .map(Difference::why)
                .findFirst();
    }

    /// The beginnings of the steps of a scenario that differ.
    List<String> steps(String scenario) {
        return of(scenario).map(Difference::step).filter(step -> !step.equals(WHOLE)).toList();
    }

    private Stream<Difference> of(String scenario) {
        return differences.stream().filter(difference -> difference.scenario().equals(scenario));
    }
}
