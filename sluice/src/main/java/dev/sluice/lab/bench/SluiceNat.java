package dev.sluice.lab.bench;

import dev.sluice.lab.DirectorProcess;
import dev.sluice.lab.LabException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sluice as an operator runs it, each service with one masqueraded real server.
final class SluiceNat implements Peer {

    private static final String READY = " ready, ";
    private static final Pattern STARTED = Pattern.compile("mode (\\w+), .*workers (\\d+),");
    private static final int START_SECONDS = 60;
    private static final int COMMAND_SECONDS = 20;
    private static final int POLL_MILLIS = 50;

    private final List<String> options;
    private String ready = "";

    /// @param options further ones for `sluice run`
    SluiceNat(List<String> options) {
        this.options = List.copyOf(options);
    }

    @Override
    public String name() {
        return "sluice";
    }

    @Override
    public String title() {
        return "Sluice";
    }

    @Override
    public @Nullable Tool tool() {
        return null;
    }

    @Override
    public void start(Lane lane, BenchNetwork network) {
        Path log = Programs.temporary("sluice");
        List<String> command = new ArrayList<>();
        command.add(DirectorProcess.launcher("sluice").toString());
        command.addAll(List.of("run", "--interface", "eth0", "--interface", "eth1"));
        command.addAll(List.of("--control", network.controlSocket().toString()));
        command.addAll(options);
        try {
            Process process =
                    lane.director()
                            .start(
                                    new ProcessBuilder(command)
                                            .redirectErrorStream(true)
                                            .redirectOutput(log.toFile()));
            awaitReady(process, log);
        } finally {
            Programs.delete(log);
        }
        for (int port : Ports.TCP) {
            balance(lane, network, "-t", port);
        }
        balance(lane, network, "-u", Ports.DISCARD);
        Programs.awaitServer(lane.client(), lane.target(), Ports.HTTP);
    }

    private void awaitReady(Process process, Path log) {
        long deadline = System.nanoTime() + Duration.ofSeconds(START_SECONDS).toNanos();
        while (true) {
            boolean alive = process.isAlive();
            String text = read(log);
            if (text.contains(READY)) {
                ready = text;
                return;
            }
            if (!alive || System.nanoTime() - deadline >= 0) {
                process.destroy();
                throw new LabException(
                        (alive ? "it was not ready in time: " : "it ended at its start: ")
                                + Programs.lastWords(text.strip()));
            }
            Programs.pause(POLL_MILLIS);
        }
    }

    /// `mode ebpf, 1 worker`, as its start line says.
    @Override
    public String description() {
        Matcher said = STARTED.matcher(ready);
        return said.find() ? "mode " + said.group(1) + ", workers " + said.group(2) : "";
    }

    /// `ebpf`, `direct`, or an empty text before it runs.
    String mode() {
        Matcher said = STARTED.matcher(ready);
        return said.find() ? said.group(1) : "";
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void balance(Lane lane, BenchNetwork network, String protocol, int port) {
        String service = lane.target().withPort(port);
        ipvsadm(lane, network, "-A", protocol, service, "-s", "wlc");
        String server = lane.serverAddress().withPort(port);
        ipvsadm(lane, network, "-a", protocol, service, "-r", server, "-m");
    }

    private static void ipvsadm(Lane lane, BenchNetwork network, String... words) {
        List<String> command = new ArrayList<>();
        command.add(DirectorProcess.launcher("ipvsadm").toString());
        command.addAll(List.of(words));
        Programs.run(
                lane.director(),
                COMMAND_SECONDS,
                Map.of("SLUICE_SOCKET", network.controlSocket().toString()),
                command);
    }
}
