package dev.sluice.daemon;

import dev.sluice.control.Metric;
import dev.sluice.control.Program;
import dev.sluice.diagnosis.Facts;
import dev.sluice.diagnosis.Finding;
import dev.sluice.diagnosis.Mistakes;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.worker.Rounds;
import dev.sluice.worker.Standing;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// `sluice status`: what it is, then what happened, and what to do about it.
///
/// Numbers that are zero are left out unless `--all` is asked for; `--json` prints all of them, one
/// for each worker.
final class StatusReport implements Program {

    private static final int SHOWN = 10;

    private final DaemonState state;
    private final Clock clock;
    private final Supplier<List<Finding>> findings;

    /// @param findings what is wrong now, for whoever asks
    StatusReport(DaemonState state, Clock clock, Supplier<List<Finding>> findings) {
        this.state = state;
        this.clock = clock;
        this.findings = findings;
    }

    @Override
    public int run(Call call) {
        boolean all = false;
        boolean json = false;
        Facts operator = new Facts();
        for (String word : OperatorPath.takeFrom(call.words(), operator)) {
            switch (word) {
                case "--all" -> all = true;
                case "--json" -> json = true;
                default -> {
                    call.err().println("sluice status: unknown option " + word);
                    return 2;
                }
            }
        }
        List<Finding> found = new ArrayList<>(findings.get());
        found.addAll(Mistakes.findings(operator));
        if (json) {
            call.out().println(json(found));
        } else {
            head().forEach((what, value) -> call.out().printf("%-12s %s%n", what, value));
            wrong(call.out(), found);
            happened(call.out(), all);
            new ServiceDrops(state.table().configuration()).print(call.out(), all);
        }
        return 0;
    }

    /// What it is and how it stands, in the order of a reader's questions.
    private Map<String, String> head() {
        Map<String, String> head = new LinkedHashMap<>();
        Duration uptime = Duration.between(state.startedAt(), clock.instant());
        head.put("sluice", state.version().toString());
        head.put("mode", state.mode());
        head.put("up", words(uptime) + ", since " + Moments.text(state.startedAt()));
        if (state.gate() != null) {
            for (Front front : state.gate().fronts().all()) {
                head.merge(
                        "interfaces",
                        front.name()
                                + " "
                                + front.condition().words()
                                + ", since "
                                + Moments.text(front.since()),
                        (before, next) -> before + "\n             " + next);
            }
            head.put("gate", gateWords());
            head.put("workers", Integer.toString(state.settings().workers()));
            head.put(
                    "connections",
                    sum("sluice_connections") + " of " + state.settings().maxConnections());
            if (state.dataPath() != null) {
                priorities(state.dataPath().standings(), head);
            }
            head.put("longest wait", longestWait());
        }
        head.put(
                "services",
                state.table().services().size() + " with " + state.realServers() + " real servers");
        head.put("memory", memory());
        head.put("socket", state.settings().socket().toString());
        return head;
    }

    private String gateWords() {
        return state.publication().isOpen()
                ? "goes by this table"
                : "waits for a first table: packets of what an earlier daemon captured are dropped."
                        + " Give it rules with ipvsadm or ipvsadm-restore, or restart with --empty";
    }

    private String memory() {
        Runtime runtime = Runtime.getRuntime();
        long heap = runtime.totalMemory() - runtime.freeMemory();
        return "%s resident; %s of %s heap; %s for connections"
                .formatted(
                        residentBytes() < 0 ? "unknown" : mebibytes(residentBytes()),
                        mebibytes(heap),
                        mebibytes(runtime.maxMemory()),
                        mebibytes(sum("sluice_connection_memory_bytes")));
    }

