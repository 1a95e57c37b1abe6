package dev.sluice.worker;

import dev.sluice.director.ConnectionEntry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A worker's connections on their way to somebody who asked: the worker gathers a slice between
/// two bursts, the asker takes one after another. An empty slice is the end.
final class ConnectionListing implements Mailbox.Task {

    /// Connections that a worker shows between two bursts.
    private static final int SLICE = 512;

    private final BlockingQueue<List<ConnectionEntry>> slices = new ArrayBlockingQueue<>(4);
    private int cursor;
    private volatile boolean abandoned;

    private ConnectionListing() {}

    /// Shows the connections of a worker on the caller's thread.
    ///
    /// @param visitor says whether to go on
    /// @return false when the caller had seen enough, or was interrupted before the end
    static boolean show(WorkerThread worker, Predicate<ConnectionEntry> visitor) {
        ConnectionListing listing = new ConnectionListing();
        if (!worker.post(listing)) {
            throw new IllegalStateException(
                    "worker " + worker.worker().index() + " has too many questions waiting");
        }
        try {
            for (List<ConnectionEntry> slice = listing.next(worker);
                    !slice.isEmpty();
                    slice = listing.next(worker)) {
                for (ConnectionEntry connection : slice) {
                    if (!visitor.test(connection)) {
                        listing.abandoned = true;
                        worker.wake();
                        return false;
                    }
                }
                worker.wake();
            }
            return true;
        } catch (InterruptedException e) {
            listing.abandoned = true;
            Thread.currentThread().interrupt();
            return false;
        } catch (RuntimeException e) {
            listing.abandoned = true;
            throw e;
        }
    }

    /// Waits for the next slice as long as somebody can deliver it.
    private List<ConnectionEntry> next(WorkerThread worker) throws InterruptedException {
        while (true) {
            List<ConnectionEntry> slice = slices.poll(1, TimeUnit.SECONDS);
            if (slice != null) {
                return slice;
            }
            if (!worker.isAlive()) {
                throw new IllegalStateException(
                        "worker " + worker.worker().index() + " has stopped");
            }
        }
    }

    @Override
    public Mailbox.Progress advance(Worker worker, long nowNanos) {
        if (abandoned) {
            return Mailbox.Progress.DONE;
        }
        if (slices.remainingCapacity() == 0) {
            return Mailbox.Progress.WAITING; // the asker is slower than we are
        }
        if (cursor < 0) {
            slices.add(List.of());
            return Mailbox.Progress.DONE;
        }
        List<ConnectionEntry> slice = new ArrayList<>();
        cursor = worker.director().list(cursor, SLICE, nowNanos, slice::add);
        if (!slice.isEmpty()) {
            slices.add(slice);
        }
        return Mailbox.Progress.MORE;
    }
}
