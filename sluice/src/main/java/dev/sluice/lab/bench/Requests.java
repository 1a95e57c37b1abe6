package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Requests on connections that stay: how long each takes.
///
/// Either the next request follows at once (closed loop: how many, how long), or requests come at a
/// fixed rate. Then one that had to wait for the answer to the one before it is late by that wait
/// too; one that was late because this program woke up late is not.
final class Requests implements Trial {

    private static final int CLIENTS = 8;
    private static final double SECOND_NANOS = 1e9;
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: server\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BODY = "\r\n\r\nhello\n".getBytes(StandardCharsets.US_ASCII);

    private final String name;
    private final int perSecond;
    private final @Nullable Figure throughput;
    private final Latency latency;
    private final Figure cpu;

    private Requests(String name, int perSecond, String label) {
        this.name = name;
        this.perSecond = perSecond;
        this.latency = new Latency(label);
        this.throughput = perSecond == 0 ? Figure.more(label, "per s", 0) : null;
        this.cpu = Figure.less(label, "µs/request", 1);
    }

    static Requests closedLoop() {
        return new Requests("keepalive", 0, "keep-alive, 8 clients");
    }

    static Requests atRate(int perSecond) {
        return new Requests("rate", perSecond, "keep-alive, " + perSecond + " per s");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        if (throughput != null) {
            figures.add(throughput);
        }
        figures.addAll(latency.figures());
        return figures;
    }

    @Override
    public Figure cpu() {
        return cpu;
    }

    @Override
    public Set<Tool> tools() {
        return Set.of(Tool.NGINX);
    }

    @Override
    public Outcome run(Lane lane, int seconds) {
        List<Client> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(lane.client().run(() -> new Client(lane)));
            }
            return run(clients, seconds);
        } finally {
            clients.forEach(Client::close);
        }
    }

    private Outcome run(List<Client> clients, int seconds) {
        long start = System.nanoTime();
        long end = start + Duration.ofSeconds(seconds).toNanos();
        double gap = perSecond == 0 ? 0 : SECOND_NANOS * CLIENTS / perSecond;
        CpuTime before = CpuTime.now();
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i).start(start + (long) (gap * i / CLIENTS), end, (long) gap);
        }
        Histogram all = Latency.histogram();
        for (Client client : clients) {
            all.add(client.await(end + TimeLimit.GRACE_NANOS));
        }
        double took = (System.nanoTime() - start) / SECOND_NANOS;
        CpuTime spent = CpuTime.now().minus(before);
        if (all.getTotalCount() == 0) {
            throw new LabException("not a request was answered");
        }
        Map<Figure, Double> values = new LinkedHashMap<>();
        if (throughput != null) {
            values.put(throughput, all.getTotalCount() / took);
        }
        values.putAll(latency.of(all));
        return new Outcome(values, spent.dividedBy(all.getTotalCount() / 1e6), "");
    }

    /// One connection and the thread that uses it.
    private static final class Client {

        private final SocketChannel channel;
        private final ByteBuffer request = ByteBuffer.allocateDirect(REQUEST.length).put(REQUEST);
        private final ByteBuffer response = ByteBuffer.allocateDirect(4096);
        private final Histogram times = Latency.histogram();
        private final int responseBytes;
        private @Nullable Thread thread;
        private volatile @Nullable IOException failure;

        Client(Lane lane) throws IOException {
            channel = RoundTrip.connect(lane, Ports.HTTP);
            responseBytes = learn();
        }

        /// Every response has the length of the first.
        private int learn() throws IOException {
            channel.write(request.flip());
            response.clear();
            while (!complete()) {
                if (channel.read(response) < 0) {
                    throw new EOFException("the server closed the connection");
                }
            }
            return response.position();
        }

        private boolean complete() {
            int start = response.position() - BODY.length;
            if (start < 0) {
                return false;
            }
            for (int i = 0; i < BODY.length; i++) {
                if (response.get(start + i) != BODY[i]) {
                    return false;
                }
            }
            return true;
        }

        void start(long firstNanos, long endNanos, long gapNanos) {
            thread =
                    Thread.ofPlatform()
                            .daemon()
                            .name("requests")
                            .start(() -> {
                                try {
                                    loop(firstNanos, endNanos, gapNanos);
                                } catch (IOException broken) {
                                    failure = broken;
                                }
                            });
        }

        private void loop(long firstNanos, long endNanos, long gapNanos) throws IOException {
            long intended = firstNanos;
            long now = System.nanoTime();
            while (now - endNanos < 0 && intended - endNanos < 0) {
                long start = now;
                if (gapNanos > 0) {
                    if (intended - now > 0) {
                        sleepUntil(intended);
                        start = System.nanoTime();
                    } else {
                        start = intended;
                    }
                    intended += gapNanos;
                }
                exchange();
                now = System.nanoTime();
                Latency.record(times, now - start);
            }
        }

        private static void sleepUntil(long nanos) {
            long left = nanos - System.nanoTime();
            while (left > 0) {
                LockSupport.parkNanos(left);
                left = nanos - System.nanoTime();
            }
        }

        private void exchange() throws IOException {
            channel.write(request.rewind());
            response.clear();
            while (response.position() < responseBytes) {
                if (channel.read(response) < 0) {
                    throw new EOFException("the server closed the connection");
                }
            }
        }

        /// Waits for the thread's end.
        Histogram await(long deadlineNanos) {
            Thread running = thread;
            if (running == null) {
                throw new IllegalStateException("never started");
            }
            try {
                long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
                if (!running.join(Duration.ofMillis(Math.max(1, millis)))) {
                    throw new LabException("a request is not answered");
                }
            } catch (InterruptedException interrupt) {
                throw Programs.interrupted();
            }
            IOException broken = failure;
            if (broken != null) {
                throw new LabException("a connection broke: " + broken.getMessage());
            }
            return times;
        }

        void close() {
            try {
                channel.close();
            } catch (IOException alreadyBroken) {
                // It is closed all the same.
            }
        }
    }
}
