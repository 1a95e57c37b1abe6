package dev.sluice.health.pool;

import org.jspecify.annotations.Nullable;

/// What a server's health means for the table.
///
/// @param isIn whether it is in the table at all
/// @param weight the checks' word on its weight; null: the configured one
public record Standing(boolean isIn, @Nullable Integer weight) {

    /// Not in the table.
    public static final Standing OUT = new Standing(false, null);

    /// In it, as configured.
    public static final Standing IN = new Standing(true, null);

    /// In it, without new clients.
    public static final Standing QUIESCED = new Standing(true, 0);
}
