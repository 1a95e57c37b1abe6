package dev.sluice.lab.scene;

import dev.sluice.lab.DirectorProcess;
import dev.sluice.lab.LabException;
import dev.sluice.lab.LabState;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// `sluice lab`, `sluice lab SCENE`, `sluice lab list`, `sluice lab exec`.
@Command(
        name = "lab",
        description = {
            "Shows Sluice at work on this machine: client, director and real servers in network"
                    + " namespaces, balanced by NAT or as the scene has it.",
            "Everything is removed at the end."
        },
        subcommands = {LabCommand.ListScenes.class, LabCommand.Exec.class})
public final class LabCommand implements Callable<Integer> {

    static final String PREFIX = "sluice-";
    private static final int INTERRUPTED = 130;

    @Mixin private final Choices choices = new Choices();

    private LabCommand() {}

    /// Every scene, in the order in which a learner meets them. The first is what `sluice lab`
    /// alone shows.
    private static List<Scene> scenes() {
        return List.of(new Nat(), new DirectRouting(), new Tunnel(), new Schedulers());
    }

    /// The command, to be put below `sluice`.
    public static CommandLine commandLine() {
        LabCommand outer = new LabCommand();
        CommandLine lab = new CommandLine(outer);
        for (Scene scene : scenes()) {
            CommandLine command = new CommandLine(new Show(scene, outer.choices));
            CommandSpec lesson = CommandSpec.forAnnotatedObject(scene);
            command.getCommandSpec().addMixin("scene", lesson);
            command.getCommandSpec()
                    .usageMessage()
                    .description(lesson.usageMessage().description());
            lab.addSubcommand(lesson.name(), command);
        }
        lab.addSubcommand(new HighAvailability());
        addHelp(lab);
        lab.getSubcommands().values().stream()
                .filter(command -> command.getCommandSpec().findOption("--help") == null)
                .forEach(LabCommand::addHelp);
        // What follows the host belongs to the program that runs there.
        Objects.requireNonNull(lab.getSubcommands().get("exec")).setStopAtPositional(true);
        return lab;
    }

    private static void addHelp(CommandLine command) {
        command.getCommandSpec()
                .addOption(
                        OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Show this help and exit.")
                                .build());
    }

    @Override
    public Integer call() {
        return demonstrate(scenes().getFirst(), choices.over(new Choices()));
    }

    /// One scene.
    @Command
    private static final class Show implements Callable<Integer> {

        private final Scene scene;
        private final Choices outer;

        @Mixin private final Choices choices = new Choices();

        Show(Scene scene, Choices outer) {
            this.scene = scene;
            this.outer = outer;
        }

        @Override
        public Integer call() {
            return demonstrate(scene, choices.over(outer));
        }
    }

    @Command(name = "list", description = "Names the labs and what each proves.")
    static final class ListScenes implements Runnable {

        @Override
        public void run() {
            List<Object> all = new ArrayList<>(scenes());
            all.add(new HighAvailability());
            for (Object scene : all) {
                CommandSpec lesson = CommandSpec.forAnnotatedObject(scene);
                String label = lesson.name();
                for (String line : lesson.usageMessage().description()) {
                    System.out.printf("%-10s %s%n", label, line);
                    label = "";
                }
            }
        }
    }

    @Command(
            name = "exec",
            description = {
                "Runs a program on a host of the running lab.",
                "For example:",
                "  sluice lab exec client curl -s http://10.0.0.13/",
                "  sluice lab exec director ipvsadm -Ln"
            })
    static final class Exec implements Callable<Integer> {

        @Parameters(index = "0", paramLabel = "HOST", description = "client, director, rs1, …")
        private String host = "";

        @Parameters(
                index = "1..*",
                arity = "1..*",
                paramLabel = "PROGRAM",
                description = "And its arguments.")
        private List<String> program = new ArrayList<>();

        @Override
        public Integer call() {
            return report(() -> execute(host, program));
        }
    }

    private static int demonstrate(Scene scene, Settings settings) {
        Screen screen = Screen.standard();
        return report(() -> {
            try {
                return Demonstration.run(scene, settings, screen);
            } catch (RuntimeException failure) {
                if (screen.isMuted()) {
                    return INTERRUPTED;
                }
                throw failure;
            }
        });
    }

    private static int report(Callable<Integer> work) {
        try {
            return work.call();
        } catch (LabException | LinuxException failure) {
            System.err.println("sluice lab: " + failure.getMessage());
            return 1;
        } catch (RuntimeException bug) {
            throw bug;
        } catch (Exception failure) {
            System.err.println("sluice lab: " + failure);
            return 1;
        }
    }

    private static int execute(String host, List<String> program) {
        List<String> present =
                NetworkNamespace.names().stream().filter(name -> name.startsWith(PREFIX)).toList();
        if (!LabState.isRunning(PREFIX)) {
            throw new LabException("no lab is running; start one with: sluice lab --hold");
        }
        if (!present.contains(PREFIX + host)) {
            throw new LabException(
                    "the lab has no host '"
                            + host
                            + "', only: "
                            + String.join(
                                    " ",
                                    present.stream()
                                            .map(name -> name.substring(PREFIX.length()))
                                            .toList()));
        }
        // `ipvsadm` is ours, and talks to the lab's director. Java looks a program up on its own
        // PATH, not on the one that the program gets.
        Path bin = DirectorProcess.bin();
        List<String> command = new ArrayList<>(program);
        if (!program.getFirst().contains("/")
                && Files.isExecutable(bin.resolve(program.getFirst()))) {
            command.set(0, bin.resolve(program.getFirst()).toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().merge("PATH", bin + ":", (old, ours) -> ours + old);
        builder.environment().put("SLUICE_SOCKET", LabState.controlSocket(PREFIX).toString());
        try (NetworkNamespace namespace = NetworkNamespace.open(PREFIX + host)) {
            Process process = start(namespace, builder, host);
            // Ctrl-C goes to both of us; leave only after the program has.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(process)));
            return process.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static Process start(NetworkNamespace namespace, ProcessBuilder program, String host) {
        try {
            return namespace.start(program);
        } catch (IOException failure) {
            throw new LabException(
                    "cannot start '"
                            + program.command().getFirst()
                            + "' on "
                            + host
                            + "; is it installed?");
        }
    }

    private static void awaitEnd(Process process) {
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroy();
                process.waitFor();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
