package dev.sluice.router;

import dev.sluice.net.linux.Fifo;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.script.Script;
import dev.sluice.script.ScriptQueue;
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
import java.util.concurrent.TimeUnit;

/// Tells scripts and FIFOs what became of virtual routers and groups, with keepalived's arguments
/// and lines.
///
/// The scripts of one router run one after the other, in the order of the changes: two that are
/// about the same addresses at the same time would undo each other's work. keepalived starts them
/// all at once.
final class Notifier implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

    /// How long the last scripts may take when everything stops.
    private static final long LAST_SCRIPTS_MILLIS = 10_000;

    private final Map<String, ScriptQueue> queues = new HashMap<>();
    private final List<Fifo> fifos = new ArrayList<>();
    private final Set<Script> disabled = new HashSet<>();
    private final boolean refusesUnsafe;

    Notifier(VrrpSettings settings) {
        refusesUnsafe = settings.refusesUnsafeScripts();
        settings.fifos().forEach(path -> fifos.add(new Fifo(path)));
        settings.instances().forEach(instance -> examine(instance.scripts()));
        settings.groups().forEach(group -> examine(group.scripts()));
    }

    private void examine(Notify scripts) {
        for (Script script : scripts.all()) {
            if (!ScriptSecurity.isAllowed(script, Kernel.geteuid() == 0, refusesUnsafe)) {
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
        queues.computeIfAbsent(queue, Notifier::newQueue).run(script, arguments);
    }

    /// On threads that begin in the routers' network namespace.
    private static ScriptQueue newQueue(String name) {
        return new ScriptQueue(
                name,
                Thread.ofPlatform().daemon().name("notify-" + name).factory(),
                Integer.MAX_VALUE);
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
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LAST_SCRIPTS_MILLIS);
        queues.values().forEach(queue -> queue.finish(Math.max(0, deadline - System.nanoTime())));
        fifos.forEach(Fifo::close);
    }
}
