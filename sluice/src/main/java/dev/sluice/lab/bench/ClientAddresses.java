package dev.sluice.lab.bench;

import dev.sluice.lab.Clients;
import dev.sluice.lab.LabException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// New connections per second from many client addresses beside those from one: connect, request,
/// reset; each from the next address. What a director keeps for an address it has not seen before,
/// or asks the kernel about it, costs here.
final class ClientAddresses implements Trial {

    static final int MAXIMUM = 1_000_000;

    private static final int CLIENTS = 50;
    private static final double SECOND_NANOS = 1e9;
    private static final byte[] REQUEST =
            "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final int addresses;
    private final Figure fromOne = Figure.more("connect, request, reset; 1 address", "per s", 0);
    private final Figure fromMany;
    private final Figure kept;
    private final Figure cpu;

    ClientAddresses(int addresses) {
        this.addresses = addresses;
        fromMany = Figure.more("the same from " + addresses + " addresses", "per s", 0);
        kept = Figure.more("many divided by one", "", 2);
        cpu = Figure.less(fromMany.label(), "µs/request", 0);
    }

    @Override
    public String name() {
        return "addresses";
    }

    @Override
    public List<Figure> figures() {
        return List.of(kept, fromOne, fromMany);
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
        Run one = Run.of(lane, 1, seconds);
        CpuTime before = CpuTime.now();
        Run many = Run.of(lane, addresses, seconds);
        CpuTime spent = CpuTime.now().minus(before);
        if (one.answered == 0 || many.answered == 0) {
            throw new LabException("not a request was answered");
        }
        int failed = one.failed + many.failed;
        return new Outcome(
                Map.of(
                        fromOne,
                        one.perSecond(),
                        fromMany,
                        many.perSecond(),
                        kept,
                        many.perSecond() / one.perSecond()),
                spent.dividedBy(many.answered / 1e6),
                failed == 0 ? "" : failed + " requests failed");
    }

    /// Some seconds of it, with so many addresses.
    private static final class Run {

        private final Lane lane;
        private final int addresses;
        private final InetSocketAddress target;
        private final Selector selector;
        private final ByteBuffer request = ByteBuffer.allocateDirect(REQUEST.length).put(REQUEST);
        private final ByteBuffer response = ByteBuffer.allocateDirect(4096);
        private int next;
        private int answered;
        private int failed;
        private double seconds;

        private Run(Lane lane, int addresses) throws IOException {
            this.lane = lane;
            this.addresses = addresses;
            target = new InetSocketAddress(lane.target().toString(), Ports.HTTP);
            selector = Selector.open();
        }

        static Run of(Lane lane, int addresses, int seconds) {
            return lane.client()
                    .run(() -> {
                        Run run = new Run(lane, addresses);
                        run.play(Duration.ofSeconds(seconds).toNanos());
                        return run;
                    });
        }

        double perSecond() {
            return answered / seconds;
        }

        private void play(long nanos) throws IOException {
            try (selector) {
                long start = System.nanoTime();
                for (int i = 0; i < CLIENTS; i++) {
                    connect();
                }
                while (System.nanoTime() - start < nanos) {
                    selector.select(this::advance, 100);
                }
                seconds = (System.nanoTime() - start) / SECOND_NANOS;
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }

        private void connect() throws IOException {
            SocketChannel channel = SocketChannel.open();
            // Its end is a reset, so that no address is left waiting for a minute.
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.configureBlocking(false);
            channel.bind(Clients.socketAddress(lane.clientAddress(next++ % addresses), 0));
            channel.connect(target);
            channel.register(selector, SelectionKey.OP_CONNECT);
        }

        private void advance(SelectionKey key) {
            SocketChannel channel = (SocketChannel) key.channel();
            try {
                if (key.isConnectable()) {
                    channel.finishConnect();
                    channel.write(request.rewind());
                    key.interestOps(SelectionKey.OP_READ);
                    return;
                }
                if (channel.read(response.clear()) > 0) {
                    answered++;
                } else {
                    failed++;
                }
                channel.close();
                connect();
            } catch (IOException refused) {
                failed++;
                replace(channel);
            }
        }

        private void replace(SocketChannel broken) {
            try {
                broken.close();
                connect();
            } catch (IOException failure) {
                throw new LabException("cannot connect any more: " + failure.getMessage());
            }
        }
    }
}
