package dev.sluice.config;

import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

/// Whether the interfaces that are named exist.
///
/// @param mayBeMissing `dynamic_interfaces`: they may appear later
record Interfaces(Host host, boolean mayBeMissing, Problems problems) {

    void check(@Nullable Word name) {
        if (name == null || host.hasInterface(name.text())) {
            return;
        }
        String text = "there is no interface `%s` on this machine".formatted(name);
        if (mayBeMissing) {
            problems.warning(name.place(), text, "dynamic_interfaces: it is waited for");
        } else {
            problems.error(
                    name.place(),
                    text,
                    "if it appears later, write dynamic_interfaces into global_defs");
        }
    }
}
