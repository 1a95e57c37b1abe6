package dev.sluice;

import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlSocket;
import dev.sluice.lab.LabCommand;
import dev.sluice.lab.bench.BenchCommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.nio.file.Path;

/// The program. What a client asks of the daemon goes straight to its socket; everything else is a
/// command below.
public final class Main {

    private Main() {}

    /// Runs one command and exits with its status.
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) {
        String first = arguments.length > 0 ? arguments[0] : "";
        return switch (first) {
            case "ipvsadm", "ipvsadm-save", "ipvsadm-restore" ->
                    ask(ControlSocket.path(""), arguments);
            default -> commandLine().execute(arguments);
        };
    }

    /// Has the daemon run a program with our standard streams.
    static int ask(Path socket, String... program) {
        return ControlClient.run(socket, program, System.in, System.out, System.err);
    }

    private static CommandLine commandLine() {
        return new CommandLine(new Sluice())
                .addSubcommand(new Daemon.Run())
                .addSubcommand(new Daemon.Stop())
                .addSubcommand(new Daemon.Status())
                .addSubcommand("lab", LabCommand.commandLine())
                .addSubcommand("bench", BenchCommand.commandLine())
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Command(
            name = "sluice",
            mixinStandardHelpOptions = true,
            version = "sluice 0.1.0",
            description = "A Linux Virtual Server in user space.",
            footer = {
                "",
                "`sluice ipvsadm …` is the ipvsadm command, also installed under that name.",
                "Try `sluice lab` first."
            })
    private static final class Sluice implements Runnable {

        @CommandLine.Spec
        @SuppressWarnings("NullAway.Init")
        private CommandLine.Model.CommandSpec spec;

        @Override
        public void run() {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "name a command, for example: sluice lab");
        }
    }
}
