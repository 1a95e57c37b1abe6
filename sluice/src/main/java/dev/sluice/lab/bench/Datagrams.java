package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// UDP packets that fill a 64-byte frame, from 16 ports: as many as go, or at a fixed rate.
///
/// The first says how many arrive when too many are sent; the second what one costs, since then the
/// sender does the same for every peer.
final class Datagrams implements Trial {

    private static final int SENDERS = 16;
    private static final int BATCH = 64;
    private static final int SETTLE_MILLIS = 100;
    private static final long TICK_NANOS = 1_000_000;
    private static final double ENOUGH = 0.98;

    private final String name;
    private final int perSecond;
    private final Figure delivered;
    private final Figure cpu;

    private Datagrams(String name, int perSecond, String label) {
        this.name = name;
        this.perSecond = perSecond;
        this.delivered = Figure.more(label, "delivered/s", 0);
        this.cpu = Figure.less(label, "µs/packet", 2);
    }

    static Datagrams flood() {
        return new Datagrams("udp", 0, "64-byte UDP, flood");
    }

    static Datagrams atRate(int perSecond) {
        return new Datagrams(
                "udp-rate", perSecond, "64-byte UDP, " + perSecond / 1000 + " k per s");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isUdp() {
        return true;
    }

    @Override
    public List<Figure> figures() {
        return List.of(delivered);
    }

    @Override
    public Figure cpu() {
        return cpu;
    }

    @Override
    public Outcome run(Lane lane, int seconds) {
        try (DatagramSender sender =
                lane.client()
                        .run(() -> new DatagramSender(lane.target(), Ports.DISCARD, SENDERS))) {
            // Neighbours, connections and the server's buffer are not what is measured.
            sender.send(2 * BATCH);
            Programs.pause(SETTLE_MILLIS);
            long before = LoadServer.datagrams(lane.server());
            CpuTime cpuBefore = CpuTime.now();
            long start = System.nanoTime();
            long sent = send(sender, start, start + Duration.ofSeconds(seconds).toNanos());
            double took = (System.nanoTime() - start) / 1e9;
            Programs.pause(SETTLE_MILLIS);
            CpuTime spent = CpuTime.now().minus(cpuBefore);
            long arrived = LoadServer.datagrams(lane.server()) - before;
            if (arrived <= 0) {
                throw new LabException("not a packet arrived");
            }
            return new Outcome(
                    Map.of(delivered, arrived / took),
                    spent.dividedBy(arrived / 1e6),
                    perSecond > 0 && arrived < sent * ENOUGH
                            ? "%.0f %% of the packets were lost"
                                    .formatted(100 - 100.0 * arrived / sent)
                            : "");
        }
    }

    private long send(DatagramSender sender, long start, long end) {
        long sent = 0;
        long now = start;
        while (now - end < 0) {
            if (perSecond == 0) {
                sent += sender.send(BATCH);
            } else {
                long due = (now - start) * perSecond / Duration.ofSeconds(1).toNanos() - sent;
                while (due > 0) {
                    int count = (int) Math.min(BATCH, due);
                    sender.send(count);
                    sent += count;
                    due -= count;
                }
                LockSupport.parkNanos(TICK_NANOS);
            }
            now = System.nanoTime();
        }
        return sent;
    }
}
