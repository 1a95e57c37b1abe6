package dev.sluice.daemon;

import dev.sluice.config.text.Environment;

/// Where the daemon's keepalived.conf is, so that it can be read again.
///
/// @param id what `@ID` lines compare with
record KeepalivedSource(String path, String id) {

    KeepalivedFile read() {
        return read(path);
    }

    /// Another file, as if it were this one.
    KeepalivedFile read(String other) {
        return KeepalivedFile.read(
                other, new Environment(id, "", System.nanoTime()), new ThisMachine());
    }
}
