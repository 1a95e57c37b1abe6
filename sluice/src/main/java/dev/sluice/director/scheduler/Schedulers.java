package dev.sluice.director.scheduler;

import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// All schedulers, by the names that `ipvsadm -s` knows.
public final class Schedulers {

    /// Makes the scheduler of one service.
    @FunctionalInterface
    public interface Factory {
        /// A scheduler that knows nothing yet but the servers present.
        ///
        /// @param present the service's servers at this moment: empty for a new service, filled
        ///   when the service changes its scheduler, and then some begin elsewhere than if the
        ///   servers had been added one by one
        Scheduler create(ServerList present);
    }

    /// What `ipvsadm -A` takes when no scheduler is named.
    public static final String DEFAULT = "wlc";

    private Schedulers() {}

    /// Null when no scheduler has this name.
    public static @Nullable Factory named(String name) {
        return switch (name) {
            case "rr" -> _ -> new RoundRobin();
            case "wrr" -> WeightedRoundRobin::new;
            case "lc" -> _ -> new LeastConnection();
            case "wlc" -> _ -> new WeightedLeastConnection();
            default -> null;
        };
    }

    public static List<String> names() {
        return List.of("rr", "wrr", "lc", "wlc");
    }
}
