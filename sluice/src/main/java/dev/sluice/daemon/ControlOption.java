package dev.sluice.daemon;

import dev.sluice.control.ControlSocket;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/// `--control`: where the daemon listens and its clients ask.
final class ControlOption {

    @Option(
            names = "--control",
            paramLabel = "SOCKET",
            defaultValue = "",
            description =
                    "The control socket (default: $SLUICE_SOCKET or "
                            + ControlSocket.DEFAULT_PATH
                            + ").")
    private String named = "";

    boolean isNamed() {
        return !named.isEmpty();
    }

    Path socket() {
        return ControlSocket.path(named);
    }
}
