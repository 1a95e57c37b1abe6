package dev.sluice.router;

import dev.sluice.net.linux.Alarm;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.RealTime;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;

/// The platform thread of the virtual routers of one network namespace: it has nothing else to do,
/// because a late advertisement makes two active routers.
///
/// Everything belongs to the thread's [VrrpWorker]; others leave tasks in its box.
public final class VrrpLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(VrrpLoop.class);

    /// The least there is: before every ordinary thread, and behind all that mean it.
    private static final int REAL_TIME_PRIORITY = 1;

    private final VrrpSettings settings;
    private final Consumer<Throwable> failed;
    private final StateListener states;
    private final Queue<Consumer<VrrpWorker>> box = new ConcurrentLinkedQueue<>();
    private final Alarm alarm = new Alarm();
    private final CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean stopped;

    private VrrpLoop(VrrpSettings settings, StateListener states, Consumer<Throwable> failed) {
        this.settings = settings;
        this.states = states;
        this.failed = failed;
        thread = Thread.ofPlatform().name("vrrp").unstarted(this::run);
    }

    /// Starts the virtual routers in the calling thread's network namespace.
    ///
    /// @param states told of each change on the thread that must never wait: not to linger
    /// @param failed told about a broken invariant, after which nobody is active here any more
    /// @throws LinuxException when something cannot be opened
    /// @throws IllegalArgumentException when the settings contradict each other
    public static VrrpLoop start(
            VrrpSettings settings, StateListener states, Consumer<Throwable> failed) {
        VrrpLoop loop = new VrrpLoop(settings, states, failed);
        loop.thread.start();
        try {
            loop.opened.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        return loop;
    }

    /// Any thread: the routers as they are now; none when the loop has ended.
    public List<RouterStatus> status() {
        return ask(VrrpWorker::status, List.of());
    }

    /// Any thread: by how much the thread was late at worst.
    public long longestLateNanos() {
        return ask(VrrpWorker::longestLateNanos, 0L);
    }

    /// Any thread: has all active routers tell ARP and neighbour caches again.
    public void announce() {
        post(VrrpWorker::announce);
    }

    private <T> T ask(Function<VrrpWorker, T> question, T otherwise) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        post(worker -> answer.complete(question.apply(worker)));
        if (!thread.isAlive()) {
            return answer.getNow(otherwise);
        }
        return answer.join();
    }

    private void post(Consumer<VrrpWorker> task) {
        box.add(task);
        alarm.ring();
    }

    private void run() {
        try (VrrpWorker worker = open()) {
            opened.complete(null);
            worker.start();
            while (!stopped) {
                worker.round(alarm, this::empty);
            }
            worker.stop();
            empty(worker);
        } catch (Throwable broken) {
            if (!opened.completeExceptionally(broken)) {
                LOG.error("vrrp stops: a broken invariant", broken);
                failed.accept(broken);
            }
        }
    }

    private VrrpWorker open() {
        // A round takes microseconds, and an advertisement that waits for other threads makes two
        // active routers.
        if (!RealTime.set(REAL_TIME_PRIORITY)) {
            LOG.debug("vrrp is an ordinary thread; CAP_SYS_NICE would make it a real-time one");
        }
        return new VrrpWorker(
                settings,
                alarm,
                states,
                (tracker, value) -> post(worker -> worker.tracked(tracker, value)));
    }

    private void empty(VrrpWorker worker) {
        Consumer<VrrpWorker> task = box.poll();
        while (task != null) {
            task.accept(worker);
            task = box.poll();
        }
    }

    /// Gives everything up: the others hear it, the addresses go, the last scripts run.
    @Override
    public void close() {
        stopped = true;
        alarm.ring();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
