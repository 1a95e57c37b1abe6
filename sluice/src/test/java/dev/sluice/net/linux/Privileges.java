package dev.sluice.net.linux;

import dev.sluice.testing.Needs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the machine lets a test do; without it the test is left out.
public final class Privileges {

    private Privileges() {}

    /// Network namespaces may be made: by root, and by whom `src/test/namespace` let in.
    public static void needNamespaces() {
        Needs.that(
                namespaces(),
                "network namespaces take root, or a machine that lets ordinary users make user"
                        + " namespaces");
    }

    private static boolean namespaces() {
        try (NetworkNamespace made = NetworkNamespace.unnamed()) {
            return made.number() >= 0;
        } catch (LinuxException e) {
            return false;
        }
    }

    /// A lab can be started: an ordinary user's enters a user namespace by itself.
    public static void needUserNamespaces() throws IOException, InterruptedException {
        if (Kernel.geteuid() != 0) {
            Needs.programs("unshare");
            Needs.that(
                    new ProcessBuilder("unshare", "-Urnm", "true").start().waitFor() == 0,
                    "this machine does not let ordinary users make user namespaces");
        }
    }

    /// And they may have names.
    public static void needNamedNamespaces() {
        needNamespaces();
        Needs.that(Files.isWritable(Path.of("/run")), "/run is not writable");
    }
}
