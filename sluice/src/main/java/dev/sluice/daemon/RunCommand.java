package dev.sluice.daemon;

import dev.sluice.control.ControlSocket;
import dev.sluice.gate.Gates;
import dev.sluice.worker.Priority;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `sluice run`.
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Runs the director in the foreground, until SIGTERM or `sluice stop`.")
public final class RunCommand implements Callable<Integer> {

    /// As `sluice check` exits.
    private static final int UNUSABLE_FILE = 3;

    @Option(
            names = {"-f", "--use-file"},
            paramLabel = "FILE",
            description =
                    "A keepalived.conf, whose virtual routers and virtual servers are run. When it"
                            + " has no virtual servers, and neither --interface nor --restore is"
                            + " given, no packets are captured.")
    private String file = "";

    @Option(
            names = "--ldirectord",
            paramLabel = "FILE",
            description = "A ldirectord.cf, whose services are run and whose servers are checked.")
    private String ldirectorFile = "";

    @Option(
            names = {"-i", "--config-id"},
            paramLabel = "ID",
            description =
                    "What `@ID` lines of FILE compare with (default: the host name up to its first"
                            + " dot).")
    private String id = "";

    @Option(
            names = "--interface",
            paramLabel = "NAME[,NAME]…",
            description =
                    "An interface that clients or real servers are behind; may be repeated"
                            + " (default: every interface that has a link address; one that is"
                            + " down is served when it comes up).")
    private List<String> interfaces = new ArrayList<>();

