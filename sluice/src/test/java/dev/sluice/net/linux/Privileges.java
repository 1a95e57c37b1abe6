package dev.sluice.net.linux;

import java.nio.file.Files;
import java.nio.file.Path;

/// What the machine lets a test do.
public final class Privileges {

    private Privileges() {}

    /// Whether network namespaces may be made.
    public static boolean namespaces() {
        try (NetworkNamespace made = NetworkNamespace.unnamed()) {
            return made.number() >= 0;
        } catch (LinuxException e) {
            return false;
        }
    }

    /// Whether they may have names.
    public static boolean namedNamespaces() {
        return Files.isWritable(Path.of("/run"));
    }
}
