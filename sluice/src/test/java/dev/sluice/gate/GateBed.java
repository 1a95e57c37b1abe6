package dev.sluice.gate;

import dev.sluice.gate.layout.Metadata;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.netlink.Route;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.packet.FrameSource;
import dev.sluice.net.packet.PacketRing;
import dev.sluice.net.packet.PacketSender;
import dev.sluice.net.packet.Waiter;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.VnetHeader;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// A client, a director and a real server as network namespaces without names:
///
/// ```
///  client ───────────────── eth0  director  eth1 ───────────────── server
///  172.16.0.1   172.16.0.254      lo: 192.168.1.100    10.0.0.1    10.0.0.11
///  2001:db8:99::1     ::254           2001:db8:1::100  2001:db8:10::1   ::11
/// ```
final class GateBed implements AutoCloseable {

    static final String VIP = "192.168.1.100";
    static final String VIP6 = "2001:db8:1::100";

    private static final int IFF_RUNNING = 0x40;

    /// The first word of each command in a line of shell.
    private static final Pattern PROGRAM = Pattern.compile("(?:^|[|&;]) *([a-z]+)");

    final NetworkNamespace client = NetworkNamespace.unnamed();
    final NetworkNamespace director = NetworkNamespace.unnamed();
    final NetworkNamespace server = NetworkNamespace.unnamed();
    private final List<AutoCloseable> opened = new ArrayList<>();

    GateBed() {
        for (NetworkNamespace each : List.of(client, director, server)) {
            each.setSysctl("net/ipv6/conf/default/accept_dad", 0);
            up(each, "lo");
        }
        director.setSysctl("net/ipv4/ip_forward", 1);
        director.setSysctl("net/ipv6/conf/all/forwarding", 1);
        try (Rtnetlink netlink = Rtnetlink.open(director)) {
            netlink.links().createVeth("eth0", "eth0", client);
            netlink.links().createVeth("eth1", "eth0", server);
        }
        address(director, "eth0", "172.16.0.254", 24, "2001:db8:99::254");
        address(director, "eth1", "10.0.0.1", 24, "2001:db8:10::1");
        address(director, "lo", VIP, 32, VIP6);
        address(client, "eth0", "172.16.0.1", 24, "2001:db8:99::1");
        address(server, "eth0", "10.0.0.11", 24, "2001:db8:10::11");
        awaitCarrier();
        gateway(client, "172.16.0.254");
        gateway(client, "2001:db8:99::254");
        gateway(server, "10.0.0.1");
        gateway(server, "2001:db8:10::1");
    }

