package dev.sluice;

import dev.sluice.cli.Ipvsadm;
import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlSocket;
import dev.sluice.control.Version;
import dev.sluice.daemon.AskCommands;
import dev.sluice.daemon.CheckCommand;
import dev.sluice.daemon.ConvertCommand;
import dev.sluice.daemon.RunCommand;
import dev.sluice.lab.LabException;
import dev.sluice.lab.bench.BenchCommand;
import dev.sluice.lab.scene.LabCommand;
import dev.sluice.net.linux.LinuxException;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.util.Arrays;
import java.util.List;

/// The program. What a client asks of the daemon goes straight to its socket; everything else is a
/// command below.
public final class Main {

    private static final int FAILED = 1;

    private Main() {}

    /// Runs one command and exits with its status.
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /// Whatever happens, an operator gets a sentence: where a failure came from is shown to who
    /// asks, by `sluice --debug …`.
    private static int run(String[] words) {
        boolean debug = words.length > 0 && words[0].equals("--debug");
        String[] arguments = debug ? Arrays.copyOfRange(words, 1, words.length) : words;
        try {
            return dispatch(arguments, debug);
        } catch (RuntimeException | Error failure) {
            return complain(arguments, failure, debug);
        }
    }

    private static int dispatch(String[] arguments, boolean debug) {
        String first = arguments.length > 0 ? arguments[0] : "";
        return switch (first) {
            case "ipvsadm" -> {
                List<String> words = List.of(arguments).subList(1, arguments.length);
                yield Ipvsadm.answersWithoutTable(words, System.out)
                        ? 0
                        : ControlClient.run(ControlSocket.path(""), arguments);
            }
            case "ipvsadm-save", "ipvsadm-restore" ->
                    ControlClient.run(ControlSocket.path(""), arguments);
            default ->
                    commandLine()
                            .setExecutionExceptionHandler(
                                    (failure, _, _) -> complain(arguments, failure, debug))
                            .execute(arguments);
        };
    }

    private static int complain(String[] arguments, Throwable failure, boolean debug) {
        if (debug) {
            failure.printStackTrace();
            return FAILED;
        }
        String command = arguments.length == 0 ? "sluice" : "sluice " + arguments[0];
        boolean expected = failure instanceof LinuxException || failure instanceof LabException;
        System.err.println(
                expected
                        ? command + ": " + failure.getMessage()
                        : command
                                + ": failed where it should not: "
                                + failure
                                + "; where, shows: sluice --debug "
                                + String.join(" ", arguments));
        return FAILED;
    }

    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new Sluice()).addSubcommand(new RunCommand());
        AskCommands.all().forEach(commands::addSubcommand);
        commands.addSubcommand(new CheckCommand());
        commands.addSubcommand(new ConvertCommand());
        return commands.addSubcommand("lab", LabCommand.commandLine())
                .addSubcommand("bench", BenchCommand.commandLine())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new OptionErrors());
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
