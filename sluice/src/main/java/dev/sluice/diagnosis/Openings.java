package dev.sluice.diagnosis;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerLife;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Watches how clients' attempts to open connections fare at each real server.
///
/// A SYN that is sent again, once, means nothing. Several of them, while no connection at all comes
/// about at that server, mean that nobody answers; a flood of forged SYNs does not look like that,
/// since nobody sends them again. What is remembered is remembered for servers with such SYNs only,
/// and nothing is looked at as long as the whole director counts none.
public final class Openings {

    /// How long what was seen counts: clients that are still there ask again within two minutes.
    private static final long MEMORY_NANOS = TimeUnit.MINUTES.toNanos(3);

    /// So many SYNs sent again, at a server that never had a connection and one that had.
    private static final int ENOUGH = 2;

    private static final int ENOUGH_ONCE_ESTABLISHED = 3;

    private static final int ENOUGH_REFUSED = 2;

    /// What was counted when a connection came about last, and when something failed last.
    private static final class Mark {
        ServiceKey service;
        RealServer server;
        long established;
        long repeated;
        long refused;
        long outPackets;
        long seenFailures;
        long lastNanos;

        Mark(ServiceKey service, RealServer server, long lastNanos) {
            this.service = service;
            this.server = server;
            this.lastNanos = lastNanos;
        }

        void begin(Tally tally) {
            established = tally.read(Count.ESTABLISHED);
            repeated = tally.read(Count.REPEATED_OPENINGS);
            refused = tally.read(Count.REFUSED);
            outPackets = tally.read(Count.OUT_PACKETS);
            seenFailures = repeated + refused;
        }
    }

    private final Map<ServerLife, Mark> marks = new IdentityHashMap<>();
    private long seenFailures;

    /// Takes note of what was counted since the last time.
    ///
    /// @return whether more attempts failed
    public synchronized boolean look(Configuration configuration, long nowNanos) {
        Tally total = configuration.total();
        long failures = total.read(Count.REPEATED_OPENINGS) + total.read(Count.REFUSED);
        boolean more = failures != seenFailures;
        if (!more && marks.isEmpty()) {
            return false;
        }
        seenFailures = failures;
        Set<ServerLife> there =
                java.util.Collections.newSetFromMap(new IdentityHashMap<>(marks.size()));
        for (VirtualService service : configuration.services()) {
            for (int i = 0; i < service.servers().size(); i++) {
                RealServer server = service.servers().get(i);
                if (look(service.key(), server, nowNanos)) {
                    there.add(server.life());
                }
            }
        }
        marks.keySet().retainAll(there);
        return more;
    }

    private boolean look(ServiceKey service, RealServer server, long nowNanos) {
        Tally tally = server.tally();
        long failures = tally.read(Count.REPEATED_OPENINGS) + tally.read(Count.REFUSED);
        if (failures == 0) {
            return false;
        }
        Mark mark = marks.get(server.life());
        long established = tally.read(Count.ESTABLISHED);
        if (mark == null) {
            mark = new Mark(service, server, nowNanos);
            if (established > 0) {
                mark.begin(tally); // some of it may be of before
            }
            marks.put(server.life(), mark);
        } else if (established != mark.established) {
            mark.begin(tally);
        }
        mark.service = service;
        mark.server = server;
        if (failures != mark.seenFailures) {
            mark.seenFailures = failures;
            mark.lastNanos = nowNanos;
        }
        return true;
    }

    /// Where attempts fail now, the most failures first.
    ///
    /// @param limit at most so many
    public synchronized List<Attempts> failing(long nowNanos, int limit) {
        List<Attempts> failing = new ArrayList<>();
        for (Mark mark : marks.values()) {
            Tally tally = mark.server.tally();
            long repeated = tally.read(Count.REPEATED_OPENINGS) - mark.repeated;
            long refused = tally.read(Count.REFUSED) - mark.refused;
            boolean once = mark.established > 0;
            boolean enough = repeated >= (once ? ENOUGH_ONCE_ESTABLISHED : ENOUGH);
            if (nowNanos - mark.lastNanos <= MEMORY_NANOS
                    && (enough || refused >= ENOUGH_REFUSED)) {
                failing.add(
                        new Attempts(
                                mark.service,
                                mark.server.address(),
                                mark.server.port(),
                                mark.server.forwarding(),
                                repeated,
                                refused,
                                tally.read(Count.OUT_PACKETS) > mark.outPackets,
                                once,
                                TimeUnit.NANOSECONDS.toSeconds(nowNanos - mark.lastNanos),
                                null));
            }
        }
        failing.sort(
                Comparator.comparingLong((Attempts it) -> it.repeated() + it.refused()).reversed());
        return failing.size() > limit ? List.copyOf(failing.subList(0, limit)) : failing;
    }
}
