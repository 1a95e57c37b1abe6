package dev.sluice.health;

import dev.sluice.health.PoolSettings.Server;
import dev.sluice.health.pool.CheckState;
import dev.sluice.health.pool.Load;
import dev.sluice.health.pool.Note;
import dev.sluice.health.pool.Pool;
import dev.sluice.health.probe.Finding;
import dev.sluice.script.Script;
import dev.sluice.script.ScriptQueue;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// All checks, and the pools that they are about.
///
/// ```
///  RunningCheck (a virtual thread) ──Finding──► CheckState ──changed──► Pool ──► HealthListener
///   waits, asks a Probe                          up or down?            notes ──► log, scripts
/// ```
///
/// One lock around everything but the attempts: what is done under it takes microseconds, or, when
/// the table changes, what a publication takes.
public final class Health implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Health.class);

    /// Attempts at the same time. Each holds a descriptor; more than this means that most of the
    /// servers do not answer, and then the next attempts may be late.
    private static final int MAX_ATTEMPTS = 8_192;

    /// For each pool.
    private static final int MAX_WAITING_SCRIPTS = 1_000;

    /// How long the last scripts may take when everything stops.
    private static final long LAST_SCRIPTS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final HealthListener listener;
    private final Semaphore room = new Semaphore(MAX_ATTEMPTS);
    private final Lateness lateness = new Lateness();
    private final Map<String, ScriptQueue> queues = new HashMap<>();
    private Map<String, RunningPool> pools = new LinkedHashMap<>();
    private boolean isClosed;

    public Health(HealthListener listener) {
        this.listener = listener;
    }

    /// Brings the table to what pools mean; may refuse, and then nothing has changed.
    @FunctionalInterface
    public interface Change<X extends Exception> {
        void apply(Collection<Pool> pools) throws X;
    }

    /// From now on these pools, and no others. What is the same as before goes on as it is: checks
    /// keep their state and their rhythm.
    ///
    /// @param table carries the change out, before any new check runs
    public synchronized <X extends Exception> void replace(
            List<PoolSettings> settings, Change<X> table) throws X {
        Map<String, RunningPool> next = next(settings);
        table.apply(next.values().stream().map(RunningPool::pool).toList());
        Map<String, RunningPool> before = pools;
        pools = next;
        next.forEach((name, pool) -> {
            RunningPool old = before.get(name);
            if (pool == old) {
                return;
            }
            pool.start();
            if (old != null) {
                sayWhoIsGone(old, pool);
            }
            sayWhatStarts(pool, old);
            pool.firstNotes().forEach(note -> tell(pool, note));
        });
        before.forEach((name, pool) -> {
            if (next.get(name) == pool) {
                return;
            }
            pool.stop();
            if (!next.containsKey(name)) {
                LOG.info("Removing Virtual Server {}", name);
                pool.settings().servers().forEach(server -> gone(pool, server));
            }
        });
    }

    /// Looks, under the lock, at what [#replace] would make of these settings now. Nothing changes.
    public synchronized void preview(List<PoolSettings> settings, Consumer<List<Pool>> look) {
        look.accept(next(settings).values().stream().map(RunningPool::pool).toList());
    }

    private Map<String, RunningPool> next(List<PoolSettings> settings) {
        Map<String, RunningPool> next = new LinkedHashMap<>();
        for (PoolSettings one : settings) {
            RunningPool old = pools.get(one.name());
            boolean isSame = old != null && old.settings().equals(one);
            next.put(one.name(), isSame ? old : new RunningPool(this, one, old));
        }
        return next;
    }

    private void sayWhatStarts(RunningPool pool, @Nullable RunningPool old) {
        List<Server> servers = pool.settings().servers();
        for (int i = 0; i < servers.size(); i++) {
            Server server = servers.get(i);
            if (old != null && old.find(server.name()) >= 0) {
                continue;
            }
            server.checks()
                    .forEach(_ ->
                            LOG.info(
                                    "Activating healthchecker for service {} for VS {}",
                                    server.name(),
                                    pool.settings().name()));
            if (pool.settings().notifiesAtStart()) {
                run(pool, pool.pool().isAlive(i) ? server.up() : server.down());
            }
        }
    }

    private void sayWhoIsGone(RunningPool old, RunningPool pool) {
        for (Server server : old.settings().servers()) {
            if (pool.find(server.name()) < 0) {
                LOG.info("service {} no longer exist", server.name());
                gone(old, server);
            }
        }
    }

    private void gone(RunningPool pool, Server server) {
        LOG.info("Removing service {} from VS {}", server.name(), pool.settings().name());
        run(pool, server.down());
    }

    // What checks do.

    void admit() throws InterruptedException {
        room.acquire();
    }

    void release() {
        room.release();
    }

    public Lateness lateness() {
        return lateness;
    }

    synchronized boolean isPaused(RunningCheck check) {
        return check.pool.isPaused();
    }

    /// Takes what an attempt found.
    ///
    /// @return how long to wait for the next attempt
    synchronized long found(RunningCheck check, Finding finding, long latencyNanos) {
        RunningPool pool = check.pool;
        if (isClosed || pools.get(pool.settings().name()) != pool) {
            return check.check().timing().intervalNanos();
        }
        Load before = check.load();
        CheckState.Next next = check.learn(finding, latencyNanos);
        PoolSettings.Wording wording = check.check().wording();
        switch (next.change()) {
            case UP -> LOG.info("{}", wording.up(finding.reason()));
            case DOWN -> LOG.info("{}", wording.down(finding.reason()));
            case NONE -> {
                if (!finding.passed() && check.check().timing().logsAllFailures()) {
                    LOG.info(
                            "{} on service {} for VS {} failed: {}",
                            check.check().kind(),
                            pool.settings().servers().get(check.member).name(),
                            pool.settings().name(),
                            finding.reason());
                }
            }
        }
        if (next.change() != CheckState.Change.NONE || !check.load().equals(before)) {
            List<Note> notes =
                    pool.pool().found(check.member, check.index, next.state().isUp(), check.load());
            if (!notes.isEmpty()) {
                listener.changed(pool.settings().name(), pool.pool());
                notes.forEach(note -> tell(pool, note));
            }
        }
        return next.delayNanos();
    }

    private void tell(RunningPool pool, Note note) {
        PoolSettings settings = pool.settings();
        switch (note) {
            case Note.Say(String line) -> LOG.info("{}", line);
            case Note.Server(int member, boolean isUp) -> {
                Server server = settings.servers().get(member);
                run(pool, isUp ? server.up() : server.down());
                listener.event(
                        "RS " + server.name() + " " + settings.name() + (isUp ? " UP" : " DOWN"));
            }
            case Note.Quorum(boolean isHeld) -> {
                run(pool, isHeld ? settings.quorumUp() : settings.quorumDown());
                listener.event("VS " + settings.name() + (isHeld ? " UP" : " DOWN"));
            }
        }
    }

    private void run(RunningPool pool, @Nullable Script script) {
        if (script != null) {
            queues.computeIfAbsent(pool.settings().name(), Health::newQueue).run(script, List.of());
        }
    }

    private static ScriptQueue newQueue(String pool) {
        return new ScriptQueue(
                pool, Thread.ofVirtual().name("notify " + pool).factory(), MAX_WAITING_SCRIPTS);
    }

    /// Suspends the checks of a pool, or lets them go on; its servers keep their state.
    public synchronized void pause(String name, boolean pause) {
        RunningPool pool = pools.get(name);
        if (pool == null || pool.isPaused() == pause) {
            return;
        }
        pool.pause(pause);
        for (Server server : pool.settings().servers()) {
            server.checks()
                    .forEach(_ ->
                            LOG.info(
                                    "{} healthchecker for service {} for VS {}",
                                    pause ? "Deactivating" : "Activating",
                                    server.name(),
                                    name));
        }
    }

    /// Has the listener look at all pools again: something else than their health has changed.
    ///
    /// @param change done under the same lock before
    public synchronized void refresh(Runnable change) {
        change.run();
        pools.forEach((name, pool) -> listener.changed(name, pool.pool()));
    }

    /// All pools as they are now.
    public synchronized List<PoolReport> report() {
        List<PoolReport> reports = new ArrayList<>();
        pools.values().forEach(pool -> reports.add(pool.report()));
        return reports;
    }

    /// Ends all checks; pools that want it run their last scripts.
    @Override
    public void close() {
        List<ScriptQueue> last;
        synchronized (this) {
            isClosed = true;
            for (RunningPool pool : pools.values()) {
                pool.stop();
                sayGoodbye(pool);
            }
            last = List.copyOf(queues.values());
        }
        long deadline = System.nanoTime() + LAST_SCRIPTS_NANOS;
        last.forEach(queue -> queue.finish(Math.max(0, deadline - System.nanoTime())));
    }

    private void sayGoodbye(RunningPool pool) {
        List<Server> servers = pool.settings().servers();
        for (int i = 0; i < servers.size(); i++) {
            if (!pool.pool().isAlive(i)) {
                continue;
            }
            LOG.info(
                    "Shutting down service {} from VS {}",
                    servers.get(i).name(),
                    pool.settings().name());
            if (pool.settings().notifiesAtStop()) {
                run(pool, servers.get(i).down());
            }
        }
        if (pool.settings().notifiesAtStop() && pool.pool().hasQuorum()) {
            run(pool, pool.settings().quorumDown());
        }
    }
}
