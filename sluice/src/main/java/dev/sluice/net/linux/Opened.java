package dev.sluice.net.linux;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What was opened, to be closed in the opposite order: all of it, whatever fails on the way. One
/// thread at a time.
public final class Opened implements AutoCloseable {

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    public <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    /// Closes everything because something failed, which stays the failure to be told of.
    public void closeAfter(Exception reason) {
        while (!resources.isEmpty()) {
            AutoCloseable resource = resources.pop();
            try {
                resource.close();
            } catch (Exception e) {
                reason.addSuppressed(e);
            }
        }
    }

    /// @throws IllegalStateException with all failures, when all has been tried
    @Override
    public void close() {
        IllegalStateException collected = new IllegalStateException();
        closeAfter(collected);
        Throwable[] failures = collected.getSuppressed();
        if (failures.length > 0) {
            throw new IllegalStateException(
                    Stream.of(failures).map(Throwable::toString).collect(Collectors.joining("; ")),
                    failures[0]);
        }
    }
}
