package dev.sluice.router;

import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.NetworkNamespace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The real keepalived in a network namespace, with a `/tmp` of its own, where it puts its
/// statistics.
final class Keepalived implements AutoCloseable {

    private static final int SIGKILL = 9;
    private static final int SIGUSR2 = 12;
    private static final int SIGSTOP = 19;

    private final Path log;
    private final Process process;

    Keepalived(NetworkNamespace namespace, Path folder, String name, String configuration) {
        try {
            Path file = Files.createTempFile(folder, name, ".conf");
            Path state = Files.createTempDirectory(folder, name);
            log = Files.createTempFile(folder, name, ".log");
            Files.writeString(file, configuration);
            process =
                    namespace.call(() ->
                            namespace.start(
                                    new ProcessBuilder(
                                                    "unshare",
                                                    "--mount",
                                                    "--propagation",
                                                    "private",
                                                    "sh",
                                                    "-c",
                                                    "mount -t tmpfs tmpfs /tmp && exec \"$@\"",
                                                    "sh",
                                                    "keepalived",
                                                    "-n",
                                                    "-l",
                                                    "-D",
                                                    "-P",
                                                    "-f",
                                                    file.toString(),
                                                    "-p",
                                                    state.resolve("pid").toString(),
                                                    "-r",
                                                    state.resolve("vrrp").toString())
                                            .redirectErrorStream(true)
                                            .redirectOutput(log.toFile())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitLine("Entering ");
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until it has said something.
    void awaitLine(String part) {
        try {
            VrrpBed.await("keepalived: " + part, () -> log().contains(part));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + log(), e);
        }
    }

    /// A number of its statistics file, such as `Received:` or `Length:`.
    long statistic(String label) {
        Path file = Path.of("/proc/" + process.pid() + "/root/tmp/keepalived.stats");
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Kernel.kill((int) process.pid(), SIGUSR2);
        VrrpBed.await(
                "statistics",
                () -> {
                    try {
                        return Files.exists(file) && Files.readString(file).contains("Sent");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.strip().startsWith(label)) {
                    return Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
                }
            }
            throw new AssertionError("no " + label + " in\n" + Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<ProcessHandle> family() {
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        family.add(process.toHandle());
        return family;
    }

    /// Ends it without a word, all its processes. They are stopped before: a child whose parent
    /// dies first has time to say goodbye with priority 0, and a parent starts a child that dies
    /// anew.
    void kill() {
        List<ProcessHandle> family = family();
        family.forEach(one -> Kernel.kill((int) one.pid(), SIGSTOP));
        family.forEach(one -> Kernel.kill((int) one.pid(), SIGKILL));
        waitFor();
    }

    /// As an operator does.
    void stop() {
        process.destroy();
        waitFor();
    }

    private void waitFor() {
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new AssertionError("keepalived does not end\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
