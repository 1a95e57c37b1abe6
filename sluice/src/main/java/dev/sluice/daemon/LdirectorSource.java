package dev.sluice.daemon;

import dev.sluice.config.ldirectord.LdirectorSettings;
import dev.sluice.control.Table;
import dev.sluice.ldirectord.Ldirector;

import java.util.Optional;
import java.util.function.Consumer;

/// A ldirectord.cf that the daemon runs.
///
/// @param settings as they were at the start
record LdirectorSource(String file, LdirectorSettings settings) {

    /// Puts the services into the table, and begins to check their servers.
    Ldirector start(Table table, Consumer<Throwable> failure) {
        return Ldirector.start(file, settings, this::again, table, failure);
    }

    private Optional<LdirectorSettings> again() {
        LdirectorFile.Read read = LdirectorFile.read(file);
        read.problems().forEach(System.err::println);
        return read.settings();
    }
}
