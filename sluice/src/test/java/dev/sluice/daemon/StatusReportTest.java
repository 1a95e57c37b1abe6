package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Capabilities;
import dev.sluice.control.Edit;
import dev.sluice.control.Metric;
import dev.sluice.control.Metrics;
import dev.sluice.control.Origin;
import dev.sluice.control.Program;
import dev.sluice.control.RefusedException;
import dev.sluice.control.ServiceSettings;
import dev.sluice.control.Table;
import dev.sluice.control.Version;
import dev.sluice.diagnosis.Finding;
import dev.sluice.director.DropReason;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.VirtualService;
import dev.sluice.gate.Gates;
import dev.sluice.wire.Address;
import dev.sluice.worker.Priority;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;

final class StatusReportTest {

    private static final Instant START = Instant.parse("2026-11-28T08:00:00Z");
    private static final Clock LATER = Clock.fixed(START.plusSeconds(3_725), ZoneOffset.UTC);

    private final Metrics metrics = new Metrics();
    private List<Finding> findings = List.of();
    private final Publication publication = new Publication();
    private final Table table = new Table(Capabilities.DIRECTOR, 1, publication::publish);

    @Test
    void beginsWithWhatItIs() {
        assertThat(status())
                .startsWith("sluice       0.1.0 (commit abc)")
                .contains("mode         no packets")
                .contains("up           1 h 2 min 5 s, since ")
                .contains("services     0 with 0 real servers")
                .contains("socket       /run/any.sock");
    }

    @Test
    void troubleComesFirstAndSaysWhatToDo() {
        count("expired_total", "expired", "", 7);
        count("dropped_total", "dropped, no route", "look for a route", 3);
        assertThat(status())
                .containsSubsequence(
                        "           3  dropped, no route: a sentence",
                        "→ look for a route",
                        "           7  expired: a sentence");
    }

    @Test
    void theSameOfTwoWorkersIsOneLine() {
        count("dropped_total", "dropped, no route", "look", 3);
        count("dropped_total", "dropped, no route", "look", 4);
        assertThat(status()).containsOnlyOnce("dropped, no route").contains("7  dropped");
    }

    @Test
    void whatNeverHappenedIsShownOnlyWithAll() {
        count("dropped_total", "dropped, no route", "look for a route", 0);
        assertThat(status()).doesNotContain("dropped");
        assertThat(status("--all"))
                .contains("0  dropped, no route: a sentence")
                .doesNotContain("→");
    }

    @Test
    void jsonHasEveryNumberWithItsLabels() {
        count("dropped_total", "dropped, no route", "look for a route", 0);
        assertThat(status("--json"))
                .startsWith("{\"version\":\"0.1.0\",\"commit\":\"abc\"")
                .contains(
                        "{\"name\":\"dropped_total\",\"labels\":{\"worker\":\"0\"},\"value\":0,"
                                + "\"explanation\":\"a sentence\"}");
    }

    @Test
    void droppedPacketsAreToldByServiceAndReason() throws RefusedException {
        ServiceKey key = new ServiceKey.AtAddress(Protocol.TCP, Address.parse("10.0.0.13"), 80);
        table.apply(new Edit.AddService(Origin.OPERATOR, key, ServiceSettings.scheduledBy("rr")));
        assertThat(status("--all")).doesNotContain("dropped, by service");
        VirtualService service = Objects.requireNonNull(table.configuration().service(key));
        service.tally().drop(0, DropReason.NO_REAL_SERVER);
        service.tally().drop(0, DropReason.TOO_BIG);
        service.tally().drop(0, DropReason.TOO_BIG);
        assertThat(status())
                .containsSubsequence(
                        "dropped, by service",
                        "           2  TCP 10.0.0.13:80, too big: the packet exceeds",
                        "           1  TCP 10.0.0.13:80, no real server: the service has no");
        assertThat(status("--json"))
                .contains(
                        "{\"service\":\"TCP 10.0.0.13:80\",\"reason\":\"too_big\",\"packets\":2}");
    }

    @Test
    void whatIsWrongComesBeforeWhatHappened() {
        count("dropped_total", "dropped, no route", "look for a route", 3);
        findings =
                List.of(
                        new Finding(
                                "some-kind",
                                Finding.Severity.WRONG,
                                "it",
                                "it is wrong",
                                List.of("seen so"),
                                List.of("mend it")));
        assertThat(status())
                .containsSubsequence(
                        "  1. it is wrong [some-kind]",
                        "       seen so",
                        "     → mend it",
                        "dropped, no route");
        assertThat(status("--json"))
                .contains("\"findings\":[{\"kind\":\"some-kind\",\"severity\":\"wrong\"");
    }

    private void count(String name, String words, String remedy, long value) {
        metrics.register(
                new Metric(name, Map.of("worker", "0"), words, "a sentence", remedy, () -> value));
    }

    private String status(String... words) {
        DaemonSettings settings =
                new DaemonSettings(
                        List.of(),
                        false,
                        Gates.Mode.AUTO,
                        1,
                        1000,
                        0,
                        new Priority.Normal(),
                        0,
                        Path.of("/run/any.sock"),
                        null,
                        null,
                        false,
                        null,
                        KeepalivedFile.NONE,
                        null);
        DaemonState state =
                new DaemonState(
                        new Version("0.1.0", "abc"),
                        START,
                        settings,
                        table,
                        publication,
                        metrics,
                        null,
                        null);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exitStatus =
                new StatusReport(state, LATER, () -> findings)
                        .run(
                                new Program.Call(
                                        "status",
                                        List.of(words),
                                        InputStream.nullInputStream(),
                                        out,
                                        out));
        assertThat(exitStatus).isZero();
        return said.toString(StandardCharsets.UTF_8);
    }
}
