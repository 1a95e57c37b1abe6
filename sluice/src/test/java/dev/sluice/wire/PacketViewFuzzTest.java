package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/// Any bytes get an answer, never an exception, and no byte outside of them is read: the segment
/// ends where the packet does. What the view promises about a parsed packet must hold.
///
/// A million inputs, or as many as `-Dsluice.fuzz` says.
final class PacketViewFuzzTest {

    private static final List<byte[]> SAMPLES = PacketViewTest.samples();
    private static final int MARGIN = 24;

    private final byte[] memory = new byte[4096];
    private final MemorySegment segment = MemorySegment.ofArray(memory);
    private final PacketView view = new PacketView();
    private long fine;

    @Test
    void anyBytesGetAnAnswer() {
        long count = Seeded.count("sluice.fuzz", 1_000_000);
        Seeded.forAll(count, this::parseSomething);
        // The mutations are gentle enough to reach what lies behind the first checks.
        if (Long.getLong("sluice.seed") == null) {
            assertThat(fine).isGreaterThan(count / 10);
        }
    }

    private void parseSomething(SplittableRandom random) {
        int start = random.nextInt(MARGIN);
        int length = random.nextInt(8) == 0 ? noise(random, start) : mutant(random, start);
        MemorySegment frame = segment.asSlice(0, start + length);
        Malformed malformed = view.parse(frame, start, length);
        if (malformed == null) {
            fine++;
            checkPromises(start, length);
            checkRewriting(frame, start, length, random);
        }
    }

    private int noise(SplittableRandom random, int start) {
        int length = random.nextInt(128);
        for (int i = 0; i < length; i++) {
            memory[start + i] = (byte) random.nextInt();
        }
        if (length > 0) {
            memory[start] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
        }
        repair(start, length);
        return length;
    }

    private int mutant(SplittableRandom random, int start) {
        byte[] sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
        int length = sample.length;
        System.arraycopy(sample, 0, memory, start, length);
        for (int i = random.nextInt(4); i > 0; i--) {
            // Most in the headers, with values that lengths and types have.
            int at = start + random.nextInt(Math.min(length, 100));
            memory[at] =
                    (byte)
                            switch (random.nextInt(4)) {
                                case 0 -> random.nextInt();
                                case 1 -> memory[at] + (random.nextBoolean() ? 1 : -1);
                                case 2 -> memory[at] ^ 1 << random.nextInt(8);
                                default -> PROTOCOLS[random.nextInt(PROTOCOLS.length)];
                            };
        }
        if (random.nextInt(4) == 0) {
            length = random.nextInt(length + 1);
        }
        if (random.nextInt(8) > 0) {
            repair(start, length);
        }
        return length;
    }

    private static final int[] PROTOCOLS = {0, 1, 4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 132};

    /// Else the IPv4 checksum would stop nearly everything.
    private void repair(int start, int length) {
        if (length >= 20 && memory[start] >> 4 == 4) {
            int header = Ipv4.headerLength(segment, start);
            if (header <= length) {
                Ipv4.fillChecksum(segment, start);
            }
        }
    }

    private void checkPromises(int start, int available) {
        long end = view.ip() + view.length();
        check(view.ip() == start && view.length() <= available);
        check(view.transport() >= start + 20 && view.transport() <= end);
        check(view.transport() + view.transportLength() == end);
        check(view.payload() >= view.transport() && view.payloadLength() >= 0);
        check(view.payload() + view.payloadLength() == end);
        check(!view.hasPorts() || view.transportLength() >= 8);
        check(!view.isLaterFragment() || view.isFragment() && !view.hasPorts());
        check(view.isFirstFragment() == (view.isFragment() && !view.isLaterFragment()));
        check(!view.isIcmp() || view.transportLength() >= 8);
        check(!view.isIcmpError() || view.isIcmp());
        check(!view.hasQuote() || view.isIcmpError());
        if (view.hasQuote()) {
            check(view.quotedIp() >= view.transport() + 8);
            check(view.quotedTransport() + view.quotedTransportLength() == end);
            check(!view.quotedHasPorts() || view.quotedTransportLength() >= 4);
        }
        check(!view.isLastFragment() || view.isFragment());
    }

    /// Every rewriting on every packet, too, stays inside.
    private void checkRewriting(
            MemorySegment frame, int start, int length, SplittableRandom random) {
        long high = view.isIpv6() ? random.nextLong() : 0;
        long low = view.isIpv6() ? random.nextLong() : random.nextInt() & 0xffff_ffffL;
        int port = random.nextInt(0x1_0000);
        boolean right = Rewrite.isChecksumRight(view);
        if (view.hasQuote()) {
            boolean v6 = view.quotedIsIpv6();
            Rewrite.quotedSource(view, v6 ? high : 0, v6 ? low : low & 0xffff_ffffL, port);
            Rewrite.quotedDestination(view, v6 ? low : 0, v6 ? high : 1, port);
        }
        Rewrite.source(view, high, low, port);
        if (view.ttl() > 0) {
            Rewrite.decrementTtl(view);
        }
        PacketView again = new PacketView();
        check(again.parse(frame, start, length) == null);
        check(again.sourceHigh() == high && again.sourceLow() == low);
        check(again.sourcePort() == view.sourcePort());
        // SCTP's is computed anew.
        check(Rewrite.isChecksumRight(again) == right || view.protocol() == IpProtocol.SCTP);
    }

    private static void check(boolean promise) {
        if (!promise) {
            throw new AssertionError("a promise is broken");
        }
    }
}
