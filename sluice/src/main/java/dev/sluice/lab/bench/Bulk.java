package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// As many bytes as go through some TCP connections, by iperf3.
final class Bulk implements Trial {

    private static final Pattern RECEIVED =
            Pattern.compile(
                    "\"sum_received\":\\s*\\{[^}]*?\"bytes\":\\s*(\\d+),"
                            + "\\s*\"bits_per_second\":\\s*([\\d.e+]+)");
    private static final double GIGA = 1e9;
    private static final int GRACE_SECONDS = 15;
    private static final int SECOND_TRY_MILLIS = 1000;

    private final String name;
    private final int streams;
    private final boolean reverse;
    private final Figure throughput;
    private final Figure cpu;

    /// @param reverse from the server to the client
    Bulk(int streams, boolean reverse) {
        this.name = "bulk" + streams + (reverse ? "-reverse" : "");
        this.streams = streams;
        this.reverse = reverse;
        String label =
                "bulk TCP, "
                        + streams
                        + (streams == 1 ? " stream" : " streams")
                        + (reverse ? ", to client" : "");
        this.throughput = Figure.more(label, "Gbit/s", 2);
        this.cpu = Figure.less(label, "ms/Gbit", 0);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Figure> figures() {
        return List.of(throughput);
    }

    @Override
    public Figure cpu() {
        return cpu;
    }

    @Override
    public Set<Tool> tools() {
        return Set.of(Tool.IPERF3);
    }

    @Override
    public Outcome run(Lane lane, int seconds) {
        try {
            return measure(lane, seconds);
        } catch (LabException refused) {
            // Its server may still be busy with the end of the last run.
            Programs.pause(SECOND_TRY_MILLIS);
            return measure(lane, seconds);
        }
    }

    private Outcome measure(Lane lane, int seconds) {
        List<String> command = new ArrayList<>();
        command.addAll(List.of(Tool.IPERF3.path(), "--json", "--interval", "0"));
        command.addAll(List.of("--client", lane.target().toString()));
        command.addAll(List.of("--port", Integer.toString(Ports.IPERF)));
        command.addAll(List.of("--time", Integer.toString(seconds)));
        command.addAll(List.of("--parallel", Integer.toString(streams)));
        if (reverse) {
            command.add("--reverse");
        }
        CpuTime before = CpuTime.now();
        String json = Programs.run(lane.client(), seconds + GRACE_SECONDS, command);
        CpuTime spent = CpuTime.now().minus(before);
        return outcome(json, spent);
    }

    Outcome outcome(String json, CpuTime spent) {
        Matcher sum = RECEIVED.matcher(json);
        if (!sum.find()) {
            throw new LabException("iperf3 gave no sum: " + Programs.lastWords(json));
        }
        double gigabits = Long.parseLong(sum.group(1)) * 8 / GIGA;
        double perSecond = Double.parseDouble(sum.group(2)) / GIGA;
        // Milliseconds.
        CpuTime perGigabit = spent.dividedBy(gigabits / 1e3);
        return new Outcome(Map.of(throughput, perSecond), perGigabit, "");
    }
}
