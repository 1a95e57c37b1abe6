package dev.sluice.worker;

import dev.sluice.director.service.Configuration;
import dev.sluice.net.packet.Waiter;

import java.util.function.Consumer;

/// The thread of one [Worker]: polls while there is work, looks on for a while ([BusyPoll]), then
/// sleeps until a frame, a message or a deadline comes.
final class WorkerThread {

    /// Sleeps no longer than this: the gate takes a worker for dead after two seconds.
    private static final long MAXIMUM_SLEEP_NANOS = 100_000_000L;

    private final Worker worker;
    private final Waiter waiter;
    private final BusyPoll busyPoll;
    private final Standing standing;
    private final Thread thread;
    private volatile boolean stopped;

    /// @param failed told about a broken invariant, after which the worker does nothing more
    WorkerThread(
            Worker worker,
            Waiter waiter,
            BusyPoll busyPoll,
            Priority priority,
            Consumer<Throwable> failed) {
        this.worker = worker;
        this.waiter = waiter;
        this.busyPoll = busyPoll;
        this.standing = new Standing(priority);
        thread = Thread.ofPlatform().name("worker-" + worker.index()).unstarted(() -> run(failed));
    }

    void start() {
        thread.start();
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    Worker worker() {
        return worker;
    }

    /// Any thread: how it stands among whoever else wants its processor.
    Standing standing() {
        return standing;
    }

    Watchdog.Watched watched() {
        return new Watchdog.Watched(worker.rounds(), standing);
    }

    void publish(Configuration configuration) {
        worker.publish(configuration);
        waiter.wake();
    }

    boolean post(Mailbox.Task task) {
        boolean taken = worker.mailbox().post(task);
        waiter.wake();
        return taken;
    }

    /// Something was put into one of the worker's hand-over queues.
    void wake() {
        waiter.wake();
    }

    void stop() {
        stopped = true;
        waiter.wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Consumer<Throwable> failed) {
        try {
            standing.take(System.nanoTime());
            while (!stopped) {
                long nowNanos = System.nanoTime();
                standing.keepTo(nowNanos);
                if (worker.poll(nowNanos) == 0) {
                    idle(nowNanos);
                }
            }
        } catch (Throwable broken) {
            failed.accept(broken); // before anything else, which may fail as well
        }
    }

    private void idle(long sinceNanos) {
        // A real-time thread that looks on keeps ordinary ones from running, and one that sleeps
        // is awake at once.
        if (standing.isRealTime() || !comesSoon(sinceNanos)) {
            sleep();
        }
        busyPoll.waited(System.nanoTime() - sinceNanos);
    }

    /// Looks for work as long as that pays.
    ///
    /// @return false when there was none
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield; it is courtesy
    private boolean comesSoon(long sinceNanos) {
        long untilNanos = sinceNanos + busyPoll.nanos(sinceNanos);
        long nowNanos = sinceNanos;
        boolean alone = true;
        while (alone && untilNanos - nowNanos > 0 && !stopped) {
            Thread.yield();
            long backNanos = System.nanoTime();
            alone = busyPoll.yielded(backNanos - nowNanos, backNanos);
            nowNanos = backNanos;
            if (worker.poll(nowNanos) != 0) {
                return true;
            }
        }
        return false;
    }

    private void sleep() {
        waiter.prepare();
        long nowNanos = System.nanoTime();
        if (worker.poll(nowNanos) != 0 || stopped) {
            waiter.cancel();
            return;
        }
        long untilDeadline = worker.nextDeadlineNanos(nowNanos) - nowNanos;
        waiter.await(Math.max(0, Math.min(MAXIMUM_SLEEP_NANOS, untilDeadline)));
        if (standing.isRealTime()) {
            long wokenNanos = System.nanoTime();
            standing.slept(wokenNanos - nowNanos, wokenNanos);
        }
    }
}