    @Option(
            names = "--no-packets",
            description = "Everything but the data path; needs no privileges.")
    private boolean noPackets;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that forward, 1-64 (default: one for two processors).")
    private int workers;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            defaultValue = "4194304",
            description =
                    "Connections and templates held at most, over all workers; beyond that new"
                            + " ones are dropped and counted (default: ${DEFAULT-VALUE}).")
    private int maxConnections;

    @Option(
            names = "--busy-poll",
            paramLabel = "MICROSECONDS",
            defaultValue = "100",
            description =
                    "How long a worker without work looks for packets before it sleeps,"
                            + " 0-10000; shortens the way of a packet that comes soon after"
                            + " another, and costs processor time that nobody else wants"
                            + " (default: ${DEFAULT-VALUE}; 0: sleep at once).")
    private int busyPollMicros;

    @Option(
            names = "--priority",
            paramLabel = "PRIORITY",
            defaultValue = "auto",
            description =
                    "How workers stand among other processes: normal, nice:N (-20 to 19),"
                            + " realtime[:N] (1 to 98: before all ordinary ones, at most 80 %% of a"
                            + " processor), or auto (default): nice:-10 where permitted."
                            + " `sluice status` says what was granted.")
    private String priority = "";

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "auto",
            description =
                    "How packets are captured: ebpf, direct (no bpf(2) needed), or auto"
                            + " (default).")
    private Gates.Mode mode = Gates.Mode.AUTO;

    @Option(
            names = "--rehearse",
            paramLabel = "MILLISECONDS",
            defaultValue = "250",
            description =
                    "How long invented packets warm the engine before it is ready, 0-60000"
                            + " (default: ${DEFAULT-VALUE}).")
    private int rehearsalMillis;

    @Option(
            names = "--restore",
            paramLabel = "FILE",
            description =
                    "Restores these rules, as ipvsadm-save writes them, before any packet passes.")
    private @Nullable Path rules;

    @Option(
            names = "--sysctl",
            paramLabel = "FILE",
            description =
                    "Sets what this file says of net.ipv4.vs, as sysctl.conf(5) does, before any"
                            + " packet passes. Settings end with the daemon; this is how they"
                            + " come back.")
    private @Nullable Path sysctl;

    @Option(
            names = "--empty",
            description =
                    "Starts without rules. Otherwise packets of services that an earlier daemon,"
                            + " which was killed, left behind are dropped until there are rules.")
    private boolean empty;

    @Option(
            names = "--run-directory",
            paramLabel = "DIRECTORY",
            description =
                    "Where the control socket is, as control.sock; made if it is missing. Clients"
                            + " find it by SLUICE_SOCKET or --control.")
    private @Nullable Path runDirectory;

    @Mixin private final ControlOption control = new ControlOption();

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        LogFormat.choose();
        check(workers >= 0 && workers <= 64, "--workers", "1-64");
        check(maxConnections >= 1, "--max-connections", "at least 1");
        check(rehearsalMillis >= 0 && rehearsalMillis <= 60_000, "--rehearse", "0-60000");
        check(busyPollMicros >= 0 && busyPollMicros <= 10_000, "--busy-poll", "0-10000");
        if (empty && rules != null) {
            throw mistake("--restore and --empty exclude each other");
        }
        if (runDirectory != null && control.isNamed()) {
            throw mistake("--run-directory and --control exclude each other");
        }
        Priority asked;
        try {
            asked = Priority.parse(priority);
        } catch (IllegalArgumentException e) {
            System.err.println("sluice run: " + e.getMessage());
            return 2;
        }
        List<String> names =
                interfaces.stream()
                        .flatMap(given -> Stream.of(given.split(",", -1)))
                        .distinct()
                        .toList();
        if (names.stream().anyMatch(String::isBlank)) {
            throw mistake(
                    "an interface has an empty name in --interface "
                            + String.join(" --interface ", interfaces));
        }
        KeepalivedSource source = null;
        KeepalivedFile read = KeepalivedFile.NONE;
        if (!file.isEmpty()) {
            source =
                    new KeepalivedSource(
                            Path.of(file).toAbsolutePath().toString(),
                            id.isEmpty() ? CheckCommand.hostName() : id);
            read = source.read(file);
            read.problems().forEach(System.err::println);
            if (!read.isUsable()) {
                System.err.println("sluice run: " + file + " is refused, see above");
                return UNUSABLE_FILE;
            }
        }
        if (!file.isEmpty() && !ldirectorFile.isEmpty()) {
            System.err.println("sluice run: -f and --ldirectord exclude each other");
            return 2;
        }
        LdirectorSource ldirector = null;
        if (!ldirectorFile.isEmpty()) {
            LdirectorFile.Read said = LdirectorFile.read(ldirectorFile);
            said.problems().forEach(System.err::println);
            if (said.settings().isEmpty()) {
                System.err.println("sluice run: " + ldirectorFile + " is refused, see above");
                return UNUSABLE_FILE;
            }
            LdirectorNotDone.in(ldirectorFile, said.settings().get()).forEach(System.err::println);
            ldirector = new LdirectorSource(ldirectorFile, said.settings().get());
        }
        boolean onlyRouters =
                !file.isEmpty() && read.pools().isEmpty() && rules == null && interfaces.isEmpty();
        boolean forwards = !noPackets && !onlyRouters;
        String complaint = forwards ? NeededCapabilities.complaint(mode == Gates.Mode.EBPF) : null;
        if (complaint != null) {
            System.err.println("sluice run: " + complaint);
            return 1;
        }
        int processors = Runtime.getRuntime().availableProcessors();
        int count = workers > 0 ? workers : Math.max(1, processors / 2);
        return new Daemon(
                        new DaemonSettings(
                                names,
                                forwards,
                                mode,
                                count,
                                maxConnections,
                                TimeUnit.MICROSECONDS.toNanos(busyPollMicros),
                                asked,
                                TimeUnit.MILLISECONDS.toNanos(rehearsalMillis),
                                runDirectory == null
                                        ? control.socket()
                                        : ControlSocket.in(runDirectory),
                                rules,
                                sysctl,
                                empty,
                                source,
                                read,
                                ldirector))
                .run();
    }

    private void check(boolean fine, String option, String range) {
        if (!fine) {
            throw mistake(option + " is " + range);
        }
    }

    private CommandLine.ParameterException mistake(String text) {
        return new CommandLine.ParameterException(spec.commandLine(), text);
    }
}
