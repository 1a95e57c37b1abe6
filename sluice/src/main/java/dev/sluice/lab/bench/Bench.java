package dev.sluice.lab.bench;

import dev.sluice.control.Version;
import dev.sluice.lab.LabException;
import dev.sluice.net.linux.LinuxException;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The measurement: rounds, in each of which every trial goes round all peers before the next trial
/// begins, so that whatever else the machine does meets all of them alike. Each round begins with
/// another peer.
final class Bench {

    private static final int WARM_UP_SECONDS = 2;

    /// @param warmUps runs of each trial whose results are thrown away
    /// @param beside how many busy processes run beside everybody
    record Settings(
            List<Peer> peers,
            List<Trial> trials,
            int rounds,
            int seconds,
            int warmUps,
            int beside) {}

    private final Settings settings;
    private final PrintStream progress;
    private final Results results = new Results();

    private Bench(Settings settings, PrintStream progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /// Measures.
    ///
    /// @param progress where to say what happens meanwhile
    /// @return the report
    static String run(Settings settings, PrintStream progress) {
        return new Bench(settings, progress).run();
    }

    private String run() {
        List<Peer> peers = installed();
        List<Trial> trials = possible();
        if (peers.isEmpty() || trials.isEmpty()) {
            throw new LabException("nothing to measure: " + String.join("; ", results.remarks()));
        }
        try (BenchNetwork network = new BenchNetwork(peers);
                LoadServer server = new LoadServer(network.server());
                BusyProcesses _ = new BusyProcesses(settings.beside())) {
            server.startPrograms(network.lanes(), network.directory());
            List<Peer> started = start(peers, network);
            if (started.isEmpty()) {
                throw new LabException(
                        "nothing to measure: " + String.join("; ", results.remarks()));
            }
            say(machine(started));
            Remaining remaining = new Remaining(settings.rounds());
            for (int i = 0; i < settings.warmUps(); i++) {
                say("warming up");
                round(0, started, trials, network, Math.min(settings.seconds(), WARM_UP_SECONDS));
            }
            for (int round = 1; round <= settings.rounds(); round++) {
                say("round " + round + " of " + settings.rounds() + remaining.words(round));
                remaining.begin(System.nanoTime());
                round(round, started, trials, network, settings.seconds());
                remaining.end(System.nanoTime());
                Collections.rotate(started, 1);
            }
            List<Peer> columns = peers.stream().filter(started::contains).toList();
            return Report.of(machine(started), results, columns, trials);
        }
    }

    private List<Peer> installed() {
        List<Peer> installed = new ArrayList<>();
        for (Peer peer : settings.peers()) {
            Tool tool = peer.tool();
            if (tool == null || tool.isInstalled()) {
                installed.add(peer);
            } else {
                results.remark("without " + peer.title() + ": " + tool.hint());
            }
        }
        return installed;
    }

    private List<Trial> possible() {
        List<Trial> possible = new ArrayList<>();
        for (Trial trial : settings.trials()) {
            Set<Tool> missing = new TreeSet<>(trial.tools());
            missing.removeIf(Tool::isInstalled);
            if (missing.isEmpty()) {
                possible.add(trial);
            } else {
                missing.forEach(
                        tool -> results.remark("without " + trial.name() + ": " + tool.hint()));
            }
        }
        return possible;
    }

    private List<Peer> start(List<Peer> peers, BenchNetwork network) {
        List<Peer> started = new ArrayList<>();
        for (Peer peer : peers) {
            say("starting " + peer.title());
            try {
                peer.start(network.lane(peer), network);
                started.add(peer);
            } catch (LabException | LinuxException failure) {
                String remark = "without " + peer.title() + ": " + failure.getMessage();
                results.remark(remark);
                say(remark);
            }
        }
        return started;
    }

    /// @param round 0 for one whose results are thrown away
    private void round(
            int round, List<Peer> peers, List<Trial> trials, BenchNetwork network, int seconds) {
        for (Trial trial : trials) {
            for (Peer peer : peers) {
                if (trial.isUdp() && !peer.forwardsUdp()) {
                    continue;
                }
                try {
                    Outcome outcome = trial.run(network.lane(peer), seconds);
                    if (round > 0) {
                        results.add(round, peer, trial, outcome);
                        sayResult(peer, trial, outcome);
                    }
                } catch (LabException | LinuxException | UncheckedIOException failure) {
                    results.remark(
                            "%s, %s, round %d failed: %s"
                                    .formatted(
                                            peer.title(),
                                            trial.name(),
                                            round,
                                            failure.getMessage()));
                    say("  " + results.remarks().getLast());
                }
            }
        }
    }

    private void sayResult(Peer peer, Trial trial, Outcome outcome) {
        StringBuilder line = new StringBuilder();
        line.append(String.format("  %-14s %-10s", trial.name(), peer.title()));
        for (Figure figure : trial.figures()) {
            line.append(
                    String.format(
                            "%12s %s",
                            figure.format(outcome.figures().getOrDefault(figure, 0.0)),
                            figure.unit()));
        }
        say(line.toString());
    }

    private void say(String line) {
        progress.println(line);
    }

    private String machine(List<Peer> started) {
        String described =
                started.stream()
                        .map(Peer::description)
                        .filter(text -> !text.isEmpty())
                        .map(text -> ", " + text)
                        .collect(Collectors.joining());
        return "%s · sluice %s%s · Linux %s · %d × %s · Java %s · %d rounds of %d s%s"
                .formatted(
                        LocalDate.now(ZoneId.systemDefault()),
                        Version.current(),
                        described,
                        System.getProperty("os.version"),
                        Runtime.getRuntime().availableProcessors(),
                        processor(),
                        Runtime.version(),
                        settings.rounds(),
                        settings.seconds(),
                        settings.beside() == 0
                                ? ""
                                : " · beside " + settings.beside() + " busy processes");
    }

    private static String processor() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
