package dev.sluice.config.ldirectord;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

/// The machine that a configuration is read on: it knows names, and which files are there.
public interface Machine {

    /// A machine that knows no names, and has every file.
    Machine WITHOUT_NAMES = new Machine() {};

    /// The address of a host; null when there is none of this family.
    default @Nullable Address address(String host, Family family) {
        return null;
    }

    /// The port of a service in `/etc/services`; null when it is not there.
    ///
    /// @param transport `tcp` or `udp`
    default @Nullable Integer port(String service, String transport) {
        return null;
    }

    default boolean isFolder(String path) {
        return true;
    }

    /// Whether lines can be added to a file, which need not be there.
    default boolean canAppend(String path) {
        return true;
    }
}
