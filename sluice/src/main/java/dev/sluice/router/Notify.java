package dev.sluice.router;

import dev.sluice.script.Script;
import dev.sluice.vrrp.State;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The scripts of a virtual router or a group.
///
/// @param any run at every change, with more arguments than the others get
/// @param lowerHeard run by an active router that heard one of lower priority
public record Notify(
        @Nullable Script active,
        @Nullable Script backup,
        @Nullable Script fault,
        @Nullable Script stop,
        @Nullable Script any,
        @Nullable Script lowerHeard) {

    public static final Notify NOBODY = new Notify(null, null, null, null, null, null);

    @Nullable Script of(State.Name state) {
        return switch (state) {
            case MASTER -> active;
            case BACKUP -> backup;
            case FAULT -> fault;
            case STOP -> stop;
            case INIT -> null;
        };
    }

    List<Script> all() {
        List<Script> all = new ArrayList<>();
        for (Script script :
                new @Nullable Script[] {active, backup, fault, stop, any, lowerHeard}) {
            if (script != null) {
                all.add(script);
            }
        }
        return all;
    }
}
