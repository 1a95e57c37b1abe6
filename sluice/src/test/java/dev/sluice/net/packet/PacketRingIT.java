package dev.sluice.net.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Privileges;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.VnetHeader;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Both ways to receive, over a veth pair between two namespaces: what is sent at `a` arrives at
/// `b`.
class PacketRingIT {

    /// A frame that was received, copied out.
    private static final class Received {

        private final byte[] vnet;
        private final byte[] frame;

        Received(byte[] vnet, byte[] frame) {
            this.vnet = vnet;
            this.frame = frame;
        }

        byte[] frame() {
            return frame;
        }

        int gsoType() {
            return VnetHeader.gsoType(MemorySegment.ofArray(vnet), 0);
        }

        int gsoSize() {
            return VnetHeader.gsoSize(MemorySegment.ofArray(vnet), 0);
        }

        int flags() {
            return VnetHeader.flags(MemorySegment.ofArray(vnet), 0);
        }

        int checksumStart() {
            return VnetHeader.checksumStart(MemorySegment.ofArray(vnet), 0);
        }
    }

    private static final String A_MAC = "02:00:00:00:00:01";
    private static final String B_MAC = "02:00:00:00:00:02";
    private static final int IPV4 = 0x0800;
    private static final int LINK_HEADER_BYTES = 14;
    private static final int WORKER_BYTE = 1;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private NetworkNamespace here;
    private NetworkNamespace there;
    private Rtnetlink netlink;
    private Rtnetlink peer;
    private int a;
    private int b;
    private PacketSender sender;

    @BeforeAll
    static void needsPrivilege() {
        Privileges.needNamespaces();
    }

    @BeforeEach
    void join() {
        here = open(NetworkNamespace.unnamed());
        there = open(NetworkNamespace.unnamed());
        for (NetworkNamespace namespace : List.of(here, there)) {
            // No router solicitations between our frames.
            namespace.setSysctl("net/ipv6/conf/default/disable_ipv6", 1);
        }
        netlink = open(Rtnetlink.open(here));
        peer = open(Rtnetlink.open(there));
        a = netlink.links().createVeth("a", "b", there);
        b = peer.links().get("b").index();
        netlink.links().setMacAddress(a, 0x02_00_00_00_00_01L);
        peer.links().setMacAddress(b, 0x02_00_00_00_00_02L);
        netlink.links().setUp(a, true);
        peer.links().setUp(b, true);
        for (int i = 0; i < 500 && !netlink.links().get(a).isRunning(); i++) {
            LockSupport.parkNanos(10_000_000);
        }
        sender = open(here.call(() -> new PacketSender("a", 0)));
    }

    @AfterEach
    void part() throws Exception {
        for (AutoCloseable resource : opened.reversed()) {
            resource.close();
        }
    }

    @Test
    void framesArriveAsTheyWereSent() {
        PacketRing source = source(null);
        List<byte[]> sent = new ArrayList<>();
        for (int bytes : new int[] {0, 1, 100, 1400}) {
            sent.add(link().ipv4("10.0.0.1", "10.0.0.2").udp(1000, 53).payload(bytes).build());
        }
        send(sent.toArray(byte[][]::new));
        List<Received> received = receive(source, sent.size());
        for (int i = 0; i < sent.size(); i++) {
            assertThat(received.get(i).frame()).isEqualTo(sent.get(i));
            assertThat(received.get(i).gsoType()).isEqualTo(VnetHeader.GSO_NONE);
        }
    }

    @Test
    void superPacketsStayWhole() {
        PacketRing source = source(null);
        byte[] frame =
                link().ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(1000, 80)
                        .flags("A")
                        .payload(64_000)
                        .partialChecksum()
                        .build();
        send(vnetForTcp(), frame);
        Received received = receive(source, 1).getFirst();
        assertThat(received.frame()).isEqualTo(frame);
        assertThat(received.gsoType()).isEqualTo(VnetHeader.GSO_TCPV4);
        assertThat(received.gsoSize()).isEqualTo(1448);
        assertThat(received.flags() & VnetHeader.NEEDS_CHECKSUM).isNotZero();
        assertThat(received.checksumStart()).isEqualTo(LINK_HEADER_BYTES + 20);
    }

    @Test
    void aFrameIsSentOnFromWhereItWasReceived() {
        PacketRing source = source(null);
        FrameSource back = open(here.call(() -> new PacketRing(a, "a", 1, null)));
        PacketSender answer = open(there.call(() -> new PacketSender("b", 0)));
        byte[] frame =
                link().ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(1000, 80)
                        .flags("A")
                        .payload(30_000)
                        .partialChecksum()
                        .build();
        for (int round = 0; round < 200; round++) {
            frame[LINK_HEADER_BYTES + 5] = (byte) round;
            send(vnetForTcp(), frame);
            await(source);
            source.segment()
                    .set(
                            ValueLayout.JAVA_BYTE,
                            source.vnetOffset() + VnetHeader.BYTES + 5,
                            (byte) 1);
            answer.send(source.segment(), source.vnetOffset(), source.frameBytes(), b, IPV4);
            answer.flush();
            source.release();
            byte[] expected = frame.clone();
            expected[5] = 1;
            assertThat(receive(back, 1).getFirst().frame()).isEqualTo(expected);
        }
        assertThat(answer.refused()).isZero();
    }

