package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import org.HdrHistogram.Histogram;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;

/// One byte there and back over one TCP connection, one packet in flight.
final class RoundTrip implements Trial {

    private static final Latency LATENCY = new Latency("round trip of one byte");
    private static final Figure CPU = Figure.less("round trip of one byte", "µs/round trip", 1);
    private static final int CONNECT_MILLIS = 5000;

    @Override
    public String name() {
        return "rtt";
    }

    @Override
    public List<Figure> figures() {
        return LATENCY.figures();
    }

    @Override
    public Figure cpu() {
        return CPU;
    }

    @Override
    public Outcome run(Lane lane, int seconds) {
        Histogram times = Latency.histogram();
        CpuTime before = CpuTime.now();
        lane.client()
                .run(() -> {
                    try (SocketChannel channel = connect(lane, Ports.ECHO)) {
                        pingPong(
                                channel,
                                times,
                                System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
                    }
                    return true;
                });
        CpuTime spent = CpuTime.now().minus(before);
        if (times.getTotalCount() == 0) {
            throw new LabException("not a byte came back");
        }
        return new Outcome(LATENCY.of(times), spent.dividedBy(times.getTotalCount() / 1e6), "");
    }

    static SocketChannel connect(Lane lane, int port) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket()
                    .connect(new InetSocketAddress(lane.target().toString(), port), CONNECT_MILLIS);
            return channel;
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static void pingPong(SocketChannel channel, Histogram times, long endNanos)
            throws IOException {
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        // A round trip that never ends is cut off from outside.
        try (TimeLimit _ = TimeLimit.closing(channel, endNanos + TimeLimit.GRACE_NANOS)) {
            long start = System.nanoTime();
            while (start - endNanos < 0) {
                channel.write(one.clear());
                if (channel.read(one.clear()) < 0) {
                    throw new EOFException("the connection was closed");
                }
                long now = System.nanoTime();
                Latency.record(times, now - start);
                start = now;
            }
        }
    }
}
