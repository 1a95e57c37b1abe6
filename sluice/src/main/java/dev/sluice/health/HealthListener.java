package dev.sluice.health;

import dev.sluice.health.pool.Pool;

/// Who keeps the table that pools are for. Called under the lock of [Health], one after the other.
public interface HealthListener {

    /// The standing of servers may have changed. Scripts about it run after this returns.
    void changed(String pool, Pool state);

    /// A line for whoever follows events.
    void event(String line);
}
