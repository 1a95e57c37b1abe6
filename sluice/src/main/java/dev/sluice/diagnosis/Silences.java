package dev.sluice.diagnosis;

import dev.sluice.wire.Address;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Attempts that nobody answers, by real server: one that is silent is so in all its services.
final class Silences {

    private Silences() {}

    /// Shows each server with such attempts once: the worst of them, and all their services.
    /// Attempts whose failure has another explanation already are left out.
    static void grouped(Facts facts, Predicate<Attempts> which, BiConsumer<Attempts, Named> found) {
        Map<Address, Attempts> first = new LinkedHashMap<>();
        Map<Address, Named> services = new LinkedHashMap<>();
        for (Attempts attempts : facts.attempts) {
            if (attempts.isSilent() && !attempts.isExplained(facts) && which.test(attempts)) {
                first.putIfAbsent(attempts.server(), attempts);
                services.computeIfAbsent(attempts.server(), _ -> new Named())
                        .add(attempts.service().toString());
            }
        }
        first.forEach((server, attempts) -> found.accept(attempts, services.get(server)));
    }
}
