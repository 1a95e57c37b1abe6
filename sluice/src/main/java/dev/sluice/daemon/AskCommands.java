package dev.sluice.daemon;

import dev.sluice.control.ControlClient;
import dev.sluice.gate.Gates;
import dev.sluice.net.linux.LinuxException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/// The commands that ask a running daemon: `sluice stop`, `sluice status`.
public final class AskCommands {

    private AskCommands() {}

    /// For the program's command line.
    public static List<Object> all() {
        return List.of(new Stop(), new Status());
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description =
                    "Stops the daemon; if it died, removes what it left in this network namespace.")
    private static final class Stop implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Override
        public Integer call() {
            Path socket = control.socket();
            if (ControlClient.isAnswering(socket)) {
                return ControlClient.run(socket, "stop");
            }
            try {
                boolean removed = Gates.removeLeftovers();
                System.err.println(
                        removed
                                ? "sluice: no daemon was running; removed what one had left"
                                : "sluice: no daemon answers at " + socket);
                return removed ? 0 : 1;
            } catch (LinuxException e) {
                System.err.println("sluice: " + e.getMessage());
                return 1;
            }
        }
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows how the daemon captures packets, and what became of them.")
    private static final class Status implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Override
        public Integer call() {
            return ControlClient.run(control.socket(), "status");
        }
    }
}
