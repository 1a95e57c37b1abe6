package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/// `sluice bench`.
@Command(
        name = "bench",
        description = {
            "Measures Sluice beside kernel forwarding, nftables, HAProxy and nginx, in one run, in"
                    + " network namespaces that it makes and removes.",
            "As root with the eBPF gate; as an ordinary user in a user namespace, in direct mode,"
                    + " whose figures are others. Uses iperf3, wrk, nginx, haproxy and nft where"
                    + " they are installed."
        })
public final class BenchCommand implements Callable<Integer> {

    private static final int PACKETS_PER_SECOND = 100_000;
    private static final int REQUESTS_PER_SECOND = 2_000;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Option(names = "--quick", description = "One round of one second each: a first look.")
    private boolean quick;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How many rounds (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description = "How long each run takes (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PEER",
            description = "Some of: kernel, nftables, haproxy, nginx, sluice.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--tests",
            split = ",",
            paramLabel = "TEST",
            description = {
                "Some of: bulk1, bulk8, cps, udp, udp-rate, rtt, keepalive, rate;",
                "and, only when asked for: bulk1-reverse, bulk8-reverse."
            })
    private List<String> tests = new ArrayList<>();

    @Option(
            names = "--beside",
            paramLabel = "N",
            defaultValue = "0",
            description = "N busy processes beside everybody, as on a machine with other work.")
    private int beside;

    @Option(
            names = "--client-addresses",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "New connections from N client addresses, up to 1000000, beside those from one;"
                            + " without --tests only that, and without --only nftables and sluice.")
    private int clientAddresses;

    @Option(
            names = "--sluice-option",
            paramLabel = "OPTION",
            description = "Handed to sluice run, such as --sluice-option=--workers=2.")
    private List<String> sluiceOptions = new ArrayList<>();

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    private BenchCommand() {}

    /// The command, to be put below `sluice`.
    public static CommandLine commandLine() {
        return new CommandLine(new BenchCommand());
    }

    @Override
    public Integer call() {
        Bench.Settings settings = settings();
        try {
            if (Kernel.geteuid() != 0) {
                throw new LabException(
                        "it makes network namespaces: start it by bin/sluice, which enters a user"
                                + " namespace, or as root");
            }
            System.out.print(Bench.run(settings, System.err));
            return 0;
        } catch (LabException | LinuxException failure) {
            System.err.println("sluice bench: " + failure.getMessage());
            return 1;
        }
    }

    private Bench.Settings settings() {
        if (rounds < 1 || seconds < 1 || beside < 0) {
            throw mistake("--rounds and --seconds are at least 1, --beside at least 0");
        }
        if (clientAddresses < 0 || clientAddresses > ClientAddresses.MAXIMUM) {
            throw mistake("--client-addresses is 1-" + ClientAddresses.MAXIMUM);
        }
        List<String> peers =
                only.isEmpty() && clientAddresses > 0 ? List.of("nftables", "sluice") : only;
        return new Bench.Settings(
                chosen(peers(), peers, Peer::name, "peer"),
                chosenTrials(),
                quick ? 1 : rounds,
                quick ? 1 : seconds,
                1,
                beside);
    }

    private List<Trial> chosenTrials() {
        List<Trial> chosen = new ArrayList<>();
        if (!tests.isEmpty()) {
            chosen.addAll(chosen(allTrials(), tests, Trial::name, "test"));
        } else if (clientAddresses == 0) {
            chosen.addAll(trials());
        }
        if (clientAddresses > 0) {
            chosen.add(new ClientAddresses(clientAddresses));
        }
        return chosen;
    }

    private CommandLine.ParameterException mistake(String text) {
        return new CommandLine.ParameterException(spec.commandLine(), text);
    }

    private List<Peer> peers() {
        return List.of(
                new KernelForwarding(),
                new NftablesDnat(),
                new HaProxy(),
                new NginxStream(),
                new SluiceNat(sluiceOptions));
    }

    private static List<Trial> trials() {
        return List.of(
                new Bulk(1, false),
                new Bulk(8, false),
                new NewConnections(),
                Datagrams.flood(),
                Datagrams.atRate(PACKETS_PER_SECOND),
                new RoundTrip(),
                Requests.closedLoop(),
                Requests.atRate(REQUESTS_PER_SECOND));
    }

    private static List<Trial> allTrials() {
        List<Trial> all = new ArrayList<>(trials());
        all.add(new Bulk(1, true));
        all.add(new Bulk(8, true));
        return all;
    }

    /// Those of the names asked for, or all; in their own order.
    private <T> List<T> chosen(
            List<T> all, List<String> names, Function<T, String> nameOf, String kind) {
        List<String> known = all.stream().map(nameOf).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw mistake(
                        "there is no "
                                + kind
                                + " '"
                                + name
                                + "', only: "
                                + String.join(", ", known));
            }
        }
        return all.stream()
                .filter(one -> names.isEmpty() || names.contains(nameOf.apply(one)))
                .toList();
    }
}
