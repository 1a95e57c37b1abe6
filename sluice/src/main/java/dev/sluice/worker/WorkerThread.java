package dev.sluice.worker;

import dev.sluice.director.service.Configuration;
import dev.sluice.net.linux.TimeSlice;
import dev.sluice.net.packet.Waiter;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Consumer;

/// The thread of one [Worker]: polls while there is work, looks on for a while ([BusyPoll]), then
/// sleeps until a frame, a message or a deadline comes.
final class WorkerThread {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerThread.class);

    /// Sleeps no longer than this: the gate takes a worker for dead after two seconds.
    private static final long MAXIMUM_SLEEP_NANOS = 100_000_000L;

    /// The shortest there is: a packet should not wait until somebody else's slice is over, which
    /// takes milliseconds.
    private static final long SLICE_NANOS = 100_000;

    private final Worker worker;
    private final Waiter waiter;
    private final BusyPoll busyPoll;
    private final Thread thread;
    private volatile boolean stopped;

    /// @param failed told about a broken invariant, after which the worker does nothing more
    WorkerThread(Worker worker, Waiter waiter, BusyPoll busyPoll, Consumer<Throwable> failed) {
        this.worker = worker;
        this.waiter = waiter;
        this.busyPoll = busyPoll;
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
            if (!TimeSlice.set(SLICE_NANOS)) {
                LOG.debug("{} keeps the usual time slice", thread.getName());
            }
            while (!stopped) {
                long nowNanos = System.nanoTime();
                if (worker.poll(nowNanos) == 0) {
                    idle(nowNanos);
                }
            }
        } catch (Throwable broken) {
            failed.accept(broken); // before anything else, which may fail as well
        }
    }

    private void idle(long sinceNanos) {
        if (!comesSoon(sinceNanos)) {
            sleep();
        }
        busyPoll.waited(System.nanoTime() - sinceNanos);
    }

    /// Looks for work as long as that pays.
    ///
    /// @return false when there was none
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield; it is courtesy
    private boolean comesSoon(long sinceNanos) {
        long untilNanos = sinceNanos + busyPoll.nanos();
        long nowNanos = sinceNanos;
        while (untilNanos - nowNanos > 0 && !stopped) {
            Thread.yield();
            nowNanos = System.nanoTime();
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
    }
}