    private static long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
            return -1;
        } catch (IOException e) {
            return -1; // no /proc here
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String words(Duration duration) {
        return duration.toDays() > 0
                ? "%d days %d h".formatted(duration.toDays(), duration.toHoursPart())
                : "%d h %d min %d s"
                        .formatted(
                                duration.toHours(),
                                duration.toMinutesPart(),
                                duration.toSecondsPart());
    }

    /// Over all workers.
    private long sum(String name) {
        return state.metrics().all().stream()
                .filter(metric -> metric.name().equals(name))
                .mapToLong(Metric::read)
                .sum();
    }

    /// Workers that were granted the same share a line.
    private static void priorities(List<Standing> standings, Map<String, String> head) {
        List<String> granted = standings.stream().map(Standing::words).distinct().toList();
        if (granted.size() == 1) {
            head.put("priority", granted.getFirst());
            return;
        }
        for (int worker = 0; worker < standings.size(); worker++) {
            String line = "worker " + worker + ": " + standings.get(worker).words();
            head.merge("priority", line, (before, next) -> before + "\n             " + next);
        }
    }

    /// What was the worker's own doing, and what with.
    private String longestWait() {
        StringBuilder causes = new StringBuilder();
        for (Rounds.Cause cause : Rounds.Cause.values()) {
            String name = cause.name().toLowerCase(Locale.ROOT);
            causes.append(causes.isEmpty() ? "" : ", ")
                    .append(largest("sluice_longest_held_microseconds", name))
                    .append(" with ")
                    .append(name);
        }
        return "%d µs between two looks for packets; itself busy for %s µs at most"
                .formatted(largest("sluice_longest_round_microseconds", ""), causes);
    }

    /// Of all workers.
    ///
    /// @param cause a label's value, or none
    private long largest(String name, String cause) {
        return state.metrics().all().stream()
                .filter(metric -> metric.name().equals(name))
                .filter(metric -> metric.labels().getOrDefault("cause", "").equals(cause))
                .mapToLong(Metric::read)
                .max()
                .orElse(0);
    }

    /// What is wrong comes before what happened.
    private static void wrong(PrintStream out, List<Finding> found) {
        List<Finding> wrong = found.stream().filter(Finding::isWrong).toList();
        if (!wrong.isEmpty()) {
            out.println();
            out.println("wrong, as far as it shows without asking anybody; more: sluice check-up");
            FindingReport.print(out, wrong, SHOWN);
        }
    }

    /// What counts the same in several workers.
    private record Happening(String words, String explanation, String remedy, long value) {

        Happening plus(Happening other) {
            return new Happening(words, explanation, remedy, value + other.value);
        }
    }

    private void happened(PrintStream out, boolean all) {
        Map<String, Happening> happenings = new LinkedHashMap<>();
        for (Metric metric : state.metrics().all()) {
            if (!metric.isCounter()) {
                continue; // the head has it
            }
            Happening one =
                    new Happening(
                            metric.words(), metric.explanation(), metric.remedy(), metric.read());
            happenings.merge(metric.words(), one, Happening::plus);
        }
        List<Happening> shown = new ArrayList<>(happenings.values());
        shown.removeIf(happening -> !all && happening.value() == 0);
        if (shown.isEmpty()) {
            return;
        }
        out.println();
        // What needs somebody first.
        shown.stream().filter(it -> isTrouble(it)).forEach(it -> print(out, it));
        shown.stream().filter(it -> !isTrouble(it)).forEach(it -> print(out, it));
    }

    private static boolean isTrouble(Happening happening) {
        return happening.value() > 0 && !happening.remedy().isEmpty();
    }

    private static void print(PrintStream out, Happening it) {
        out.printf("%12d  %s: %s%n", it.value(), it.words(), it.explanation());
        if (isTrouble(it)) {
            out.printf("%12s  → %s%n", "", it.remedy());
        }
    }

    private String json(List<Finding> found) {
        Json json = new Json();
        json.text("version", state.version().number())
                .text("commit", state.version().commit())
                .text("mode", state.mode())
                .text("started_at", Moments.text(state.startedAt()))
                .number("workers", state.settings().workers())
                .number("max_connections", state.settings().maxConnections())
                .number("services", state.table().services().size())
                .number("real_servers", state.realServers())
                .bool("gate_open", state.publication().isOpen())
                .text("socket", state.settings().socket().toString());
        List<Json> fronts = new ArrayList<>();
        if (state.gate() != null) {
            for (Front front : state.gate().fronts().all()) {
                fronts.add(
                        new Json()
                                .text("name", front.name())
                                .text(
                                        "condition",
                                        front.condition().name().toLowerCase(Locale.ROOT))
                                .text("since", Moments.text(front.since())));
            }
        }
        json.list("interfaces", fronts);
        json.list("findings", FindingReport.json(found));
        json.list("dropped", new ServiceDrops(state.table().configuration()).json());
        List<Json> priorities = new ArrayList<>();
        if (state.dataPath() != null) {
            for (Standing standing : state.dataPath().standings()) {
                priorities.add(new Json().text("granted", standing.words()));
            }
        }
        json.list("priorities", priorities);
        List<Json> metrics = new ArrayList<>();
        for (Metric metric : state.metrics().all()) {
            Json labels = new Json();
            metric.labels().forEach(labels::text);
            metrics.add(
                    new Json()
                            .text("name", metric.name())
                            .object("labels", labels)
                            .number("value", metric.read())
                            .text("explanation", metric.explanation()));
        }
        return json.list("metrics", metrics).toString();
    }
}
