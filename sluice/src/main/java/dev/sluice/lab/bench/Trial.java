package dev.sluice.lab.bench;

import java.util.List;
import java.util.Set;

/// A kind of traffic, from the client through a director to the server.
interface Trial {

    /// As in `--tests`.
    String name();

    /// What a run of it gives, the most important first.
    List<Figure> figures();

    /// CPU time for each unit of work.
    Figure cpu();

    /// Programs it needs.
    default Set<Tool> tools() {
        return Set.of();
    }

    default boolean isUdp() {
        return false;
    }

    /// Sends the traffic over one lane for some seconds.
    Outcome run(Lane lane, int seconds);
}
