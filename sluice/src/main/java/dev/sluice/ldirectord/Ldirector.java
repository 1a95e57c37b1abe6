package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.control.DesiredState;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.PublicationException;
import dev.sluice.control.Refusal;
import dev.sluice.control.Table;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.script.Script;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A running ldirectord.cf.
///
/// One [Lane] goes round all services, or one round each with `fork = yes`. What it finds out comes
/// here, one at a time, and becomes edits of the table. A reload takes what is known of servers
/// along: those that stay are not put down.
///
/// Thread-safe: one lock orders what lanes find and reloads; it is held for the edits, never for a
/// check.
public final class Ldirector implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Ldirector.class);
    private static final long COMMAND_MILLIS = 60_000;

    private final Table table;
    private final Supplier<Optional<LdirectorSettings>> reader;
    private final String file;
    private final Asking asking = new Asking();
    private final Consumer<Throwable> failure;
    private final WatchedFile watched;

    private LdirectorSettings settings;
    private List<ServiceState> states = new ArrayList<>();
    private List<Lane> lanes = new ArrayList<>();
    private boolean isClosed;

    private Ldirector(
            String file,
            LdirectorSettings settings,
            Supplier<Optional<LdirectorSettings>> reader,
            Table table,
            Consumer<Throwable> failure) {
        this.file = file;
        this.settings = settings;
        this.reader = reader;
        this.table = table;
        this.failure = failure;
        watched = new WatchedFile(file);
    }

    /// Puts the services into the table, and begins to check their servers.
    ///
    /// @param reader reads the file again; it has said what is wrong with one that is refused
    /// @param failure is told when something breaks that must not
    public static Ldirector start(
            String file,
            LdirectorSettings settings,
            Supplier<Optional<LdirectorSettings>> reader,
            Table table,
            Consumer<Throwable> failure) {
        Ldirector ldirector = new Ldirector(file, settings, reader, table, failure);
        ldirector.begin(settings);
        return ldirector;
    }

    private synchronized void begin(LdirectorSettings newest) {
        Map<ServiceKey, ServiceState> known = new HashMap<>();
        states.forEach(state -> known.put(Rows.key(state.service().front()), state));
        settings = newest;
        states = new ArrayList<>();
        for (Service service : newest.services()) {
            ServiceState state = new ServiceState(service);
            ServiceState before = known.remove(Rows.key(service.front()));
            if (before != null) {
                state.resume(before);
            }
            states.add(state);
            apply(Rows.all(state, table.desired()));
            if (before == null) {
                fallbackCommand(state, true);
            } else if (before.needsFallback() != state.needsFallback()) {
                fallbackCommand(state, false);
            }
        }
        for (ServiceKey gone : known.keySet()) {
            LOG.info("Purged virtual server (start): {}", gone);
            apply(List.of(new Edit.DeleteService(Origin.FILE, gone)));
        }
        lanes = new ArrayList<>();
        if (newest.checksApart()) {
            for (ServiceState state : states) {
                lanes.add(new Lane(List.of(state), state.service().interval(), this));
            }
        } else {
            lanes.add(new Lane(List.copyOf(states), newest.interval(), this));
        }
        lanes.forEach(Lane::start);
    }

    private static String name(LdirectorSettings.Real real) {
        return real.address().withPort(real.port());
    }

    Asking asking() {
        return asking;
    }

    LdirectorSettings settings() {
        return settings;
    }

    void broken(Throwable cause) {
        failure.accept(cause);
    }

    /// What a lane found out about a server.
    ///
    /// @param isMaintenance whether it is down because somebody said so
    synchronized void found(
            Lane lane,
            ServiceState state,
            int server,
            Asking.Answer answer,
            boolean isMaintenance) {
        if (!lanes.contains(lane)) {
            return; // from before a reload
        }
        boolean neededFallback = state.needsFallback();
        ServiceState.Change change =
                answer.isGood() ? state.passed(server) : state.failed(server, isMaintenance);
        Service service = state.service();
        String real = name(service.servers().get(server));
        MonitorFile.note(service, real, answer);
        switch (change) {
            case NONE -> {
                if (settings.readdsQuiescent() && !state.isUp(server)) {
                    apply(Rows.changed(state, server, true, table.desired()));
                }
                return;
            }
            case SOFT_FAILURE -> {
                LOG.info(
                        "Soft failure real server: {} ({}) failure {}/{}: {}",
                        real,
                        service.front(),
                        state.failures(server),
                        service.check().failures(),
                        answer.text());
                return;
            }
            case UP ->
                    LOG.info(
                            "{} real server: {} ({}) (Weight set to {})",
                            service.isQuiescent() ? "Restored" : "Added",
                            real,
                            service.front(),
                            service.servers().get(server).weight());
            case DOWN -> {
                if (service.isQuiescent()) {
                    LOG.warn(
                            "Quiescent real server: {} ({}) (Weight set to 0): {}",
                            real,
                            service.front(),
                            answer.text());
                } else {
                    LOG.warn(
                            "Deleted real server: {} ({}): {}",
                            real,
                            service.front(),
                            answer.text());
                }
            }
        }
        apply(Rows.changed(state, server, false, table.desired()));
        if (neededFallback != state.needsFallback()) {
            fallbackCommand(state, false);
        }
    }

    private void apply(List<Edit> edits) {
        List<Optional<Refusal>> refusals;
        try {
            refusals = table.applyEach(edits);
        } catch (PublicationException e) {
            LOG.error("the table does not follow {}: {}", file, e.getMessage());
            return;
        }
        for (int i = 0; i < edits.size(); i++) {
            if (refusals.get(i).isPresent()) {
                LOG.warn("the table refuses {}: {}", edits.get(i), refusals.get(i).get());
            }
        }
    }

    /// @param isFirst at a start, where only the presence of a fallback is news
    private void fallbackCommand(ServiceState state, boolean isFirst) {
        boolean isNeeded = state.needsFallback();
        Service service = state.service();
        if (service.fallback() != null && (!isFirst || isNeeded)) {
            LOG.info(
                    "{} fallback server: {} ({})",
                    isNeeded ? "Added" : "Deleted",
                    service.fallback().address().withPort(service.fallback().port()),
                    service.front());
        }
        if (service.fallbackCommand() == null || isFirst && !isNeeded) {
            return;
        }
        List<String> about =
                switch (service.front()) {
                    case LdirectorSettings.AtAddress at ->
                            List.of(
                                    at.address().withPort(at.port()),
                                    at.transport().name().toLowerCase(Locale.ROOT));
                    case LdirectorSettings.AtMark mark ->
                            List.of(Long.toString(mark.mark()), "fwm");
                };
        List<String> arguments = new ArrayList<>(List.of(isNeeded ? "start" : "stop"));
        arguments.addAll(about);
        run(service.fallbackCommand(), arguments);
    }

    private static void run(String command, List<String> arguments) {
        Script script = new Script(List.of(command.strip().split("\\s+", -1)), null, null);
        Thread.ofVirtual()
                .name("command")
                .start(() -> {
                    Script.End end = script.run(arguments, COMMAND_MILLIS);
                    if (!end.equals(new Script.End.Exited(0))) {
                        LOG.warn("{} {}: {}", script, arguments, end);
                    }
                });
    }

    /// Looks at the file, as each lane does before a round.
    void lookAtFile() {
        if (!watched.hasChanged()) {
            return;
        }
        if (settings.callback() != null) {
            run(settings.callback(), List.of(file));
        }
        if (!settings.isReloaded()) {
            LOG.info(
                    "Configuration file '{}' has changed on disk - ignore new configuration", file);
            return;
        }
        LOG.info("Configuration file '{}' has changed on disk - reread new configuration", file);
        Thread.ofVirtual().name("reload").start(this::reload);
    }

    /// Reads the file again. One that is refused changes nothing.
    public void reload() {
        Optional<LdirectorSettings> newest = reader.get();
        if (newest.isEmpty()) {
            LOG.warn("{} is refused; the configuration stays as it was", file);
            return;
        }
        synchronized (this) {
            if (isClosed) {
                return;
            }
            lanes.forEach(Lane::stop);
            begin(newest.get());
        }
    }

    /// Stops checking, and removes the services, but for those with `cleanstop = no`.
    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            lanes.forEach(Lane::stop);
            lanes = List.of();
            DesiredState now = table.desired();
            Set<ServiceKey> own = new HashSet<>();
            for (ServiceState state : states) {
                ServiceKey key = Rows.key(state.service().front());
                if (state.service().isRemovedAtStop() && now.service(key) != null && own.add(key)) {
                    LOG.info("Purged virtual server (stop): {}", state.service().front());
                    apply(List.of(new Edit.DeleteService(Origin.FILE, key)));
                }
            }
        }
        asking.close();
    }
}
