package dev.sluice.lab.bench;

import dev.sluice.lab.Host;
import dev.sluice.lab.LabException;
import dev.sluice.wire.Address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A foreign server with its configuration, in a directory of its own.
final class ForeignServer {

    private final Host host;
    private final Path directory;
    private final Path log;
    private final Process process;

    private ForeignServer(Host host, Path directory, Process process) {
        this.host = host;
        this.directory = directory;
        this.log = directory.resolve("log");
        this.process = process;
    }

    /// nginx in the foreground. `%s` in the configuration is a directory it may write to.
    static ForeignServer nginx(Host host, Path parent, String configuration) {
        Path directory = directory(host, parent);
        String head =
                """
                daemon off;
                user root;
                pid %1$s/pid;
                error_log stderr error;
                """;
        Path file = write(directory, (head + configuration).replace("%1$s", directory.toString()));
        return start(
                host,
                directory,
                List.of(
                        Tool.NGINX.path(),
                        "-p",
                        directory.toString(),
                        "-c",
                        file.toString(),
                        "-e",
                        "stderr"));
    }

    static ForeignServer haProxy(Host host, Path parent, String configuration) {
        Path directory = directory(host, parent);
        Path file = write(directory, configuration);
        return start(host, directory, List.of(Tool.HAPROXY.path(), "-db", "-f", file.toString()));
    }

    private static Path directory(Host host, Path parent) {
        try {
            return Files.createDirectory(parent.resolve(host.name()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path write(Path directory, String text) {
        try {
            return Files.writeString(directory.resolve("conf"), text);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static ForeignServer start(Host host, Path directory, List<String> command) {
        ProcessBuilder program =
                new ProcessBuilder(new ArrayList<>(command))
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile());
        return new ForeignServer(host, directory, host.start(program));
    }

    /// Waits until it listens.
    void await(Lane lane, Address address, int port) {
        try {
            Programs.awaitServer(lane.client(), address, port);
        } catch (LabException silence) {
            throw new LabException(
                    silence.getMessage()
                            + (process.isAlive() ? "" : "; it ended, saying: " + log()));
        }
    }

    private String log() {
        try {
            return Programs.lastWords(Files.readString(log).strip());
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    @Override
    public String toString() {
        return directory + " on " + host;
    }
}
