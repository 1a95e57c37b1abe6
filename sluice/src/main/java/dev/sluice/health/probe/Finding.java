package dev.sluice.health.probe;

import dev.sluice.health.pool.Load;

/// What came of an attempt.
///
/// @param reason what was seen: of a failure why it is one
/// @param load what it says about the weight
public record Finding(boolean passed, String reason, Load load) {

    public static Finding passed(String seen) {
        return new Finding(true, seen, Load.asConfigured());
    }

    public static Finding failed(String reason) {
        return new Finding(false, reason, Load.asConfigured());
    }

    public Finding with(Load newLoad) {
        return new Finding(passed, reason, newLoad);
    }
}
