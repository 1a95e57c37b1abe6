package dev.sluice.worker;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/// What others ask of a worker. A task runs on the worker's thread between two bursts, in slices,
/// so that no question holds up packets. Tasks take turns, so that a long or slow one does not hold
/// up the others; those of one slice keep their order. Any thread may post; a full box refuses.
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

    private final ArrayDeque<Task> tasks = new ArrayDeque<>();

    /// Lets the worker look without taking the lock.
    private volatile int waiting;

    /// Puts a task into the box.
    ///
    /// @return false when the box is full
    public boolean post(Task task) {
        synchronized (tasks) {
            if (tasks.size() >= CAPACITY) {
                return false;
            }
            tasks.addLast(task);
            waiting = tasks.size();
            return true;
        }
    }

    @Nullable Task poll() {
        if (waiting == 0) {
            return null;
        }
        synchronized (tasks) {
            Task task = tasks.pollFirst();
            waiting = tasks.size();
            return task;
        }
    }
}
