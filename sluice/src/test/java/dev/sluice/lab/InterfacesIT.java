package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// An interface that was named but comes after the director, goes away and comes back as another:
/// the director serves those behind it as soon as it is there.
final class InterfacesIT {

    private static final int PORT = 80;
    private static final String LATER = "eth2";
    private static final String DIRECTORS = "10.77.0.1";
    private static final String CLIENTS = "10.77.0.2";

    @ParameterizedTest
    @ValueSource(strings = {"ebpf", "direct"})
    void anInterfaceIsServedWhenItComesAndWhenItIsRemade(String mode) throws Exception {
        Needs.programs("ip", "nginx");
        LabNetwork network = TestBed.natNetwork(1);
        try (TestBed bed =
                TestBed.of(network, "--mode", mode, "--workers", "1", "--interface", LATER)) {
            bed.startNginx();
            bed.balance(bed.service("-t", Family.IPV4, PORT), "-s rr", PORT, "-m");
            assertThat(bed.director().log())
                    .contains(
                            "interface eth2 is not there, so it is left out; it is served when it"
                                    + " comes");
            try (Asking clients = new Asking(network, bed.virtual(Family.IPV4))) {
                connect(network);
                clients.areServed();
                for (int i = 0; i < 3; i++) {
                    ip(network.director(), "link delete " + LATER);
                    clients.areNotServed();
                    connect(network);
                    clients.areServed();
                }
                ip(network.director(), "link set " + LATER + " down");
                clients.areNotServed();
                ip(network.director(), "link set " + LATER + " up");
                clients.areServed();
            }
            assertThat(bed.director().log())
                    .contains("interface eth2 is up, and captured")
                    .contains("interface eth2 is gone: nothing comes in there until it is back")
                    .contains("interface eth2 is down: nothing comes in there");
            assertThat(bed.ipvsadm("-Ln --stats")).contains(":" + PORT);
        }
    }

    /// A cable between the client and the director's later interface.
    private static void connect(LabNetwork network) {
        Host director = network.director();
        ip(director, "link add " + LATER + " type veth peer name up0 netns " + netns(network));
        ip(director, "address add " + DIRECTORS + "/24 dev " + LATER);
        ip(director, "link set " + LATER + " up");
        Host client = network.client();
        ip(client, "address add " + CLIENTS + "/24 dev up0");
        ip(client, "link set up0 up");
        ip(client, "route replace " + network.virtualAddress(Family.IPV4) + " via " + DIRECTORS);
    }

    private static String netns(LabNetwork network) {
        return network.client().namespaceName();
    }

    private static void ip(Host host, String words) {
        host.execute(("ip " + words).split(" ", -1)).orThrow();
    }

    /// A client that asks again and again, each time from behind the later interface.
    private static final class Asking implements AutoCloseable {

        private final LabNetwork network;
        private final InetAddress virtual;
        private final AtomicLong served = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final Thread thread;

        Asking(LabNetwork network, Address virtual) throws IOException {
            this.network = network;
            this.virtual = InetAddress.getByAddress(virtual.bytes());
            thread = Thread.ofPlatform().daemon().name("asking").start(this::run);
        }

        private void run() {
            while (!stopped.get()) {
                (ask() ? served : refused).incrementAndGet();
            }
        }

        private boolean ask() {
            byte[] request = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            try {
                return network.client()
                        .run(() -> {
                            try (Socket socket = new Socket()) {
                                socket.bind(
                                        new InetSocketAddress(InetAddress.getByName(CLIENTS), 0));
                                socket.connect(new InetSocketAddress(virtual, PORT), 300);
                                socket.setSoTimeout(300);
                                socket.getOutputStream().write(request);
                                return socket.getInputStream().read() == 'H';
                            } catch (IOException e) {
                                return false;
                            }
                        });
            } catch (RuntimeException e) {
                return false;
            }
        }

        void areServed() {
            long before = served.get();
            TestBed.await("answers", () -> served.get() > before + 5);
        }

        void areNotServed() {
            long before = refused.get();
            TestBed.await("lost requests", () -> refused.get() > before + 1);
        }

        @Override
        public void close() {
            stopped.set(true);
            while (thread.isAlive()) {
                TestBed.sleep(Duration.ofMillis(10));
            }
        }
    }
}