    private static void address(
            NetworkNamespace namespace, String device, String v4, int bits, String v6) {
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            int index = netlink.links().get(device).index();
            netlink.links().setUp(index, true);
            netlink.addresses().add(index, Address.parse(v4), bits);
            netlink.addresses().add(index, Address.parse(v6), bits == 32 ? 128 : 64);
        }
    }

    /// The kernel learns of a new cable's carrier a little later, and loses what is sent before.
    private void awaitCarrier() {
        for (NetworkNamespace each : List.of(client, director, server)) {
            try (Rtnetlink netlink = Rtnetlink.open(each)) {
                for (int i = 0; i < 5000 && !allRunning(netlink); i++) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
    }

    private static boolean allRunning(Rtnetlink netlink) {
        return netlink.links().list().stream()
                .noneMatch(link -> link.isUp() && (link.flags() & IFF_RUNNING) == 0);
    }

    private static void gateway(NetworkNamespace namespace, String address) {
        Address gateway = Address.parse(address);
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            netlink.routes().add(Route.byDefault(gateway.family()).via(gateway));
        }
    }

    private static void up(NetworkNamespace namespace, String device) {
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            netlink.links().setUp(netlink.links().get(device).index(), true);
        }
    }

    /// Runs `ip` in a namespace.
    static void ip(NetworkNamespace namespace, String arguments) {
        run(namespace, "ip " + arguments);
    }

    /// Runs a shell command in a namespace and answers what it prints. A test that names a program
    /// which is not installed is left out.
    static String run(NetworkNamespace namespace, String command) {
        Needs.programs(
                PROGRAM.matcher(command).results().map(it -> it.group(1)).toArray(String[]::new));
        try {
            Process process =
                    namespace.start(
                            new ProcessBuilder("sh", "-c", command).redirectErrorStream(true));
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + ": " + output);
            }
            return output;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(command, e);
        }
    }

    int index(NetworkNamespace namespace, String device) {
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            return netlink.links().get(device).index();
        }
    }

    long mac(NetworkNamespace namespace, String device) {
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            return netlink.links().get(device).macAddress();
        }
    }

    /// A worker that beats, remembers what it gets, and gives it all back to the stack if told so.
    Taker taker(Gate gate, boolean giveBack) throws InterruptedException {
        Taker taker = director.call(() -> new Taker(gate, giveBack));
        opened.add(taker);
        taker.thread.start();
        return taker.living();
    }

    /// A TCP server that sends everything back.
    void echo(NetworkNamespace namespace, int port) throws IOException {
        ServerSocket socket = namespace.call(() -> new ServerSocket(port));
        opened.add(socket);
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    while (true) {
                        try (Socket accepted = socket.accept()) {
                            byte[] buffer = new byte[1 << 16];
                            int length;
                            while ((length = accepted.getInputStream().read(buffer)) > 0) {
                                accepted.getOutputStream().write(buffer, 0, length);
                            }
                        } catch (IOException e) {
                            if (socket.isClosed()) {
                                return;
                            }
                        }
                    }
                });
    }

    /// Connects from the client, sends a text and answers what comes back.
    String ask(InetAddress address, int port, String text) throws IOException {
        return client.call(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), 1500);
                socket.setSoTimeout(1500);
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            try {
                                socket.getOutputStream().write(bytes);
                            } catch (IOException e) {
                                // the reader notices
                            }
                        });
                return new String(
                        socket.getInputStream().readNBytes(bytes.length), StandardCharsets.UTF_8);
            }
        });
    }

    String ask(String address, int port) throws IOException {
        return ask(InetAddress.getByName(address), port, "hello");
    }

    /// Sends a datagram. Not by `echo | nc -u -w0`, which gives up when it looks before echo has
    /// written.
    ///
    /// @param fromPort 0 for any
    void datagram(NetworkNamespace namespace, int fromPort, String address, int port)
            throws IOException {
        InetSocketAddress to = new InetSocketAddress(InetAddress.getByName(address), port);
        namespace.call(() -> {
            try (DatagramSocket socket = new DatagramSocket(fromPort)) {
                byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
                socket.send(new DatagramPacket(text, text.length, to));
                return true;
            }
        });
    }

    /// Sends frames out of an interface as they are.
    void send(NetworkNamespace namespace, String device, List<byte[]> frames) {
        int index = index(namespace, device);
        namespace.call(() -> {
            try (PacketSender sender = new PacketSender("test", 0);
                    Arena arena = Arena.ofConfined()) {
                for (byte[] frame : frames) {
                    MemorySegment segment = arena.allocate(10 + frame.length, 8);
                    MemorySegment.copy(frame, 0, segment, ValueLayout.JAVA_BYTE, 10, frame.length);
                    sender.send(segment, 0, frame.length, index, Ethernet.type(segment, 10));
                }
                sender.flush();
                return sender.refused();
            }
        });
    }

    @Override
    public void close() {
        for (AutoCloseable each : opened.reversed()) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        for (NetworkNamespace each : List.of(client, director, server)) {
            each.close();
        }
    }

    /// See [GateBed#taker].
    static final class Taker implements AutoCloseable {

        final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
        private final Gate gate;
        private final boolean giveBack;
        private final List<PacketRing> receivers = new ArrayList<>();
        private final PacketSender back = new PacketSender("return", Metadata.RETURN_MARK);
        private final Thread thread;
        private final CountDownLatch lives = new CountDownLatch(1);
        private volatile boolean stopped;
        private volatile boolean beating = true;
        private volatile @Nullable RuntimeException failure;

        private Taker(Gate gate, boolean giveBack) {
            this.gate = gate;
            this.giveBack = giveBack;
            for (Gate.Capture capture : gate.captures()) {
                receivers.add(PacketRing.open(capture.interfaceIndex(), capture.name(), null));
            }
            thread = Thread.ofPlatform().daemon().name("taker").unstarted(this::run);
        }

        /// Waits for the first beat.
        Taker living() throws InterruptedException {
            if (!lives.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("no life");
            }
            return this;
        }

        void stopBeating() {
            beating = false;
        }

        /// The next frame that came up.
        byte[] next() throws InterruptedException {
            byte[] frame = frames.poll(10, TimeUnit.SECONDS);
            if (frame == null) {
                throw new AssertionError("no frame came up");
            }
            return frame;
        }

        private void run() {
            try (Waiter waiter = new Waiter(receivers)) {
                while (!stopped) {
                    if (beating) {
                        gate.programs().ifPresent(it -> it.beat(0, System.nanoTime()));
                        lives.countDown();
                    }
                    waiter.prepare();
                    if (!take()) {
                        waiter.await(50_000_000);
                    }
                    waiter.cancel();
                }
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        private boolean take() {
            boolean any = false;
            for (int i = 0; i < receivers.size(); i++) {
                FrameSource source = receivers.get(i);
                int returnInterface = gate.captures().get(i).returnInterface();
                while (source.next()) {
                    any = true;
                    long frame = source.vnetOffset() + VnetHeader.BYTES;
                    frames.add(
                            source.segment()
                                    .asSlice(frame, source.frameBytes())
                                    .toArray(ValueLayout.JAVA_BYTE));
                    if (giveBack) {
                        back.send(
                                source.segment(),
                                source.vnetOffset(),
                                source.frameBytes(),
                                returnInterface,
                                Ethernet.type(source.segment(), frame));
                    }
                }
                back.flush();
                source.release();
            }
            return any;
        }

        @Override
        public void close() {
            stopped = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            receivers.forEach(PacketRing::close);
            back.close();
            if (failure != null) {
                throw failure;
            }
        }
    }
}
