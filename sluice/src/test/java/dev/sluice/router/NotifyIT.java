package dev.sluice.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.script.Script;
import dev.sluice.vrrp.State;
import dev.sluice.vrrp.Tracker;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/// What scripts and FIFOs are told: the same by keepalived and by us for the same life.
@Execution(ExecutionMode.CONCURRENT)
final class NotifyIT {

    private VrrpBed bed;

    @BeforeEach
    void build() {
        bed = new VrrpBed();
    }

    @AfterEach
    void clearAway() {
        if (bed != null) {
            bed.close();
        }
    }

    /// A script that writes down how it was called.
    private Path script(String name, Path log) {
        try {
            Path script = bed.first().folder().resolve(name);
            Files.writeString(script, "#!/bin/sh\necho " + name + " \"$@\" >>" + log + "\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
            return script;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Alone, active, overruled by a higher one, alone again, stopped.
    private void live(Runnable start, IntConsumer other, Path log, Runnable stop) {
        start.run();
        VrrpBed.await("MASTER", () -> count(log, "any INSTANCE VI_1 MASTER") == 1);
        other.accept(200);
        VrrpBed.await("BACKUP", () -> count(log, "any INSTANCE VI_1 BACKUP") == 2);
        other.accept(0);
        VrrpBed.await("MASTER again", () -> count(log, "any INSTANCE VI_1 MASTER") == 2);
        stop.run();
        VrrpBed.await("STOP", () -> count(log, "any INSTANCE VI_1 STOP") == 1);
    }

    private static long count(Path log, String start) {
        return lines(log).stream().filter(line -> line.startsWith(start)).count();
    }

    @Test
    void scriptsAndFifosAreToldWhatKeepalivedTellsThem() throws Exception {
        List<String> theirs = new CopyOnWriteArrayList<>();
        List<String> ours = new CopyOnWriteArrayList<>();
        Path theirLog = bed.first().folder().resolve("their.log");
        Path ourLog = bed.first().folder().resolve("our.log");

        Path theirFifo = bed.first().folder().resolve("their.fifo");
        String scripts =
                Stream.of("master", "backup", "fault", "stop")
                                .map(name ->
                                        "  notify_" + name + " " + script(name, theirLog) + "\n")
                                .reduce("", String::concat)
                        + "  notify "
                        + script("any", theirLog)
                        + "\n";
        Keepalived[] keepalived = new Keepalived[1];
        VrrpLoop[] other = new VrrpLoop[1];
        live(
                () -> {
                    keepalived[0] =
                            bed.first()
                                    .keepalived(
                                            Virtual.VERSION_2
                                                    .keepalived(1, 150, scripts)
                                                    .replace(
                                                            "global_defs {",
                                                            "global_defs {\n  vrrp_notify_fifo "
                                                                    + theirFifo));
                    read(theirFifo, theirs);
                },
                priority -> {
                    if (priority == 0) {
                        other[0].close();
                    } else {
                        other[0] = bed.second().sluice(Virtual.VERSION_2.sluice(2, priority));
                    }
                },
                theirLog,
                () -> keepalived[0].stop());

        Path ourFifo = bed.first().folder().resolve("our.fifo");
        Notify notify =
                new Notify(
                        Script.of(script("master", ourLog).toString()),
                        Script.of(script("backup", ourLog).toString()),
                        Script.of(script("fault", ourLog).toString()),
                        Script.of(script("stop", ourLog).toString()),
                        Script.of(script("any", ourLog).toString()),
                        null);
        VrrpLoop[] loop = new VrrpLoop[1];
        live(
                () -> {
                    VrrpSettings alone =
                            VrrpSettings.of(Virtual.VERSION_2.sluice(1, 150).notifying(notify));
                    loop[0] =
                            bed.first()
                                    .sluice(
                                            new VrrpSettings(
                                                    alone.instances(),
                                                    List.of(),
                                                    List.of(),
                                                    List.of(),
                                                    List.of(),
                                                    List.of(ourFifo.toString()),
                                                    0,
                                                    0,
                                                    false));
                    read(ourFifo, ours);
                },
                priority -> {
                    if (priority == 0) {
                        keepalived[0].stop();
                    } else {
                        keepalived[0] =
                                bed.second().keepalived(Virtual.VERSION_2.keepalived(2, priority));
                    }
                },
                ourLog,
                () -> loop[0].close());

        // keepalived runs the two scripts of a change side by side: in any order.
        assertThat(lines(ourLog)).containsExactlyInAnyOrderElementsOf(lines(theirLog));
        assertThat(ours).isNotEmpty().isEqualTo(theirs);
        assertThat(lines(ourLog))
                .containsExactly(
                        "backup",
                        "any INSTANCE VI_1 BACKUP 150",
                        "master",
                        "any INSTANCE VI_1 MASTER 150",
                        "backup",
                        "any INSTANCE VI_1 BACKUP 150",
                        "master",
                        "any INSTANCE VI_1 MASTER 150",
                        "stop",
                        "any INSTANCE VI_1 STOP 150");
    }

    private static void read(Path fifo, List<String> into) {
        VrrpBed.await("FIFO", () -> Files.exists(fifo));
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try (BufferedReader lines = Files.newBufferedReader(fifo)) {
                        lines.lines().forEach(into::add);
                    } catch (IOException e) {
                        into.add(e.toString());
                    }
                });
    }

    @Test
    void aFailingScriptLowersThePriorityAndKeepalivedTakesOver() throws Exception {
        Path health = bed.second().folder().resolve("healthy");
        Files.writeString(health, "");
        TrackedScript check =
                new TrackedScript(
                        "chk",
                        Script.of("/usr/bin/test", "-e", health.toString()),
                        100,
                        100,
                        2,
                        3,
                        false);
        Instance instance =
                Virtual.VERSION_2.sluice(
                        2, 150, it -> it.trackers = List.of(check.tracker(-60, false)));
        Keepalived keepalived = bed.first().keepalived(Virtual.VERSION_2.keepalived(1, 100));
        VrrpLoop ours =
                bed.second()
                        .sluice(
                                new VrrpSettings(
                                        List.of(instance),
                                        List.of(),
                                        List.of(check),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        0,
                                        0,
                                        true));
        VrrpBed.await("MASTER", () -> state(ours) == State.Name.MASTER);
        Files.delete(health);
        VrrpBed.await("priority", () -> ours.status().getFirst().priority() == 90);
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpBed.await("BACKUP", () -> state(ours) == State.Name.BACKUP);
        Files.writeString(health, "");
        VrrpBed.await("MASTER again", () -> state(ours) == State.Name.MASTER);
    }

    @Test
    void aFileAndAProcessAreFollowed() throws Exception {
        Path file = bed.second().folder().resolve("weight");
        TrackedFile weight = TrackedFile.of("weight", file);
        TrackedProcess sleeper =
                new TrackedProcess("sleeper", "sleep", List.of("987654"), 1, Integer.MAX_VALUE);
        List<Tracker> trackers = List.of(weight.tracker(1, false), sleeper.tracker(20, false));
        VrrpLoop ours =
                bed.second()
                        .sluice(
                                new VrrpSettings(
                                        List.of(
                                                Virtual.VERSION_3.sluice(
                                                        2, 100, it -> it.trackers = trackers)),
                                        List.of(),
                                        List.of(),
                                        List.of(weight),
                                        List.of(sleeper),
                                        List.of(),
                                        0,
                                        0,
                                        true));
        VrrpBed.await("100", () -> ours.status().getFirst().priority() == 100);
        Files.writeString(file, "7\n");
        VrrpBed.await("107", () -> ours.status().getFirst().priority() == 107);
        Process process = new ProcessBuilder("sleep", "987654").start();
        VrrpBed.await("127", () -> ours.status().getFirst().priority() == 127);
        process.destroy();
        VrrpBed.await("107 again", () -> ours.status().getFirst().priority() == 107);
        Files.writeString(file, "-300\n");
        VrrpBed.await("FAULT", () -> state(ours) == State.Name.FAULT);
        assertThat(ours.status().getFirst().why()).isEqualTo("bad: file weight");
    }

    private static State.Name state(VrrpLoop loop) {
        return loop.status().getFirst().state();
    }
}
