package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Capabilities;
import dev.sluice.control.RateEstimator;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Sessions of the real ipvsadm, replayed byte for byte.
///
/// Those of `kind: live` need traffic: see [LiveSessionTest].
final class GoldenTest {

    /// What ipvsadm here does differently, even before a kernel that can do everything.
    private static final Map<String, String> DIFFERENT = new TreeMap<>();

    /// What the table refuses because the director cannot do it yet.
    private static final Map<String, String> REFUSED = new TreeMap<>();

    static {
        String daemons = "synchronisation daemons are refused";
        DIFFERENT.put("daemon-01-defaults", daemons);
        DIFFERENT.put("daemon-02-options", daemons);
        DIFFERENT.put("daemon-03-maxlen", daemons);
        DIFFERENT.put("daemon-04-ipv6-group", daemons);
        DIFFERENT.put("daemon-05-survives-clear", daemons);
        DIFFERENT.put("daemon-06-mixed-family-conflict", daemons);
        DIFFERENT.put("err-43-daemon-state", daemons);
        DIFFERENT.put("tutorial-08-sync-pair", daemons);
        DIFFERENT.put(
                "err-45-not-root", "refused at the control socket: see IpvsadmOverSocketTest");
        DIFFERENT.put("fwmark-03-large-marks", "large marks are not printed as negative numbers");

        String schedulers = "lblc and lblcr";
        REFUSED.put("sched-03-flags-with-persistence", schedulers);
        String engines = "--pe";
        REFUSED.put("fwmark-04-ops-pe", engines);
        REFUSED.put("persist-03-pe", engines);
    }

    @TestFactory
    Stream<DynamicTest> everySessionLooksAsRecorded() throws Exception {
        return tests(TestScheduler.everything(), DIFFERENT);
    }

    @TestFactory
    Stream<DynamicTest> whatTheDirectorCannotDoIsRefusedAndAllElseLooksAsRecorded()
            throws Exception {
        Map<String, String> reasons = new TreeMap<>(DIFFERENT);
        reasons.putAll(REFUSED);
        return tests(Capabilities.DIRECTOR, reasons);
    }

    @Test
    void everyExceptionIsARecordedSession() throws Exception {
        List<String> ids = Transcript.all().stream().map(Transcript::id).toList();
        assertThat(ids).hasSize(156).containsAll(DIFFERENT.keySet()).containsAll(REFUSED.keySet());
    }

    private static Stream<DynamicTest> tests(
            Capabilities capabilities, Map<String, String> exceptions) throws Exception {
        return Transcript.all().stream()
                .filter(transcript -> !transcript.isLive())
                .map(transcript ->
                        DynamicTest.dynamicTest(
                                transcript.id(),
                                () -> {
                                    List<String> differences = replay(transcript, capabilities);
                                    String reason = exceptions.get(transcript.id());
                                    if (reason == null) {
                                        assertThat(differences).isEmpty();
                                    } else {
                                        assertThat(differences)
                                                .as("listed as different (%s) and is not", reason)
                                                .isNotEmpty();
                                    }
                                }));
    }

    private static List<String> replay(Transcript transcript, Capabilities capabilities) {
        Shell shell = new Shell(capabilities);
        shell.know(transcript);
        List<String> differences = new ArrayList<>();
        List<String> counters = new ArrayList<>(transcript.values("counters"));
        for (Transcript.Step step : transcript.steps()) {
            if (!counters.isEmpty() && step.text().startsWith("ipvsadm -L")) {
                count(shell, counters);
                counters.clear();
            }
            Shell.Result result = new Shell.Result(step.input(), "", 0);
            for (List<String> words : step.pipeline()) {
                result = shell.run(words, result.output());
            }
            String expected = text(step.output(), step.errors(), step.exitStatus());
            String actual =
                    text(
                            first(result.output(), step.onlyFirst()),
                            result.errors(),
                            result.exitStatus());
            if (!actual.equals(expected)) {
                differences.add(
                        "%n$ %s%nexpected:%n%s%nactual:%n%s"
                                .formatted(step.text(), expected, actual));
            }
        }
        return differences;
    }

    private static String text(String output, String errors, int exitStatus) {
        return output + "errors: " + errors + "exit status " + exitStatus;
    }

    private static String first(String output, int lines) {
        if (lines < 0) {
            return output;
        }
        int end = 0;
        for (int i = 0; i < lines; i++) {
            end = output.indexOf('\n', end) + 1;
        }
        return output.substring(0, end);
    }

    /// Brings tallies to given values, and rates by enough ticks to settle there.
    private static void count(Shell shell, List<String> lines) {
        Map<Tally, Map<Count, Long>> rates = new HashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            Tally tally = tally(shell, words[0], words[1]);
            for (int i = 2; i < words.length; i++) {
                String key = words[i].substring(0, words[i].indexOf('='));
                long value = Long.parseLong(words[i].substring(key.length() + 1));
                switch (key) {
                    case "conns" -> tally.add(0, Count.CONNECTIONS, value);
                    case "inpkts" -> tally.add(0, Count.IN_PACKETS, value);
                    case "outpkts" -> tally.add(0, Count.OUT_PACKETS, value);
                    case "inbytes" -> tally.add(0, Count.IN_BYTES, value);
                    case "outbytes" -> tally.add(0, Count.OUT_BYTES, value);
                    case "cps" -> rate(rates, tally, Count.CONNECTIONS, value);
                    case "inpps" -> rate(rates, tally, Count.IN_PACKETS, value);
                    case "outpps" -> rate(rates, tally, Count.OUT_PACKETS, value);
                    case "inbps" -> rate(rates, tally, Count.IN_BYTES, value);
                    case "outbps" -> rate(rates, tally, Count.OUT_BYTES, value);
                    default -> throw new IllegalArgumentException(key);
                }
            }
        }
        for (int tick = 0; tick < 200; tick++) {
            shell.table.poll(tick * RateEstimator.TICK_NANOS);
            rates.forEach((tally, values) ->
                    values.forEach((count, value) -> tally.add(0, count, 2 * value)));
        }
    }

    private static void rate(
            Map<Tally, Map<Count, Long>> rates, Tally tally, Count count, long value) {
        rates.computeIfAbsent(tally, _ -> new HashMap<>()).put(count, value);
    }

    private static Tally tally(Shell shell, String kind, String name) {
        for (VirtualService service : shell.table.configuration().services()) {
            String key = service.key().toString().replace("FWM ", "FWM:").replaceFirst(".* ", "");
            if (kind.equals("service") && key.equals(name)) {
                return service.tally();
            }
            for (int i = 0; i < service.servers().size(); i++) {
                RealServer server = service.servers().get(i);
                if (server.address().withPort(server.port()).equals(name)) {
                    return server.tally();
                }
            }
        }
        throw new IllegalArgumentException(name);
    }
}
