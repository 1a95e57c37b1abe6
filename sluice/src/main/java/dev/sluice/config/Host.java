package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/// What a configuration says of the machine that it is for can be true or not. The machine itself
/// is outside of this package.
public interface Host {

    /// Any machine: whatever is named is there.
    Host ANY = new Host() {};

    default boolean hasInterface(String name) {
        return true;
    }

    default boolean hasUser(String name) {
        return true;
    }

    default boolean hasGroup(String name) {
        return true;
    }

    /// What is wrong with a script's file, for people; null if it can be run.
    default @Nullable String scriptComplaint(String path) {
        return null;
    }
}