    @Test
    void orderHoldsWhenTheRingGoesRound() {
        PacketRing source = source(null);
        int next = 0;
        for (int round = 0; round < 40; round++) {
            byte[][] burst = new byte[64][];
            for (int i = 0; i < burst.length; i++) {
                burst[i] = numbered(round * burst.length + i);
            }
            send(burst);
            for (Received received : receive(source, burst.length)) {
                assertThat(received.frame()).isEqualTo(numbered(next++));
            }
        }
    }

    @Test
    void whatLeavesIsNotReceived() {
        for (Fanout fanout : new Fanout[] {null, fanout(7)}) {
            PacketRing source = source(fanout);
            PacketSender own = open(there.call(() -> new PacketSender("b", 0)));
            try (Arena arena = Arena.ofConfined()) {
                byte[] frame = link().ipv4("10.0.0.2", "10.0.0.1").udp(53, 1000).build();
                MemorySegment memory = arena.allocate(VnetHeader.BYTES + frame.length);
                MemorySegment.copy(
                        frame, 0, memory, ValueLayout.JAVA_BYTE, VnetHeader.BYTES, frame.length);
                own.send(memory, 0, frame.length, b, IPV4);
                own.flush();
            }
            assertThat(own.refused()).isZero();
            byte[] incoming = numbered(1);
            send(incoming);
            assertThat(receive(source, 1).getFirst().frame()).isEqualTo(incoming);
            assertThat(source.next()).isFalse();
        }
    }

    @Test
    void aByteOfTheFrameChoosesTheWorker() {
        List<FrameSource> workers = List.of(source(fanout(8)), source(fanout(8)));
        byte[][] frames = new byte[20][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = numbered(i);
            frames[i][WORKER_BYTE] = (byte) (i & 1);
        }
        send(frames);
        for (int worker = 0; worker < 2; worker++) {
            for (Received received : receive(workers.get(worker), frames.length / 2)) {
                assertThat(received.frame()[WORKER_BYTE]).isEqualTo((byte) worker);
            }
            assertThat(workers.get(worker).next()).isFalse();
        }
    }

    @Test
    void fragmentsArePutTogether() {
        PacketRing source = source(fanout(9));
        PacketBuilder packet =
                PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").id(77).udp(1000, 53).payload(4000);
        byte[] header = Arrays.copyOf(numbered(0), LINK_HEADER_BYTES);
        byte[][] fragments =
                packet.fragments(1500).stream()
                        .map(fragment -> concat(header, fragment))
                        .toArray(byte[][]::new);
        assertThat(fragments.length).isGreaterThan(1);
        send(fragments);
        byte[] whole = packet.build();
        Received received = receive(source, 1).getFirst();
        assertThat(received.frame()).hasSize(LINK_HEADER_BYTES + whole.length);
        assertThat(Arrays.copyOfRange(received.frame(), 14 + 20, received.frame().length))
                .isEqualTo(Arrays.copyOfRange(whole, 20, whole.length));
        assertThat(source.next()).isFalse();
    }

    @Test
    void vlanTagsAreInTheFrame() {
        PacketRing source = source(null);
        byte[] frame =
                PacketBuilder.ethernet(A_MAC, B_MAC)
                        .vlan(42)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(1000, 80)
                        .flags("A")
                        .payload(3000)
                        .partialChecksum()
                        .build();
        byte[] vnet = vnetForTcp();
        MemorySegment header = MemorySegment.ofArray(vnet);
        VnetHeader.checksumStart(header, 0, LINK_HEADER_BYTES + 4 + 20);
        VnetHeader.headerLength(header, 0, LINK_HEADER_BYTES + 4 + 40);
        send(vnet, frame);
        Received received = receive(source, 1).getFirst();
        assertThat(received.frame()).isEqualTo(frame);
        assertThat(received.checksumStart()).isEqualTo(LINK_HEADER_BYTES + 4 + 20);
    }

