package dev.sluice.router;

import dev.sluice.net.linux.Fifo;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.script.Script;
import dev.sluice.script.ScriptSecurity;
import dev.sluice.vrrp.State;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Tells scripts and FIFOs what became of virtual routers and groups, with keepalived's arguments
/// and lines.
///
/// The scripts of one router run one after the other, in the order of the changes: two that are
/// about the same addresses at the same time would undo each other's work. keepalived starts them
/// all at once.
public final class Notifier implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

    /// A script that takes longer would hold up all later ones.
    private static final long SCRIPT_MILLIS = 60_000;

    /// How long the last scripts may take when everything stops.
    private static final long LAST_SCRIPTS_MILLIS = 10_000;

    private final Map<String, ExecutorService> queues = new HashMap<>();
    private final List<Fifo> fifos = new ArrayList<>();
    private final Set<Script> disabled = new HashSet<>();
    private final boolean refusesUnsafe;

    Notifier(VrrpSettings settings) {
        refusesUnsafe = settings.refusesUnsafeScripts();
        settings.fifos().forEach(path -> fifos.add(new Fifo(path)));
        settings.instances().forEach(instance -> examine(instance.scripts()));
        settings.groups().forEach(group -> examine(group.scripts()));
    }

    /// Whether a script may be run; says why not.
    public static boolean isAllowed(Script script, boolean refusesUnsafe) {
        boolean byRoot =
                Kernel.geteuid() == 0 && (script.user() == null || script.user().equals("root"));
        return ScriptSecurity.complaint(script, byRoot)
                .map(complaint -> {
                    boolean refused = refusesUnsafe || !complaint.isUnsafe();
                    LOG.warn("{}{}", complaint.text(), refused ? " - disabling." : ".");
                    return !refused;
                })
                .orElse(true);
    }

    private void examine(Notify scripts) {
        for (Script script : scripts.all()) {
            if (!isAllowed(script, refusesUnsafe)) {
                disabled.add(script);
            }
        }
    }

    void instanceEntered(Instance instance, State.Name state, int priority) {
        write("INSTANCE \"" + instance.name() + "\" " + state + " " + priority);
        changed("INSTANCE", instance.name(), instance.scripts(), state, priority);
    }

    void groupEntered(RouterGroup group, State.Name state) {
        write("GROUP \"" + group.name() + "\" " + state + " 0");
        changed("GROUP", group.name(), group.scripts(), state, 0);
    }

    void lowerHeard(Instance instance, int priority) {
        write("INSTANCE \"" + instance.name() + "\" MASTER_RX_LOWER_PRI " + priority);
        run(instance.name(), instance.scripts().lowerHeard(), List.of());
    }

    private void changed(String kind, String name, Notify scripts, State.Name state, int priority) {
        run(name, scripts.of(state), List.of());
        run(name, scripts.any(), List.of(kind, name, state.name(), String.valueOf(priority)));
    }

    private void run(String queue, @Nullable Script script, List<String> arguments) {
        if (script == null || disabled.contains(script)) {
            return;
        }
        queues.computeIfAbsent(queue, Notifier::newQueue)
                .execute(() -> report(script, script.run(arguments, SCRIPT_MILLIS)));
    }

    private static ExecutorService newQueue(String name) {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("notify-" + name).factory());
    }

    private static void report(Script script, Script.End end) {
        switch (end) {
            case Script.End.Exited(int status) -> {
                if (status != 0) {
                    LOG.warn("script `{}` exited with status {}", script, status);
                }
            }
            case Script.End.TimedOut _ ->
                    LOG.warn("script `{}` was killed after {} s", script, SCRIPT_MILLIS / 1000);
            case Script.End.NotStarted(String reason) ->
                    LOG.warn("script `{}` could not be started: {}", script, reason);
        }
    }

    private void write(String line) {
        for (Fifo fifo : fifos) {
            try {
                fifo.write(line);
            } catch (LinuxException e) {
                LOG.warn("{}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        queues.values().forEach(ExecutorService::shutdown);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LAST_SCRIPTS_MILLIS);
        for (ExecutorService queue : queues.values()) {
            try {
                if (!queue.awaitTermination(
                        Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    queue.shutdownNow();
                }
            } catch (InterruptedException e) {
                queue.shutdownNow();
                Thread.currentThread().interrupt();
            }
        }
        fifos.forEach(Fifo::close);
    }
}
