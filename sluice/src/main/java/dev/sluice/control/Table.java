package dev.sluice.control;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Timeouts;

import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The desired state that is in force. Whoever wants a change — an operator, a file, a check —
/// hands over its [Edit]s; they are carried out together, as one [Configuration] for the workers
/// and the gate.
///
/// ```
///  edits ──► DesiredState ──► Snapshots ──► publisher ──► in force
///             or refused       nothing live is touched    or everything is as it was
/// ```
///
/// One lock puts changes into an order; the publisher is called while it is held, so configurations
/// leave in that order. Who only looks takes what is in force and waits for nobody. Packets touch
/// none of it.
///
/// The cost of a change grows with the change: about five microseconds for an edit of a service
/// with ten servers, whatever else there is, and what the publisher takes for each publication.
public final class Table {

    /// How often memory is looked at, while that matters.
    private static final long MEMORY_NANOS = 1_000_000_000L;

    private static final long TRASH_SCAN_NANOS = 60_000_000_000L;

    private record State(DesiredState desired, Snapshots snapshots) {

        State with(Edit edit) throws RefusedException {
            DesiredState after = desired.with(edit);
            return new State(after, snapshots.with(edit, after));
        }

        State withFreeMemory(long pages) {
            DesiredState after = desired.withFreeMemory(pages);
            return after == desired ? this : new State(after, snapshots.with(after.policy()));
        }
    }

    private final Consumer<Configuration> publisher;
    private final LongSupplier freePages;
    private final Object lock = new Object();
    private volatile State state;

    // Of the thread that polls.
    private @Nullable Long nextTickNanos;
    private long nextTrashScanNanos;

    /// @param workers how many lanes each tally gets
    /// @param publisher takes each new configuration, in order; when it throws, the change has not
    ///   happened
    public Table(Capabilities capabilities, int workers, Consumer<Configuration> publisher) {
        this(capabilities, workers, publisher, () -> Long.MAX_VALUE);
    }

    /// @param freePages how much memory is free, in pages of 4 KiB, for measures of defence
    public Table(
            Capabilities capabilities,
            int workers,
            Consumer<Configuration> publisher,
            LongSupplier freePages) {
        this.publisher = publisher;
        this.freePages = freePages;
        SecureRandom seeds = new SecureRandom();
        state =
                new State(
                        DesiredState.empty(capabilities),
                        Snapshots.empty(capabilities, workers, seeds::nextLong));
    }

    /// The newest configuration.
    public Configuration configuration() {
        return state.snapshots.configuration();
    }

    /// What is in force, to plan with.
    public DesiredState desired() {
        return state.desired;
    }

    /// What of it the director sees.
    Snapshots snapshots() {
        return state.snapshots;
    }

    /// Carries out one edit.
    ///
    /// @throws RefusedException when it is not possible
    /// @throws PublicationException when the workers or the gate cannot take it
    public void apply(Edit edit) throws RefusedException {
        apply(List.of(edit));
    }

    /// Carries out all edits as one change, or none of them: each on top of the one before, none
    /// visible without the others.
    ///
    /// @throws RefusedException about the first that is not possible
    /// @throws PublicationException when the workers or the gate cannot take them
    public void apply(List<Edit> edits) throws RefusedException {
        synchronized (lock) {
            State next = state;
            for (Edit edit : edits) {
                next = next.with(edit);
            }
            publish(suitingMemory(next));
        }
    }

    private State suitingMemory(State next) {
        return next.desired.policy().isAutomatic()
                ? next.withFreeMemory(freePages.getAsLong())
                : next;
    }

    /// Carries out edits that have nothing to do with each other as one change; those that are not
    /// possible are left out.
    ///
    /// @return what was wrong with each edit, nothing with most
    /// @throws PublicationException when the workers or the gate cannot take them; then none was
    ///   carried out
    public List<Optional<Refusal>> applyEach(List<Edit> edits) {
        List<Optional<Refusal>> refusals = new ArrayList<>(edits.size());
        synchronized (lock) {
            State next = state;
            boolean changed = false;
            for (Edit edit : edits) {
                try {
                    next = next.with(edit);
                    changed = true;
                    refusals.add(Optional.empty());
                } catch (RefusedException refused) {
                    refusals.add(Optional.of(refused.refusal()));
                }
            }
            if (changed) {
                publish(next);
            }
        }
        return refusals;
    }

