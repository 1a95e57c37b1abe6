package dev.sluice.lab;

import dev.sluice.net.linux.Opened;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The machines of one lab. They go together, in reverse order: at [#close], or when the JVM ends,
/// by Ctrl-C for example. Whatever else fails, all of them go.
public final class Hosts implements AutoCloseable {

    private final LabState state;
    private final List<Host> hosts = new ArrayList<>();
    private final Thread atExit = new Thread(this::removeAll, "remove-lab");
    private @Nullable Path directory;
    private boolean closed;

    /// @param state is closed with the machines
    public Hosts(LabState state) {
        this.state = state;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /// Makes another machine, with its loopback interface up.
    public synchronized Host add(String name) {
        requireOpen();
        Host host = new Host(name, state);
        hosts.add(host);
        host.interfaces().setUp("lo", true);
        return host;
    }

    private void requireOpen() {
        if (closed) {
            throw new LabException("the lab was ended while it was being built");
        }
    }

    public synchronized List<Host> all() {
        return List.copyOf(hosts);
    }

    /// Where programs on the machines keep their files; removed after they have ended.
    public synchronized Path directory() {
        requireOpen();
        if (directory == null) {
            try {
                directory = Files.createTempDirectory("sluice-lab-");
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
        return directory;
    }

    @Override
    public void close() {
        removeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException alreadyEnding) {
            // Then the hook has run, or waits for this thread and finds nothing left to do.
        }
    }

    private synchronized void removeAll() {
        if (closed) {
            return;
        }
        closed = true;
        Opened parts = new Opened();
        parts.add(state);
        parts.add(this::removeDirectory);
        hosts.forEach(parts::add);
        try {
            parts.close();
        } catch (IllegalStateException failure) {
            throw new LabException("could not remove the whole lab: " + failure.getMessage());
        }
    }

    private void removeDirectory() throws IOException {
        if (directory == null) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.toList().reversed()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
