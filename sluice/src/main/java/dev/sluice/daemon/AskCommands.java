package dev.sluice.daemon;

import dev.sluice.cli.Sysctl;
import dev.sluice.control.ControlClient;
import dev.sluice.gate.Gates;
import dev.sluice.net.linux.LinuxException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The commands that ask a running daemon: `sluice stop`, `sluice status`, `sluice check-up`,
/// `sluice sysctl`, `sluice vrrp`, `sluice checks`, `sluice reload`, `sluice plan`, `sluice
/// release`.
public final class AskCommands {

    private static final int WATCH_MILLIS = 1000;
    private static final String HOME = "\033[H";
    private static final String CLEAR_TO_LINE_END = "\033[K";
    private static final String CLEAR_BELOW = "\033[J";

    private AskCommands() {}

    /// For the program's command line.
    public static List<Object> all() {
        return List.of(
                new Stop(),
                new Status(),
                new CheckUpCommand(),
                new Settings(),
                new Vrrp(),
                new Checks(),
                new Reread(),
                new Plan(),
                new Release());
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description =
                    "Stops the daemon; if it died, removes what it left in this network namespace.")
    private static final class Stop implements Callable<Integer> {

        @Option(
                names = "--wait",
                paramLabel = "SECONDS",
                defaultValue = "30",
                description = "How long to wait for its end (default: ${DEFAULT-VALUE}).")
        private int waitSeconds;

        @Mixin private final ControlOption control = new ControlOption();

