package dev.sluice.diagnosis;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerLife;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

/// Watches how clients' attempts to open connections fare at each real server.
///
/// A SYN that is sent again, once, means nothing. Several of them, while no connection at all comes
/// about at that server, mean that nobody answers; a flood of forged SYNs does not look like that,
/// since nobody sends them again. Only servers with such SYNs are remembered, and as long as the
/// whole director counts no more of them, nobody else is looked at.
///
/// To be told from the start, and every few seconds: whom it does not remember had none when it
/// looked last.
public final class Openings {

    /// How long what was seen counts: clients that are still there ask again sooner.
    private static final long MEMORY_NANOS = TimeUnit.MINUTES.toNanos(2);

    /// So many SYNs sent again, at a server that never had a connection and one that had.
    private static final int ENOUGH = 2;

    private static final int ENOUGH_ONCE_ESTABLISHED = 3;

    private static final int ENOUGH_REFUSED = 2;

    /// Between two looks, failures and successes have no order; for so long none must come about.
    private static final long CONFIRMING_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// What was counted when a connection came about last, and when something failed last. Does not
    /// hold the server's life, so that it is forgotten with it.
    private static final class Mark {
        final Tally tally;
        ServiceKey service;
        Address address;
        int port;
        Forwarding method;
        long walk;

        long established;
        long repeated;
        long refused;
        long outPackets;
        long seenFailures;
        long lastNanos;
        long quietSinceNanos;

        Mark(ServiceKey service, RealServer server, long nowNanos) {
            this.tally = server.tally();
            this.service = service;
            this.address = server.address();
            this.port = server.port();
            this.method = server.forwarding();
            established = tally.read(Count.ESTABLISHED);
            quietSinceNanos = nowNanos;
            lastNanos = nowNanos;
        }

        /// Takes note of what is counted now.
        void update(long nowNanos) {
            long failures = tally.read(Count.REPEATED_OPENINGS) + tally.read(Count.REFUSED);
            if (tally.read(Count.ESTABLISHED) != established) {
                begin(nowNanos);
            } else if (failures != seenFailures) {
                seenFailures = failures;
                lastNanos = nowNanos;
            }
        }

        void begin(long nowNanos) {
            established = tally.read(Count.ESTABLISHED);
            repeated = tally.read(Count.REPEATED_OPENINGS);
            refused = tally.read(Count.REFUSED);
            outPackets = tally.read(Count.OUT_PACKETS);
            seenFailures = repeated + refused;
            quietSinceNanos = nowNanos;
        }

        boolean isFailing(long nowNanos) {
            long again = tally.read(Count.REPEATED_OPENINGS) - repeated;
            boolean enough = again >= (established > 0 ? ENOUGH_ONCE_ESTABLISHED : ENOUGH);
            boolean confirmed = established == 0 || nowNanos - quietSinceNanos >= CONFIRMING_NANOS;
            boolean refuses = tally.read(Count.REFUSED) - refused >= ENOUGH_REFUSED;
            return confirmed
                    && nowNanos - lastNanos <= MEMORY_NANOS
                    && tally.read(Count.ESTABLISHED) == established
                    && (enough || refuses);
        }

        Attempts attempts(long nowNanos) {
            return new Attempts(
                    service,
                    address,
                    port,
                    method,
                    tally.read(Count.REPEATED_OPENINGS) - repeated,
                    tally.read(Count.REFUSED) - refused,
                    tally.read(Count.OUT_PACKETS) > outPackets,
                    established > 0,
                    TimeUnit.NANOSECONDS.toSeconds(nowNanos - lastNanos),
                    null);
        }
    }

    private final Map<ServerLife, Mark> marks = new WeakHashMap<>();
    private @Nullable Configuration walked;
    private long walk;
    private long seenFailures;

    /// Takes note of what was counted since the last time.
    ///
    /// @return whether more attempts failed
    @SuppressWarnings("ReferenceEquality") // a configuration is the snapshot, not a value
    public synchronized boolean look(Configuration configuration, long nowNanos) {
        Tally total = configuration.total();
        long failures = total.read(Count.REPEATED_OPENINGS) + total.read(Count.REFUSED);
        boolean more = failures != seenFailures;
        seenFailures = failures;
        if (more || !marks.isEmpty() && configuration != walked) {
            walk(configuration, nowNanos);
        } else {
            marks.values().forEach(mark -> mark.update(nowNanos));
        }
        return more;
    }

    private void walk(Configuration configuration, long nowNanos) {
        walked = configuration;
        walk++;
        for (VirtualService service : configuration.services()) {
            for (int i = 0; i < service.servers().size(); i++) {
                look(service.key(), service.servers().get(i), nowNanos);
            }
        }
    }

    private void look(ServiceKey service, RealServer server, long nowNanos) {
        Mark mark = marks.get(server.life());
        if (mark == null) {
            Tally tally = server.tally();
            if (tally.read(Count.REPEATED_OPENINGS) + tally.read(Count.REFUSED) == 0) {
                return;
            }
            mark = new Mark(service, server, nowNanos);
            marks.put(server.life(), mark);
        }
        mark.service = service;
        mark.address = server.address();
        mark.port = server.port();
        mark.method = server.forwarding();
        mark.walk = walk;
        mark.update(nowNanos);
    }

    /// What failed at these servers has another reason, and counts no more when that is mended.
    public synchronized void forgive(Set<Address> servers, long nowNanos) {
        for (Mark mark : marks.values()) {
            if (servers.contains(mark.address)) {
                mark.begin(nowNanos);
            }
        }
    }

    /// Where attempts fail now, the most failures first.
    ///
    /// @param limit at most so many
    public synchronized List<Attempts> failing(long nowNanos, int limit) {
        List<Attempts> failing = new ArrayList<>();
        for (Mark mark : marks.values()) {
            if (mark.walk == walk && mark.isFailing(nowNanos)) {
                failing.add(mark.attempts(nowNanos));
            }
        }
        failing.sort(
                Comparator.comparingLong((Attempts it) -> it.repeated() + it.refused()).reversed());
        return failing.size() > limit ? List.copyOf(failing.subList(0, limit)) : failing;
    }
}