    @Test
    void aFullQueueLosesFramesAndGoesOn() {
        PacketRing source = source(null);
        byte[][] burst = new byte[64][];
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < burst.length; i++) {
                burst[i] = numbered(round * burst.length + i);
            }
            send(burst);
        }
        int got = 0;
        while (source.next()) {
            got++;
            source.release();
        }
        assertThat(got).isGreaterThanOrEqualTo(60);
        assertThat(source.dropped()).isEqualTo(256 - got);
        assertThat(source.dropped()).as("asked again").isEqualTo(256 - got);
        send(numbered(1));
        assertThat(receive(source, 1)).hasSize(1);
    }

    @Test
    void aWaiterSleepsUntilAFrameAWakeUpOrTheEnd() throws Exception {
        PacketRing source = source(null);
        Waiter waiter = open(new Waiter(List.of(source)));
        waiter.prepare();
        waiter.await(1_000_000);
        assertThat(source.next()).isFalse();

        waiter.prepare();
        send(numbered(1));
        waiter.await(10_000_000_000L);
        assertThat(source.next()).isTrue();
        source.release();

        long before = System.nanoTime();
        waiter.prepare();
        Thread waker = Thread.ofPlatform().start(waiter::wake);
        waiter.await(10_000_000_000L);
        waker.join();
        assertThat(System.nanoTime() - before).isLessThan(9_000_000_000L);
    }

    @Test
    void anInterfaceThatWentDownDoesNotKeepTheWaiterAwake() {
        PacketRing source = source(null);
        Waiter waiter = open(new Waiter(List.of(source)));
        peer.links().setUp(b, false);
        for (int i = 0; i < 3; i++) {
            assertThat(source.next()).isFalse();
            waiter.prepare();
            waiter.await(0);
        }
        long before = System.nanoTime();
        waiter.prepare();
        waiter.await(50_000_000);
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(45_000_000);

        peer.links().setUp(b, true);
        for (int i = 0; i < 500 && !netlink.links().get(a).isRunning(); i++) {
            LockSupport.parkNanos(10_000_000);
        }
        send(numbered(1));
        assertThat(receive(source, 1)).hasSize(1);
    }

    @Test
    void aRefusedFrameIsCountedAndTheOthersGo() {
        PacketRing source = source(null);
        byte[] frame = numbered(3);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(VnetHeader.BYTES + frame.length);
            MemorySegment.copy(
                    frame, 0, memory, ValueLayout.JAVA_BYTE, VnetHeader.BYTES, frame.length);
            int nowhere = 9999;
            for (int interfaceIndex : new int[] {nowhere, a, nowhere, a}) {
                sender.send(memory, 0, frame.length, interfaceIndex, IPV4);
            }
            sender.flush();
        }
        assertThat(receive(source, 2)).hasSize(2);
        assertThat(sender.refused()).isEqualTo(2);
    }

    private static PacketBuilder.Link link() {
        return PacketBuilder.ethernet(A_MAC, B_MAC);
    }

    private static byte[] numbered(int number) {
        return link().ipv4("10.0.0.1", "10.0.0.2").udp(1000, 53).payload("frame " + number).build();
    }

    private static byte[] vnetForTcp() {
        byte[] vnet = new byte[VnetHeader.BYTES];
        MemorySegment header = MemorySegment.ofArray(vnet);
        VnetHeader.flags(header, 0, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.gsoType(header, 0, VnetHeader.GSO_TCPV4);
        VnetHeader.headerLength(header, 0, LINK_HEADER_BYTES + 40);
        VnetHeader.gsoSize(header, 0, 1448);
        VnetHeader.checksumStart(header, 0, LINK_HEADER_BYTES + 20);
        VnetHeader.checksumOffset(header, 0, 16);
        return vnet;
    }

    /// By the byte the gate writes the worker into.
    private static Fanout fanout(int group) {
        return Fanout.byByte(group, WORKER_BYTE);
    }

    private PacketRing source(@Nullable Fanout fanout) {
        return there.call(() -> open(new PacketRing(b, "b", 5, fanout)));
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private void send(byte[]... frames) {
        sendAll(new byte[VnetHeader.BYTES], frames);
    }

    private void send(byte[] vnet, byte[] frame) {
        sendAll(vnet, frame);
    }

    private void sendAll(byte[] vnet, byte[]... frames) {
        try (Arena arena = Arena.ofConfined()) {
            for (byte[] frame : frames) {
                MemorySegment memory =
                        arena.allocateFrom(ValueLayout.JAVA_BYTE, concat(vnet, frame));
                int etherType = (frame[12] & 0xff) << 8 | frame[13] & 0xff;
                sender.send(memory, 0, frame.length, a, etherType);
            }
            sender.flush();
        }
        assertThat(sender.refused()).isZero();
    }

    private static List<Received> receive(FrameSource source, int count) {
        List<Received> received = new ArrayList<>();
        while (received.size() < count) {
            await(source);
            MemorySegment segment = source.segment();
            long vnet = source.vnetOffset();
            received.add(
                    new Received(
                            segment.asSlice(vnet, VnetHeader.BYTES).toArray(ValueLayout.JAVA_BYTE),
                            segment.asSlice(vnet + VnetHeader.BYTES, source.frameBytes())
                                    .toArray(ValueLayout.JAVA_BYTE)));
            if ((received.size() & 7) == 0) {
                source.release();
            }
        }
        source.release();
        return received;
    }

    private static void await(FrameSource source) {
        for (int i = 0; i < 500; i++) {
            if (source.next()) {
                return;
            }
            source.release();
            LockSupport.parkNanos(10_000_000);
        }
        throw new AssertionError("no frame came within five seconds");
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
