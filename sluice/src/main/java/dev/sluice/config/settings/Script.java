package dev.sluice.config.settings;

import dev.sluice.config.text.Place;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A command to be run, without a shell.
///
/// @param command file and arguments
/// @param user null: `script_user`
/// @param group null: the user's
public record Script(
        Place place, List<String> command, @Nullable String user, @Nullable String group) {

    public String file() {
        return command.getFirst();
    }
}