        @Override
        public Integer call() {
            Path socket = control.socket();
            if (ControlClient.isAnswering(socket)) {
                return stop(socket, waitSeconds);
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

    private static int stop(Path socket, int waitSeconds) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exitStatus =
                ControlClient.run(
                        socket,
                        new String[] {"stop"},
                        InputStream.nullInputStream(),
                        out,
                        System.err);
        String process = said.toString(StandardCharsets.UTF_8).strip();
        if (exitStatus != 0 || !process.matches("[0-9]{1,18}")) {
            return exitStatus;
        }
        // One of another process namespace is not found, and is not waited for.
        ProcessHandle daemon = ProcessHandle.of(Long.parseLong(process)).orElse(null);
        if (daemon == null || hasEnded(daemon, waitSeconds)) {
            return 0;
        }
        System.err.println(
                "sluice: the daemon, process "
                        + process
                        + ", has not ended within "
                        + waitSeconds
                        + " s; end it with: kill -9 "
                        + process
                        + ", then: sluice stop");
        return 1;
    }

    private static boolean hasEnded(ProcessHandle daemon, int seconds) {
        try {
            daemon.onExit().get(seconds, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Command(
            name = Sysctl.NAME,
            mixinStandardHelpOptions = true,
            description = {
                "Shows or sets the net.ipv4.vs settings while traffic flows.",
                "Without NAME all of them. What one call sets is set as one change, or not at all."
            })
    private static final class Settings implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Option(
                names = {"-a", "--all"},
                description = "All settings.")
        private boolean all;

        @Option(
                names = {"-p", "--load"},
                paramLabel = "FILE",
                arity = "0..1",
                fallbackValue = "/etc/sysctl.conf",
                description =
                        "Sets what FILE says in the syntax of sysctl.conf (${FALLBACK-VALUE}).")
        private @Nullable Path file;

        @Option(
                names = {"-w", "--write"},
                description = "Is taken and means nothing, as with sysctl.")
        @SuppressWarnings("UnusedVariable") // scripts that are used to sysctl give it
        private boolean write;

        @Parameters(
                paramLabel = "NAME[=VALUE]",
                arity = "0..*",
                description = "With or without net.ipv4.vs.")
        private List<String> names = List.of();

        @Override
        public Integer call() {
            if (file == null) {
                List<String> words = new ArrayList<>(List.of(Sysctl.NAME));
                words.addAll(all ? List.of("-a") : names);
                return ControlClient.run(control.socket(), words.toArray(String[]::new));
            }
            try (InputStream text = Files.newInputStream(file)) {
                String[] words = {Sysctl.NAME, "-p", file.toString()};
                return ControlClient.run(control.socket(), words, text, System.out, System.err);
            } catch (IOException e) {
                String reason =
                        Files.exists(file)
                                ? String.valueOf(e.getMessage())
                                : "there is no such file";
                System.err.println("sluice: " + file + ": " + reason);
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

        @Option(names = "--all", description = "Also what never happened.")
        private boolean all;

        @Option(names = "--json", description = "For programs: everything, in JSON.")
        private boolean json;

        @Option(names = "--watch", description = "Shows it anew each second, until Ctrl-C.")
        private boolean watch;

        @Override
        public Integer call() throws InterruptedException {
            List<String> words = new ArrayList<>(List.of("status"));
            if (all) {
                words.add("--all");
            }
            if (json) {
                words.add("--json");
            }
            words.addAll(OperatorPath.words());
            String[] program = words.toArray(String[]::new);
            if (!watch) {
                return ControlClient.run(control.socket(), program);
            }
            int exitStatus = 0;
            while (exitStatus == 0) {
                ByteArrayOutputStream screen = new ByteArrayOutputStream();
                PrintStream drawn = new PrintStream(screen, true, StandardCharsets.UTF_8);
                exitStatus =
                        ControlClient.run(
                                control.socket(),
                                program,
                                InputStream.nullInputStream(),
                                drawn,
                                System.err);
                if (exitStatus == 0) {
                    // At once, so that nothing flickers: home, text, what was there is cleared.
                    System.out.print(
                            HOME
                                    + screen.toString(StandardCharsets.UTF_8)
                                            .replace("\n", CLEAR_TO_LINE_END + "\n")
                                    + CLEAR_BELOW);
                    System.out.flush();
                    Thread.sleep(WATCH_MILLIS);
                }
            }
            return exitStatus;
        }
    }

    @Command(
            name = CheckUp.NAME,
            mixinStandardHelpOptions = true,
            description = {
                "Says what is wrong: evidence, and the command that mends it.",
                "Asks the links who has the virtual addresses, and whether real servers are there."
            },
            footer = {
                "",
                "Exit status: 0 nothing is wrong (there may be something to know), 1 something is,"
                        + " 2 could not look."
            })
    private static final class CheckUpCommand implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Option(names = "--json", description = "For programs.")
        private boolean json;

        @Option(
                names = "--except",
                paramLabel = "KIND",
                split = ",",
                description = "A kind, as it stands in brackets, that is meant to be so.")
        private List<String> except = List.of();

        @Override
        public Integer call() {
            List<String> words = new ArrayList<>(List.of(CheckUp.NAME));
            if (json) {
                words.add("--json");
            }
            except.forEach(kind -> words.addAll(List.of("--except", kind)));
            words.addAll(OperatorPath.words());
            int exitStatus = ControlClient.run(control.socket(), words.toArray(String[]::new));
            return exitStatus <= CheckUp.WRONG ? exitStatus : CheckUp.COULD_NOT_LOOK;
        }
    }

    @Command(
            name = "vrrp",
            mixinStandardHelpOptions = true,
            description = "Shows what each virtual router is, and why.")
    private static final class Vrrp implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Override
        public Integer call() {
            return ControlClient.run(control.socket(), "vrrp");
        }
    }

    @Command(
            name = "checks",
            mixinStandardHelpOptions = true,
            description =
                    "Shows virtual servers and real servers of the file, and what their health"
                            + " checks saw.")
    private static final class Checks implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Option(names = "--history", description = "Also earlier results of each check.")
        private boolean history;

        @Override
        public Integer call() {
            return history
                    ? ControlClient.run(control.socket(), "checks", "--history")
                    : ControlClient.run(control.socket(), "checks");
        }
    }

    @Command(
            name = "reload",
            mixinStandardHelpOptions = true,
            description =
                    "Reads the file of `sluice run -f FILE` again, and changes what it changes and"
                            + " nothing else. A file with errors changes nothing.",
            footer = {"", "Exit status: 0 done, 3 the file is refused, 1 it could not be done."})
    private static final class Reread implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Override
        public Integer call() {
            return ControlClient.run(control.socket(), "reload");
        }
    }

    @Command(
            name = "plan",
            mixinStandardHelpOptions = true,
            description = "Shows what `sluice reload` would change, and changes nothing.")
    private static final class Plan implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Option(
                names = {"-f", "--use-file"},
                paramLabel = "FILE",
                description = "As if this were the daemon's file.")
        private @Nullable Path file;

        @Override
        public Integer call() {
            return file == null
                    ? ControlClient.run(control.socket(), "plan")
                    : ControlClient.run(control.socket(), "plan", file.toAbsolutePath().toString());
        }
    }

    @Command(
            name = "release",
            mixinStandardHelpOptions = true,
            description =
                    "Takes back weights that were set by hand (ipvsadm -e): those of the file and"
                            + " its checks count again.")
    private static final class Release implements Callable<Integer> {

        @Mixin private final ControlOption control = new ControlOption();

        @Parameters(
                paramLabel = "SERVER",
                arity = "0..*",
                description = "ADDRESS or ADDRESS:PORT of real servers (default: all).")
        private List<String> servers = List.of();

        @Override
        public Integer call() {
            List<String> words = new ArrayList<>(List.of("release"));
            words.addAll(servers);
            return ControlClient.run(control.socket(), words.toArray(String[]::new));
        }
    }
}