    /// Counts a service and its servers from 0 again.
    ///
    /// @return false if there is no such service
    public boolean zero(ServiceKey key) {
        State now = state;
        if (now.desired.service(key) == null) {
            return false;
        }
        now.snapshots.forEach(key, Statistics::zero);
        return true;
    }

    /// Counts everything from 0 again.
    public void zeroAll() {
        state.snapshots.forEach(Statistics::zero);
    }

    public Timeouts timeouts() {
        return state.desired.timeouts();
    }

    /// All services, those at an address first, otherwise in the order in which they were added.
    public List<ServiceStatus> services() {
        State now = state;
        List<ServiceStatus> atAddress = new ArrayList<>();
        List<ServiceStatus> atMark = new ArrayList<>();
        for (DesiredService service : now.desired.services()) {
            switch (service.key()) {
                case ServiceKey.AtAddress _ -> atAddress.add(now.snapshots.status(service));
                case ServiceKey.AtMark _ -> atMark.add(now.snapshots.status(service));
            }
        }
        atAddress.addAll(atMark);
        return atAddress;
    }

    /// One service, or nothing if it is not there.
    public Optional<ServiceStatus> service(ServiceKey key) {
        State now = state;
        return Optional.ofNullable(now.desired.service(key)).map(now.snapshots::status);
    }

    /// Does what time asks for: rates and schedulers every two seconds, the trash every minute,
    /// free memory, where measures of defence depend on it, every second. To be called at
    /// [#nextDeadlineNanos], or any time, by one thread.
    public void poll(long nowNanos) {
        if (state.desired.policy().isAutomatic()) {
            lookAtMemory();
        }
        if (nextTickNanos == null) {
            nextTickNanos = nowNanos + RateEstimator.TICK_NANOS;
            nextTrashScanNanos = nowNanos + TRASH_SCAN_NANOS;
        }
        if (nowNanos - nextTickNanos >= 0) {
            Policy policy = state.desired.policy();
            if (policy.isOn(Setting.RUN_ESTIMATION)) {
                state.snapshots.forEach(Statistics::tick);
            }
            configuration().services().forEach(it -> it.scheduler().poll(nowNanos, policy));
            nextTickNanos += RateEstimator.TICK_NANOS;
            if (nowNanos - nextTickNanos >= 0) {
                // Late by a whole tick: one tick less is better than a burst of empty ones.
                nextTickNanos = nowNanos + RateEstimator.TICK_NANOS;
            }
        }
        if (nowNanos - nextTrashScanNanos >= 0) {
            nextTrashScanNanos = nowNanos + TRASH_SCAN_NANOS;
            synchronized (lock) {
                State next = new State(state.desired, state.snapshots.withoutIdle(nowNanos));
                if (next.snapshots.configuration() == configuration()) {
                    state = next;
                } else {
                    publish(next);
                }
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // the same state: nothing to publish
    private void lookAtMemory() {
        synchronized (lock) {
            State suited = suitingMemory(state);
            if (suited != state) {
                publish(suited);
            }
        }
    }

    /// When [#poll] has something to do next.
    public long nextDeadlineNanos(long nowNanos) {
        if (nextTickNanos == null) {
            return nowNanos;
        }
        long inASecond = nowNanos + MEMORY_NANOS;
        boolean sooner = state.desired.policy().isAutomatic() && inASecond - nextTickNanos < 0;
        return sooner ? inASecond : nextTickNanos;
    }

    private void publish(State next) {
        Configuration before = state.snapshots.configuration();
        Configuration newest = next.snapshots.configuration();
        try {
            publisher.accept(newest);
        } catch (RuntimeException e) {
            throw new PublicationException(e);
        }
        state = next;
        Configuration.changedServices(
                before,
                newest,
                (_, _, service) -> {
                    if (service != null) {
                        service.pick().published();
                    }
                });
    }
}
