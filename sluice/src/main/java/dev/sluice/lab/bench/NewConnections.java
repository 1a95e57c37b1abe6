package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Connect, one request, close: 50 clients, by wrk against nginx.
final class NewConnections implements Trial {

    private static final int CLIENTS = 50;
    private static final int GRACE_SECONDS = 15;
    private static final Figure RATE =
            Figure.more("connect, request, close; 50 clients", "per s", 0);
    private static final Figure CPU = Figure.less(RATE.label(), "µs/request", 0);
    private static final Pattern PER_SECOND = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
    private static final Pattern ERRORS =
            Pattern.compile(
                    "Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

    @Override
    public String name() {
        return "cps";
    }

    @Override
    public List<Figure> figures() {
        return List.of(RATE);
    }

    @Override
    public Figure cpu() {
        return CPU;
    }

    @Override
    public Set<Tool> tools() {
        return Set.of(Tool.WRK, Tool.NGINX);
    }

    @Override
    public Outcome run(Lane lane, int seconds) {
        CpuTime before = CpuTime.now();
        String text =
                Programs.run(
                        lane.client(),
                        seconds + GRACE_SECONDS,
                        List.of(
                                Tool.WRK.path(),
                                "--threads",
                                "1",
                                "--connections",
                                Integer.toString(CLIENTS),
                                "--duration",
                                seconds + "s",
                                "--header",
                                "Connection: close",
                                "http://" + lane.target() + "/"));
        return outcome(text, CpuTime.now().minus(before));
    }

    static Outcome outcome(String text, CpuTime spent) {
        Matcher rate = PER_SECOND.matcher(text);
        Matcher requests = REQUESTS.matcher(text);
        if (!rate.find() || !requests.find()) {
            throw new LabException("wrk gave no rate: " + Programs.lastWords(text));
        }
        Matcher errors = ERRORS.matcher(text);
        // Microseconds.
        CpuTime perRequest = spent.dividedBy(Long.parseLong(requests.group(1)) / 1e6);
        return new Outcome(
                Map.of(RATE, Double.parseDouble(rate.group(1))),
                perRequest,
                errors.find() ? errors.group() : "");
    }
}
