package dev.sluice.worker;

import java.util.ArrayDeque;

/// What others ask of a worker. A task runs on the worker's thread between two bursts, in slices,
/// so that no question holds up packets. Tasks take turns, so that a long or slow one does not hold
/// up the others; those of one slice keep their order. Any thread may post; a full box, those that
/// have begun included, refuses.
public final class Mailbox {

    /// How far a task came.
    public enum Progress {
        DONE,
        /// There is more to do after the next burst.
        MORE,
        /// It can only go on when somebody else has done something, and then wakes the worker.
        WAITING
    }

    /// Something to do with what only the worker may touch.
    @FunctionalInterface
    public interface Task {

        /// Does one bounded slice of the work.
        Progress advance(Worker worker, long nowNanos);
    }

    private static final int CAPACITY = 1024;

    /// Slices between two bursts; what is left has its turn after the next.
    private static final int SLICES_PER_ROUND = 64;

    private final ArrayDeque<Task> tasks = new ArrayDeque<>();

    /// Tasks that are not done, the one that runs included; lets the worker look without taking the
    /// lock. Written under it.
    private volatile int waiting;

    /// Puts a task into the box.
    ///
    /// @return false when the box is full
    public boolean post(Task task) {
        synchronized (tasks) {
            if (waiting >= CAPACITY) {
                return false;
            }
            waiting++;
            tasks.addLast(task);
            return true;
        }
    }

    /// The worker's thread: gives each task its turn, up to a bound.
    ///
    /// @return 0 when nobody is left who could go on
    int advance(Worker worker, long nowNanos) {
        int before = waiting;
        int work = Math.max(0, before - SLICES_PER_ROUND);
        for (int left = Math.min(before, SLICES_PER_ROUND); left > 0; left--) {
            Task task = take();
            Progress progress = task.advance(worker, nowNanos);
            if (progress == Progress.DONE) {
                finished();
            } else {
                rejoin(task);
            }
            if (progress != Progress.WAITING) {
                work++;
            }
        }
        return work;
    }

    private Task take() {
        synchronized (tasks) {
            return tasks.removeFirst();
        }
    }

    private void rejoin(Task task) {
        synchronized (tasks) {
            tasks.addLast(task);
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // all writers hold the lock
    private void finished() {
        synchronized (tasks) {
            waiting--;
        }
    }
}
