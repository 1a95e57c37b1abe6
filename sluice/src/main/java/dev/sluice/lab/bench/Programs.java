package dev.sluice.lab.bench;

import dev.sluice.lab.Host;
import dev.sluice.lab.LabException;
import dev.sluice.wire.Address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs programs in a host, each step bounded in time.
final class Programs {

    private static final int POLL_MILLIS = 50;
    private static final int SERVER_SECONDS = 10;
    private static final int LAST_CHARACTERS = 600;

    private Programs() {}

    /// Runs a program to its end.
    ///
    /// @throws LabException when it fails or takes longer than it may
    static String run(Host host, int seconds, List<String> command) {
        return run(host, seconds, Map.of(), command);
    }

    static String run(
            Host host, int seconds, Map<String, String> environment, List<String> command) {
        Path output = temporary(host.name());
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = host.start(builder);
            if (!await(process, seconds)) {
                process.destroyForcibly();
                throw new LabException(
                        command.getFirst() + " did not end within " + seconds + " s");
            }
            String text = Files.readString(output);
            if (process.exitValue() != 0) {
                throw new LabException(
                        String.join(" ", command) + " failed: " + lastWords(text.strip()));
            }
            return text;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            delete(output);
        }
    }

    private static boolean await(Process process, int seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupt) {
            process.destroyForcibly();
            throw interrupted();
        }
    }

    static LabException interrupted() {
        Thread.currentThread().interrupt();
        return new LabException("interrupted");
    }

    static String lastWords(String text) {
        return text.length() <= LAST_CHARACTERS
                ? text
                : "… " + text.substring(text.length() - LAST_CHARACTERS);
    }

    /// Waits until a server accepts connections, seen from another host.
    static void awaitServer(Host from, Address address, int port) {
        long deadline = System.nanoTime() + Duration.ofSeconds(SERVER_SECONDS).toNanos();
        while (true) {
            try {
                from.run(() -> {
                    try (SocketChannel channel = SocketChannel.open()) {
                        channel.socket()
                                .connect(
                                        new InetSocketAddress(address.toString(), port),
                                        SERVER_SECONDS * 1000);
                        return true;
                    }
                });
                return;
            } catch (UncheckedIOException notYet) {
                if (System.nanoTime() - deadline >= 0) {
                    throw new LabException(
                            "nobody answers at "
                                    + address.withPort(port)
                                    + " ("
                                    + notYet.getMessage()
                                    + ")");
                }
                pause(POLL_MILLIS);
            }
        }
    }

    static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupt) {
            throw interrupted();
        }
    }

    static Path temporary(String name) {
        try {
            Path file = Files.createTempFile("sluice-bench-" + name + "-", ".txt");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
