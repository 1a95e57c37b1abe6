package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Each piece of a frame above 64 KiB is the frame that its sender would have made of those bytes.
final class SuperPacketCutterTest {

    private static final int VNET = 77;
    private static final int LINK_BYTES = 14;
    private static final int JUMBO = 0xc2;

    private final SuperPacketCutter cutter = new SuperPacketCutter();
    private final MemorySegment piece = MemorySegment.ofArray(new byte[1 << 17]);

    @Test
    void piecesAreWhatTheSenderWouldHaveMade() {
        Seeded.forAll(60, this::compare);
    }

    private void compare(SplittableRandom random) {
        boolean ipv6 = random.nextBoolean();
        boolean jumbo = ipv6 && random.nextBoolean();
        int gsoSize = 500 + random.nextInt(9000);
        int options = random.nextInt(4) * 4;
        byte[] payload = new byte[65_536 + random.nextInt(450_000)];
        random.nextBytes(payload);
        String flags = new String[] {"A", "PA", "FPA", "CA", "CPA"}[random.nextInt(5)];
        byte[] frame = whole(ipv6, jumbo, options, payload, flags);
        MemorySegment memory = frame(frame, ipv6, gsoSize);

        assertThat(cutter.start(memory, VNET, frame.length)).isTrue();
        int done = 0;
        boolean first = true;
        while (cutter.hasNext()) {
            int bytes = cutter.next(piece, 3);
            byte[] actual = bytes(piece, 3 + VnetHeader.BYTES, bytes);
            int headers = LINK_BYTES + (ipv6 ? 40 : 20) + 20 + options;
            int carried = bytes - headers;
            boolean last = done + carried == payload.length;
            assertThat(bytes - LINK_BYTES).isLessThanOrEqualTo(65_535);
            assertThat(last || carried % gsoSize == 0).as("whole segments").isTrue();
            String ownFlags = flags;
            ownFlags = last ? ownFlags : ownFlags.replaceAll("[FP]", "");
            ownFlags = first ? ownFlags : ownFlags.replace("C", "");
            PacketBuilder expected =
                    packet(ipv6, false, done / gsoSize, done, options, ownFlags)
                            .payload(Arrays.copyOfRange(payload, done, done + carried))
                            .partialChecksum();
            assertThat(actual).as("%d bytes from %d on", carried, done).isEqualTo(expected.build());
            assertThat(VnetHeader.gsoSize(piece, 3)).isEqualTo(carried > gsoSize ? gsoSize : 0);
            assertThat(VnetHeader.headerLength(piece, 3)).isEqualTo(headers);
            assertThat(VnetHeader.checksumStart(piece, 3)).isEqualTo(headers - 20 - options);
            assertThat(VnetHeader.flags(piece, 3)).isEqualTo(VnetHeader.NEEDS_CHECKSUM);
            done += carried;
            first = false;
        }
        assertThat(done).isEqualTo(payload.length);
    }

    @Test
    void whatIsNoTcpSuperPacketIsNotCut() {
        byte[] payload = new byte[100_000];
        byte[] tcp = whole(false, false, 0, payload, "A");
        assertThat(cutter.start(frame(tcp, false, 0), VNET, tcp.length)).isFalse();
        MemorySegment complete = frame(tcp, false, 1448);
        VnetHeader.flags(complete, VNET, 0);
        assertThat(cutter.start(complete, VNET, tcp.length)).isFalse();
        MemorySegment udp = frame(tcp, false, 1448);
        VnetHeader.gsoType(udp, VNET, VnetHeader.GSO_UDP_L4);
        assertThat(cutter.start(udp, VNET, tcp.length)).isFalse();
        MemorySegment otherFamily = frame(tcp, true, 1448);
        assertThat(cutter.start(otherFamily, VNET, tcp.length)).isFalse();
        byte[] options = whole(true, true, 0, payload, "A");
        options[LINK_BYTES + 41] = 1; // a longer hop-by-hop header
        assertThat(cutter.start(frame(options, true, 1448), VNET, options.length)).isFalse();
        cutter.stop();
        assertThat(cutter.hasNext()).isFalse();
    }

    /// Never an exception, never an endless loop, whatever the headers say.
    @Test
    void damagedHeadersDoNoHarm() {
        int[] met = new int[2];
        Seeded.forAll(
                3000,
                random -> {
                    boolean ipv6 = random.nextBoolean();
                    byte[] frame = whole(ipv6, random.nextBoolean(), 0, new byte[70_000], "A");
                    for (int i = random.nextInt(6); i > 0; i--) {
                        frame[random.nextInt(LINK_BYTES + 80)] = (byte) random.nextInt();
                    }
                    MemorySegment memory = frame(frame, ipv6, 1 + random.nextInt(65_535));
                    boolean taken = cutter.start(memory, VNET, frame.length);
                    met[taken ? 1 : 0]++;
                    for (int pieces = 0; taken && cutter.hasNext(); pieces++) {
                        assertThat(pieces).isLessThan(70_100);
                        assertThat(cutter.next(piece, 3))
                                .isBetween(LINK_BYTES, 65_535 + LINK_BYTES);
                    }
                });
        assertThat(met[0]).isPositive();
        assertThat(met[1]).isPositive();
    }

    // ---- helpers ----

    private static PacketBuilder packet(
            boolean ipv6, boolean jumbo, int segments, long sent, int options, String flags) {
        PacketBuilder.Link link = PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
        PacketBuilder ip =
                ipv6
                        ? link.ipv6("2001:db8::1", "2001:db8::2")
                        : link.ipv4("10.0.0.1", "10.0.0.2").df().id(65_530 + segments & 0xffff);
        PacketBuilder tcp =
                (jumbo ? ip.extension(0, 0, 0, JUMBO, 4, 0, 0, 0, 0) : ip)
                        .tcp(1000, 80)
                        .seq(0xffff_ff00L + sent & 0xffff_ffffL)
                        .ack(77)
                        .flags(flags);
        int[] bytes = new int[options];
        Arrays.fill(bytes, 1);
        return options == 0 ? tcp : tcp.tcpOptions(bytes);
    }

    /// A frame that does not say how long it is.
    private static byte[] whole(
            boolean ipv6, boolean jumbo, int options, byte[] payload, String flags) {
        byte[] headers =
                packet(ipv6, jumbo && ipv6, 0, 0, options, flags).partialChecksum().build();
        headers[LINK_BYTES + (ipv6 ? 4 : 2)] = 0;
        headers[LINK_BYTES + (ipv6 ? 5 : 3)] = 0;
        byte[] frame = Arrays.copyOf(headers, headers.length + payload.length);
        System.arraycopy(payload, 0, frame, headers.length, payload.length);
        return frame;
    }

    private static MemorySegment frame(byte[] frame, boolean ipv6, int gsoSize) {
        MemorySegment memory =
                MemorySegment.ofArray(new byte[VNET + VnetHeader.BYTES + frame.length]);
        MemorySegment.copy(
                frame, 0, memory, ValueLayout.JAVA_BYTE, VNET + VnetHeader.BYTES, frame.length);
        VnetHeader.flags(memory, VNET, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.gsoType(memory, VNET, ipv6 ? VnetHeader.GSO_TCPV6 : VnetHeader.GSO_TCPV4);
        VnetHeader.gsoSize(memory, VNET, gsoSize);
        return memory;
    }

    private static byte[] bytes(MemorySegment memory, long at, int count) {
        return memory.asSlice(at, count).toArray(ValueLayout.JAVA_BYTE);
    }
}
