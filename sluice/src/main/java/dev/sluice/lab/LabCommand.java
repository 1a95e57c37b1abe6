package dev.sluice.lab;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// `sluice lab`, `sluice lab dr`, `sluice lab exec`.
@Command(
        name = "lab",
        description = {
            "Shows Sluice at work on this machine: client, director and real servers in network"
                    + " namespaces, balanced by NAT.",
            "Everything is removed at the end."
        },
        subcommands = {LabCommand.DirectRouting.class, LabCommand.Exec.class})
public final class LabCommand implements Callable<Integer> {

    private static final String PREFIX = "sluice-";
    private static final int INTERRUPTED = 130;

    @Mixin private final Choices choices = new Choices();

    private LabCommand() {}

    /// The command, to be put below `sluice`.
    public static CommandLine commandLine() {
        CommandLine lab = new CommandLine(new LabCommand());
        addHelp(lab);
        lab.getSubcommands().values().forEach(LabCommand::addHelp);
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
        return demonstrate(choices.settings(false, true));
    }

    /// What can be chosen for both methods.
    static final class Choices {

        @Spec(Spec.Target.MIXEE)
        @SuppressWarnings("NullAway.Init")
        private CommandSpec command;

        @Option(
                names = "--real-servers",
                paramLabel = "N",
                defaultValue = "2",
                description = "How many real servers (default: ${DEFAULT-VALUE}).")
        private int realServers;

        @Option(names = "--ipv6", description = "IPv6 instead of IPv4.")
        private boolean ipv6;

        @Option(
                names = "--scheduler",
                paramLabel = "NAME",
                description = "rr, wrr, lc, wlc, … (default: the tutorial's).")
        private @Nullable String scheduler;

        @Option(
                names = "--persistent",
                paramLabel = "SECONDS",
                arity = "0..1",
                fallbackValue = "0",
                description = "A client stays with its server (alone: as long as ipvsadm -p).")
        private @Nullable Integer persistent;

        @Option(names = "--udp", description = "A UDP echo instead of HTTP.")
        private boolean udp;

        @Option(
                names = "--requests",
                paramLabel = "N",
                defaultValue = "1000",
                description = "How many requests (default: ${DEFAULT-VALUE}).")
        private int requests;

        @Option(
                names = "--workers",
                paramLabel = "N",
                defaultValue = "0",
                description = "Worker threads of the director (default: its own).")
        private int workers;

        @Option(
                names = "--hold",
                description = "Keep everything up afterwards and say how to look around.")
        private boolean hold;

        Demonstration.Settings settings(boolean direct, boolean suppressArp) {
            if (requests < 1) {
                throw new CommandLine.ParameterException(
                        command.commandLine(), "--requests must be at least 1");
            }
            return new Demonstration.Settings(
                    direct,
                    realServers,
                    ipv6 ? Family.IPV6 : Family.IPV4,
                    scheduler,
                    persistent,
                    udp,
                    requests,
                    workers,
                    hold,
                    suppressArp);
        }
    }

    @Command(
            name = "dr",
            description = {
                "The same by direct routing: the director only chooses, replies go straight to the"
                        + " client.",
                "Shows who answers for the virtual address, and which way packets take."
            })
    static final class DirectRouting implements Callable<Integer> {

        @Mixin private final Choices choices = new Choices();

        @Option(
                names = "--without-arp-suppression",
                description = "Let the real servers claim the virtual address, and see why not to.")
        private boolean withoutArpSuppression;

        @Override
        public Integer call() {
            return demonstrate(choices.settings(true, !withoutArpSuppression));
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

    private static int demonstrate(Demonstration.Settings settings) {
        Screen screen = Screen.standard();
        return report(() -> {
            try {
                return Demonstration.run(settings, screen);
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
