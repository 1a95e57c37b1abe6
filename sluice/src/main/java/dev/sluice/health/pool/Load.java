package dev.sluice.health.pool;

/// What a check says about the weight of its server, besides that it works.
public sealed interface Load {

    /// Nothing: the configured weight.
    static Load asConfigured() {
        return new More(0);
    }

    /// This weight in place of the configured one.
    record Weight(long weight) implements Load {}

    /// So much more than configured, or less.
    record More(long weight) implements Load {}

    /// What it adds to a configured weight.
    default long added(long configured) {
        return switch (this) {
            case Weight(long weight) -> weight - configured;
            case More(long weight) -> weight;
        };
    }
}
