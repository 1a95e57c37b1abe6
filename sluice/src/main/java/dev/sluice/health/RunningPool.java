package dev.sluice.health;

import dev.sluice.health.PoolSettings.Check;
import dev.sluice.health.PoolSettings.Server;
import dev.sluice.health.pool.CheckState;
import dev.sluice.health.pool.Note;
import dev.sluice.health.pool.Pool;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// A pool with its checks. Everything here happens under the lock of [Health].
final class RunningPool {

    private final PoolSettings settings;
    private final Pool pool;
    private final List<List<RunningCheck>> checks = new ArrayList<>();
    private final List<RunningCheck> fresh = new ArrayList<>();
    private final List<Note> firstNotes = new ArrayList<>();
    private boolean isPaused;

    /// @param before the pool of that name until now; null: there was none. What is the same in
    ///   both goes on; a server that was down stays down until its new checks have passed
    RunningPool(Health health, PoolSettings settings, @Nullable RunningPool before) {
        this.settings = settings;
        pool = new Pool(settings.rules());
        for (int member = 0; member < settings.servers().size(); member++) {
            Server server = settings.servers().get(member);
            int old = before == null ? -1 : before.find(server.name());
            List<RunningCheck> list = new ArrayList<>();
            checks.add(list);
            for (int index = 0; index < server.checks().size(); index++) {
                Check check = server.checks().get(index);
                RunningCheck known =
                        before == null || old < 0 ? null : before.find(old, check, list);
                if (known != null) {
                    list.add(known);
                    pool.resume(member, index, known.state().isUp(), known.load());
                    continue;
                }
                CheckState first = first(check, before, old);
                pool.resume(member, index, first.isUp(), pool.load(member, index));
                RunningCheck added = new RunningCheck(health, this, member, index, check, first);
                list.add(added);
                fresh.add(added);
            }
        }
        if (before == null) {
            firstNotes.addAll(pool.started());
        } else {
            isPaused = before.isPaused;
            firstNotes.addAll(pool.resumeQuorum(before.pool.hasQuorum()));
        }
    }

    private static CheckState first(Check check, @Nullable RunningPool before, int old) {
        if (before == null || old < 0) {
            return CheckState.first(check.timing());
        }
        return before.pool.isAlive(old)
                ? new CheckState(true, false, 0, 0, false)
                : CheckState.unproven();
    }

    PoolSettings settings() {
        return settings;
    }

    Pool pool() {
        return pool;
    }

    boolean isPaused() {
        return isPaused;
    }

    void pause(boolean pause) {
        isPaused = pause;
    }

    /// What is to be said once it is in force.
    List<Note> firstNotes() {
        return firstNotes;
    }

    /// Takes over the checks that go on, and starts the others.
    void start() {
        for (int member = 0; member < checks.size(); member++) {
            for (int index = 0; index < checks.get(member).size(); index++) {
                RunningCheck check = checks.get(member).get(index);
                check.pool = this;
                check.member = member;
                check.index = index;
            }
        }
        fresh.forEach(RunningCheck::start);
    }

    /// Ends those that have not moved elsewhere.
    void stop() {
        for (List<RunningCheck> list : checks) {
            for (RunningCheck check : list) {
                if (check.pool == this) {
                    check.stop();
                }
            }
        }
    }

    int find(String name) {
        for (int i = 0; i < settings.servers().size(); i++) {
            if (settings.servers().get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private @Nullable RunningCheck find(int member, Check check, List<RunningCheck> taken) {
        for (RunningCheck one : checks.get(member)) {
            if (one.check().equals(check) && !taken.contains(one)) {
                return one;
            }
        }
        return null;
    }

    PoolReport report() {
        List<PoolReport.ServerReport> servers = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            Server server = settings.servers().get(i);
            servers.add(
                    new PoolReport.ServerReport(
                            server.name(),
                            pool.isAlive(i),
                            server.weight(),
                            pool.weight(i),
                            checks.get(i).stream().map(RunningCheck::report).toList()));
        }
        return new PoolReport(
                settings.name(),
                pool.hasQuorum(),
                pool.sum(),
                settings.quorum(),
                settings.hysteresis(),
                settings.sorryServer() != null && !pool.hasQuorum(),
                servers);
    }
}
