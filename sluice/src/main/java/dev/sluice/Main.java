package dev.sluice;

import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlSocket;
import dev.sluice.control.Version;
import dev.sluice.daemon.AskCommands;
import dev.sluice.daemon.CheckCommand;
import dev.sluice.daemon.RunCommand;
import dev.sluice.lab.bench.BenchCommand;
import dev.sluice.lab.scene.LabCommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;

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
                    ControlClient.run(ControlSocket.path(""), arguments);
            default -> commandLine().execute(arguments);
        };
    }

    private static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new Sluice()).addSubcommand(new RunCommand());
        AskCommands.all().forEach(commands::addSubcommand);
        commands.addSubcommand(new CheckCommand());
        return commands.addSubcommand("lab", LabCommand.commandLine())
                .addSubcommand("bench", BenchCommand.commandLine())
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Command(
            name = "sluice",
            mixinStandardHelpOptions = true,
            versionProvider = Versions.class,
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

    private static final class Versions implements CommandLine.IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {"sluice " + Version.current()};
        }
    }
}
