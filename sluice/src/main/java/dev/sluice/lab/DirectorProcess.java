package dev.sluice.lab;

import dev.sluice.control.ControlClient;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// `sluice run` in the director of a lab: the very program that an operator starts, in a process of
/// its own.
public final class DirectorProcess implements AutoCloseable {

    private static final String READY = " ready, ";
    private static final int START_SECONDS = 30;
    private static final int LAST_LINES = 20;

    private final LabNetwork network;
    private final Process process;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CountDownLatch readyOrEnded = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile @Nullable Duration startUp;

    private DirectorProcess(LabNetwork network, Process process) {
        this.network = network;
        this.process = process;
    }

    /// Starts the director and waits until packets flow.
    ///
    /// @param options further options of `sluice run`
    public static DirectorProcess start(LabNetwork network, String... options) {
        DirectorProcess director = launch(network, options);
        director.awaitReady();
        return director;
    }

    /// Starts the director without waiting for anything.
    public static DirectorProcess launch(LabNetwork network, String... options) {
        return launch(network, Map.of(), options);
    }

    /// The same, with more in its environment.
    static DirectorProcess launch(
            LabNetwork network, Map<String, String> environment, String... options) {
        List<String> command = new ArrayList<>();
        command.add(launcher("sluice").toString());
        command.add("run");
        for (String name : network.directorInterfaces()) {
            command.add("--interface");
            command.add(name);
        }
        if (!List.of(options).contains("--control")) {
            command.add("--control");
            command.add(network.controlSocket().toString());
        }
        command.addAll(List.of(options));
        long startNanos = System.nanoTime();
        ProcessBuilder program = new ProcessBuilder(command).redirectErrorStream(true);
        program.environment().putAll(environment);
        Process process = network.director().start(program);
        DirectorProcess director = new DirectorProcess(network, process);
        Thread.ofPlatform().daemon().name("director-log").start(() -> director.readLog(startNanos));
        return director;
    }

    /// A program in `bin/`.
    public static Path launcher(String name) {
        return bin().resolve(name);
    }

    /// The folder of launchers that this copy of Sluice was started from.
    public static Path bin() {
        String bin = System.getenv("SLUICE_BIN");
        if (bin != null) {
            return Path.of(bin);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path candidate = at.resolve("bin");
            if (Files.isExecutable(candidate.resolve("sluice"))) {
                return candidate;
            }
        }
        throw new LabException(
                "cannot find the launchers; start the lab by bin/sluice, or set SLUICE_BIN");
    }

    private void readLog(long startNanos) {
        try (BufferedReader lines = process.inputReader();
                var log = Files.newBufferedWriter(network.directorLog())) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.contains(READY)) {
                    startUp = Duration.ofNanos(System.nanoTime() - startNanos);
                    ready = true;
                    readyOrEnded.countDown();
                }
                log.write(line + "\n");
                log.flush();
                synchronized (lastLines) {
                    lastLines.add(line);
                    if (lastLines.size() > LAST_LINES) {
                        lastLines.remove();
                    }
                }
            }
        } catch (IOException endOfProgram) {
            // A killed program's pipe; what it said is in lastLines.
        } finally {
            readyOrEnded.countDown();
        }
    }

    /// Waits until packets flow.
    void awaitReady() {
        try {
            boolean answered = readyOrEnded.await(START_SECONDS, TimeUnit.SECONDS);
            if (ready) {
                return;
            }
            process.destroy();
            throw new LabException(
                    "the director "
                            + (answered ? "ended at its start" : "was not ready in time")
                            + "; it said:\n"
                            + log());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while the director was starting");
        }
    }

    /// What it printed last.
    public String log() {
        synchronized (lastLines) {
            return String.join("\n", lastLines);
        }
    }

    /// From starting the launcher to packets flowing; zero before.
    public Duration startUp() {
        Duration known = startUp;
        return known == null ? Duration.ZERO : known;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// Runs `ipvsadm`, as `bin/ipvsadm` does, without the start of another Java machine: the words
    /// go over the control socket, the daemon does the work.
    ///
    /// @param words as typed, `-A`, `-t`, …
    public Host.Result ipvsadm(String... words) {
        return ask("ipvsadm", words);
    }

    /// Has the daemon run one of its programs.
    Host.Result ask(String name, String... words) {
        List<String> program = new ArrayList<>();
        program.add(name);
        program.addAll(List.of(words));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(printed, false, StandardCharsets.UTF_8);
        int exitCode =
                ControlClient.run(
                        network.controlSocket(),
                        program.toArray(String[]::new),
                        InputStream.nullInputStream(),
                        both,
                        both);
        both.flush();
        return new Host.Result(exitCode, printed.toString(StandardCharsets.UTF_8));
    }

    /// Runs `sluice` on the director, such as `sluice stop`.
    public Host.Result sluice(String... words) {
        List<String> command = new ArrayList<>();
        command.add(launcher("sluice").toString());
        command.addAll(List.of(words));
        return network.director().execute(environment(), command.toArray(String[]::new));
    }

    /// By which programs started on the director find this daemon.
    Map<String, String> environment() {
        return Map.of("SLUICE_SOCKET", network.controlSocket().toString());
    }

    /// SIGTERM, and waits for the end.
    ///
    /// @return the exit code
    public int terminate() {
        process.destroy();
        return awaitEnd();
    }

    /// SIGKILL: the program gets no chance to clear up.
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /// Waits until the program ends by itself.
    public int awaitEnd() {
        try {
            if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            return process.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while the director was ending");
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            terminate();
        }
    }
}
