package dev.sluice.health.probe;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.packet.EchoSocket;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// ICMP echo: `PING_CHECK` (keepalived.md §6.6).
public record PingProbe(Target target) implements Probe {

    /// Java cannot wait for such a socket on a virtual thread: it is looked at again and again,
    /// first soon, since most servers are near.
    private static final long FIRST_LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private static final long LAST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    @Override
    public Finding ask(int part) throws InterruptedException {
        int sequence = ThreadLocalRandom.current().nextInt(1 << 16);
        try (EchoSocket socket =
                new EchoSocket(target.address(), target.from(), target.device(), target.mark())) {
            long deadline = System.nanoTime() + target.timeoutNanos();
            socket.send(sequence);
            long look = FIRST_LOOK_NANOS;
            while (System.nanoTime() - deadline < 0) {
                TimeUnit.NANOSECONDS.sleep(look);
                look = Math.min(2 * look, LAST_LOOK_NANOS);
                if (socket.isAnswered(sequence)) {
                    return Finding.passed("answered");
                }
            }
            return Finding.failed("no answer in time");
        } catch (LinuxException e) {
            return Finding.failed(String.valueOf(e.getMessage()));
        }
    }
}
