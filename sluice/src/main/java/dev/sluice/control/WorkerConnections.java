package dev.sluice.control;

import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.Director;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The connections of all workers, one worker after the other. A worker is sent a [Listing], which
/// it advances between two bursts, a slice at a time; it never waits for whoever reads.
public final class WorkerConnections implements ConnectionSource {

    private final List<Predicate<Listing>> mailboxes;
    private final long patienceNanos;

    /// @param mailboxes for each worker what takes a listing to it, and says false when it is full
    /// @param patienceNanos how long a worker may leave a listing alone
    public WorkerConnections(List<Predicate<Listing>> mailboxes, long patienceNanos) {
        this.mailboxes = List.copyOf(mailboxes);
        this.patienceNanos = patienceNanos;
    }

    /// @throws IllegalStateException when a worker does not answer
    @Override
    public void forEach(Consumer<ConnectionEntry> consumer) {
        for (int worker = 0; worker < mailboxes.size(); worker++) {
            Listing listing = new Listing(worker);
            if (!mailboxes.get(worker).test(listing)) {
                throw new IllegalStateException("worker " + worker + " has too much to do");
            }
            try {
                listing.read(consumer, patienceNanos);
            } finally {
                listing.cancel();
            }
        }
    }

    /// The way of one worker's connections to a reader: the worker advances it, the reader takes
    /// what is there.
    public static final class Listing {

        /// Records looked at in one slice: some microseconds.
        private static final int SLICE = 256;

        private static final int SLICES_WAITING = 64;
        private static final List<ConnectionEntry> END = List.of();

        private final int worker;
        private final BlockingQueue<List<ConnectionEntry>> slices =
                new ArrayBlockingQueue<>(SLICES_WAITING);

        /// The worker's own.
        private int cursor;

        private volatile boolean cancelled;

        private Listing(int worker) {
            this.worker = worker;
        }

        /// Does one slice; called by the worker, with its own director.
        ///
        /// @return true when done; false to be called again after the next burst
        public boolean advance(Director director, long nowNanos) {
            if (cancelled) {
                return true;
            }
            if (slices.remainingCapacity() < 2) {
                return false; // The reader is slower than we are.
            }
            List<ConnectionEntry> slice = new ArrayList<>();
            cursor = director.list(cursor, SLICE, nowNanos, slice::add);
            if (!slice.isEmpty()) {
                slices.add(slice);
            }
            if (cursor < 0) {
                slices.add(END);
            }
            return cursor < 0;
        }

        private void read(Consumer<ConnectionEntry> consumer, long patienceNanos) {
            while (true) {
                List<ConnectionEntry> slice = next(patienceNanos);
                if (slice == null) {
                    throw new IllegalStateException("worker " + worker + " does not answer");
                }
                if (slice.isEmpty()) {
                    return;
                }
                slice.forEach(consumer);
            }
        }

        private @Nullable List<ConnectionEntry> next(long patienceNanos) {
            try {
                return slices.poll(patienceNanos, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }

        private void cancel() {
            cancelled = true;
        }
    }
}
