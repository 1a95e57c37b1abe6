package dev.sluice.worker;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/// What others ask of a worker. A task runs on the worker's thread between two bursts, in slices,
/// so that no question holds up packets. Any thread may post; a full box refuses.
public final class Mailbox {

    /// Something to do with what only the worker may touch.
    @FunctionalInterface
    public interface Task {

        /// Does one bounded slice of the work.
        ///
        /// @return true when done; false to be called again after the next burst
        boolean advance(Worker worker, long nowNanos);
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
