package dev.sluice.director.scheduler;

import dev.sluice.director.service.Scheduler;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// All schedulers, by the names that `ipvsadm -s` knows.
public final class Schedulers {

    /// Makes the scheduler of one service.
    @FunctionalInterface
    public interface Factory {
        /// Makes one that has no connection yet.
        ///
        /// @param seed for a scheduler that draws lots
        Scheduler create(long seed);
    }

    private static final List<Factory> ALL =
            List.of(
                    _ -> new RoundRobin(),
                    _ -> new WeightedRoundRobin(),
                    _ -> new LeastConnection(),
                    _ -> new WeightedLeastConnection(),
                    _ -> new ShortestExpectedDelay(),
                    _ -> new NeverQueue(),
                    _ -> new Failover(),
                    _ -> new Overflow(),
                    _ -> new DestinationHash(),
                    _ -> new SourceHash(),
                    _ -> new MaglevHash(),
                    _ -> new LocalityLeastConnection(),
                    _ -> new ReplicatedLocality(),
                    PowerOfTwoChoices::new);

    private static final Map<String, Factory> BY_NAME = new LinkedHashMap<>();

    static {
        ALL.forEach(factory -> BY_NAME.put(factory.create(0).name(), factory));
    }

    private Schedulers() {}

    public static Set<String> names() {
        return Collections.unmodifiableSet(BY_NAME.keySet());
    }

    /// Null when no scheduler has this name.
    public static @Nullable Factory named(String name) {
        return BY_NAME.get(name);
    }
}
