package dev.sluice.wire;

import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/// Any bytes get an answer, never an exception. No byte outside of them is read: the segment begins
/// or ends, or both, where the packet does; nor written. What the view promises about a parsed
/// packet must hold, and whatever is rewritten keeps the error of every checksum ([PlainChecksum]).
///
/// A million inputs; ten million in continuous integration ([Seeded]).
final class PacketViewFuzzTest {

    private static final int NORMALLY = 1_000_000;

    /// What a fine packet can be; each must have been met.
    private enum Trait {
        TCP,
        UDP,
        UDP_WITHOUT_CHECKSUM,
        SCTP,
        ICMP,
        OTHER_PROTOCOL,
        IPV6,
        OPTIONS_OR_EXTENSIONS,
        FIRST_FRAGMENT,
        LATER_FRAGMENT,
        LAST_FRAGMENT,
        ERROR_WITHOUT_QUOTE,
        QUOTE,
        QUOTE_OF_THE_OTHER_FAMILY,
        QUOTE_WITHOUT_PORTS,
        QUOTE_WITH_PORTS,
        QUOTED_FRAGMENT,
        QUOTE_IN_A_QUOTE,
        PADDING,
        BIG_TCP,
        RIGHT_CHECKSUM,
        WRONG_CHECKSUM,
        PARTIAL_CHECKSUM
    }

    private static final int MARGIN = 24;
    private static final int BIG = 70_000;

    private static final List<byte[]> SAMPLES = samples();
    private static final List<byte[]> BIG_SAMPLES = bigSamples();

    private final byte[] memory = new byte[MARGIN + BIG + 100];
    private final byte[] before = new byte[memory.length];
    private final MemorySegment segment = MemorySegment.ofArray(memory);
    private final PacketView view = new PacketView();
    private final PacketView again = new PacketView();
    private final Met<Malformed> malformed = new Met<>(Malformed.class);
    private final Met<Trait> traits = new Met<>(Trait.class);

    @Test
    void anyBytesGetAnAnswer() {
        long count = Seeded.packets(NORMALLY);
        Seeded.forAll(count, this::parseSomething);
        if (Seeded.isWhole(count, NORMALLY)) {
            malformed.assertAll(List.of());
            traits.assertAll(List.of());
            // The mutations are gentle enough to reach what lies behind the first checks.
            check(malformed.sum() < count / 2, "most are malformed: " + malformed);
        }
    }

    private void parseSomething(SplittableRandom random) {
        int start = random.nextInt(MARGIN);
        int length = random.nextInt(8) == 0 ? noise(random, start) : mutant(random, start);
        System.arraycopy(memory, 0, before, 0, start + length);
        try {
            // Alternately nothing is before the packet, where link headers and metadata are.
            boolean alone = random.nextBoolean();
            MemorySegment frame =
                    alone ? segment.asSlice(start, length) : segment.asSlice(0, start + length);
            parse(frame, alone ? 0 : start, start, length, random);
        } catch (RuntimeException | AssertionError e) {
            byte[] packet = Arrays.copyOfRange(before, start, start + length);
            throw new AssertionError(
                    e + "\n" + describe(packet) + "\n" + HexFormat.of().formatHex(packet), e);
        }
    }

    private static String describe(byte[] packet) {
        try {
            return PacketPrinter.describe(packet);
        } catch (RuntimeException e) {
            return "not even printable: " + e;
        }
    }

    private void parse(
            MemorySegment frame, int ip, int start, int length, SplittableRandom random) {
        Malformed why = view.parse(frame, ip, length);
        if (why != null) {
            malformed.add(why);
            checkMalformed(why, frame, ip);
        } else {
            checkPromises(ip, length);
            note(length);
            checkRewriting(frame, ip, length, random);
            int end = start + view.length();
            check(
                    Arrays.equals(memory, end, start + length, before, end, start + length),
                    "padding was written");
        }
        check(Arrays.equals(memory, 0, start, before, 0, start), "written before the packet");
    }

    private int noise(SplittableRandom random, int start) {
        int length = random.nextInt(128);
        for (int i = 0; i < length; i++) {
            memory[start + i] = (byte) random.nextInt();
        }
        if (length > 0 && random.nextInt(8) > 0) {
            memory[start] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
        }
        if (random.nextInt(8) > 0) {
            Mutation.repair(memory, start, length);
        }
        return length;
    }

    private int mutant(SplittableRandom random, int start) {
        List<byte[]> from = random.nextInt(5000) == 0 ? BIG_SAMPLES : SAMPLES;
        byte[] sample = from.get(random.nextInt(from.size()));
        System.arraycopy(sample, 0, memory, start, sample.length);
        return Mutation.mutate(memory, start, sample.length, random);
    }

    private static void checkMalformed(Malformed why, MemorySegment frame, int ip) {
        if (why == Malformed.IPV4_CHECKSUM) {
            check(PlainChecksum.ipv4Error(frame, ip) != 0, "the IPv4 checksum is right");
        }
    }

    private void checkPromises(int start, int available) {
        long end = view.ip() + view.length();
        MemorySegment frame = view.frame();
        check(PlainChecksum.ipv4Error(frame, start) == 0, "the IPv4 checksum is wrong");
        check(view.ip() == start && view.length() <= available, "length");
        check(view.transport() >= start + 20 && view.transport() <= end, "transport");
        check(view.transport() + view.transportLength() == end, "transport's end");
        check(view.payload() >= view.transport() && view.payloadLength() >= 0, "payload");
        check(view.payload() + view.payloadLength() == end, "payload's end");
        check(!view.hasPorts() || view.transportLength() >= 8, "ports");
        check(!view.hasPorts() || view.sourcePort() == u16(view.transport()), "source port");
        check(
                !view.hasPorts() || view.destinationPort() == u16(view.transport() + 2),
                "destination port");
        check(!view.isLaterFragment() || view.isFragment() && !view.hasPorts(), "later fragment");
        check(
                view.isFirstFragment() == (view.isFragment() && !view.isLaterFragment()),
                "first fragment");
        check(!view.isIcmp() || view.transportLength() >= 8, "ICMP");
        check(!view.isIcmpError() || view.isIcmp(), "ICMP error");
        check(!view.hasQuote() || view.isIcmpError(), "quote");
        if (view.hasQuote()) {
            check(view.quotedIp() == view.transport() + 8, "quote's place");
            checkQuote(end);
        }
        check(!view.isLastFragment() || view.isFragment(), "last fragment");
    }

    private void checkQuote(long end) {
        check(view.quotedTransport() >= view.quotedIp() + 20, "quote's header");
        check(view.quotedTransport() + view.quotedTransportLength() == end, "quote's end");
        check(!view.quotedHasPorts() || view.quotedTransportLength() >= 4, "quote's ports");
    }

    private void note(int available) {
        switch (view.protocol()) {
            case IpProtocol.TCP -> traits.add(Trait.TCP);
            case IpProtocol.UDP -> traits.add(Trait.UDP);
            case IpProtocol.SCTP -> traits.add(Trait.SCTP);
            default -> traits.add(view.isIcmp() ? Trait.ICMP : Trait.OTHER_PROTOCOL);
        }
        note(view.isIpv6(), Trait.IPV6);
        note(view.headerLength() > (view.isIpv6() ? 40 : 20), Trait.OPTIONS_OR_EXTENSIONS);
        note(view.isFirstFragment(), Trait.FIRST_FRAGMENT);
        note(view.isLaterFragment(), Trait.LATER_FRAGMENT);
        note(view.isLastFragment(), Trait.LAST_FRAGMENT);
        note(view.length() > 0xffff, Trait.BIG_TCP);
        note(view.length() < available, Trait.PADDING);
        note(view.isIcmpError() && !view.hasQuote(), Trait.ERROR_WITHOUT_QUOTE);
        if (view.hasQuote()) {
            traits.add(Trait.QUOTE);
            note(view.quote().isIpv6() != view.isIpv6(), Trait.QUOTE_OF_THE_OTHER_FAMILY);
            traits.add(view.quotedHasPorts() ? Trait.QUOTE_WITH_PORTS : Trait.QUOTE_WITHOUT_PORTS);
            note(view.quotedIsFragment(), Trait.QUOTED_FRAGMENT);
        }
    }

    private void note(boolean has, Trait trait) {
        if (has) {
            traits.add(trait);
        }
    }

    /// Every rewriting on every packet, too, stays inside and keeps the checksums' errors.
    private void checkRewriting(MemorySegment frame, int ip, int length, SplittableRandom random) {
        boolean partial = random.nextInt(4) == 0;
        view.partialChecksum(partial);
        boolean crc = view.protocol() == IpProtocol.SCTP;
        boolean right = Rewrite.isChecksumRight(view);
        int error = PlainChecksum.transportError(view);
        int quoteError = quotedIpv4Error();
        boolean internet = PlainChecksum.hasInternetChecksum(view);
        boolean none = isUdpWithoutChecksum();
        note(partial, Trait.PARTIAL_CHECKSUM);
        note(none, Trait.UDP_WITHOUT_CHECKSUM);
        if (!partial && internet && !view.isFragment() && !none) {
            check(right == (error == 0), "isChecksumRight");
            traits.add(right ? Trait.RIGHT_CHECKSUM : Trait.WRONG_CHECKSUM);
        }

        rewrite(random);

        check(PlainChecksum.ipv4Error(frame, ip) == 0, "IPv4 checksum");
        if (isUdpWithoutChecksum()) {
            check(none, "a UDP checksum became none");
        } else {
            check(!none, "a UDP checksum from nothing");
            check(PlainChecksum.transportError(view) == error, "transport checksum");
        }
        check(quotedIpv4Error() == quoteError, "quoted checksum");
        checkFacts(frame, ip, length);
        again.partialChecksum(view.isChecksumPartial());
        boolean rightNow = Rewrite.isChecksumRight(again);
        // SCTP's is computed anew.
        check(crc ? rightNow || !right : rightNow == right, "isChecksumRight afterwards");
        if (view.hasQuote() && view.quoteAt(view.quotedTransport())) {
            checkQuote(view.ip() + view.length());
            traits.add(Trait.QUOTE_IN_A_QUOTE);
        }
    }

    private void rewrite(SplittableRandom random) {
        long high = view.isIpv6() ? random.nextLong() : 0;
        long low = view.isIpv6() ? random.nextLong() : random.nextInt() & 0xffff_ffffL;
        int port = random.nextInt(0x1_0000);
        if (view.hasQuote()) {
            boolean v6 = view.quote().isIpv6();
            Rewrite.quotedSource(view, v6 ? high : 0, v6 ? low : low & 0xffff_ffffL, port);
            Rewrite.quotedDestination(view, v6 ? low : 0, v6 ? high : 1, port);
        }
        Rewrite.source(view, high, low, port);
        if (random.nextBoolean()) {
            Rewrite.destination(view, high, low ^ 1, port);
        }
        if (view.ttl() > 0) {
            Rewrite.decrementTtl(view);
        }
        check(view.sourceHigh() == high && view.sourceLow() == low, "source");
        check(!view.hasPorts() || view.sourcePort() == port, "source port");
    }

    /// What the view says after a rewriting is what is in the packet.
    private void checkFacts(MemorySegment frame, int ip, int length) {
        check(again.parse(frame, ip, length) == null, "malformed afterwards");
        check(
                again.sourceHigh() == view.sourceHigh() && again.sourceLow() == view.sourceLow(),
                "source afterwards");
        check(
                again.destinationHigh() == view.destinationHigh()
                        && again.destinationLow() == view.destinationLow(),
                "destination afterwards");
        check(
                again.sourcePort() == view.sourcePort()
                        && again.destinationPort() == view.destinationPort(),
                "ports afterwards");
        check(again.hasQuote() == view.hasQuote(), "quote afterwards");
        if (view.hasQuote()) {
            check(
                    again.quote().sourceHigh() == view.quote().sourceHigh()
                            && again.quote().sourceLow() == view.quote().sourceLow()
                            && again.quote().destinationHigh() == view.quote().destinationHigh()
                            && again.quote().destinationLow() == view.quote().destinationLow()
                            && again.quote().sourcePort() == view.quote().sourcePort()
                            && again.quote().destinationPort() == view.quote().destinationPort(),
                    "quoted flow afterwards");
        }
    }

    private boolean isUdpWithoutChecksum() {
        return view.protocol() == IpProtocol.UDP
                && view.hasPorts()
                && !view.isChecksumPartial()
                && u16(view.transport() + 6) == 0;
    }

    private int quotedIpv4Error() {
        return view.hasQuote() ? PlainChecksum.ipv4Error(view.frame(), view.quotedIp()) : 0;
    }

    private int u16(long at) {
        return Bytes.u16(view.frame(), at);
    }

    private static List<byte[]> samples() {
        String a = "172.16.0.1";
        String b = "192.168.1.100";
        String a6 = "2001:db8::1";
        String b6 = "2001:db8:1::100";
        byte[] first = ipv4(b, a).udp(1, 2).payload(100).fragments(68).get(0);
        byte[] later6 = ipv6(b6, a6).udp(1, 2).payload(100).fragments(80).get(1);
        byte[] inner = ipv4(a, b).tcp(1000, 80).build();
        byte[] tunnel = ipv4("10.0.0.1", "10.0.0.2").transportBytes(4, inner).build();
        PacketBuilder nine = ipv6(a6, b6);
        for (int i = 0; i < 9; i++) {
            nine.destinationOptions();
        }
        List<byte[]> samples = new ArrayList<>(PacketViewTest.samples());
        samples.add(ipv4(a, b).udp(1, 2).payload("abc").noChecksum().build());
        samples.add(ipv4(a, b).tcp(1, 2).payload(3000).df().build());
        samples.add(ipv4(a, b).transportBytes(47, new byte[20]).build());
        samples.add(ipv4(a, b).icmpTimeExceeded(first).build());
        samples.add(ipv4(a, b).icmpFragNeeded(1400, tunnel).build());
        samples.add(ipv4(a, b).icmpFragNeeded(1400, later6).build());
        samples.add(ipv4(a, b).icmpFragNeeded(1400, Arrays.copyOf(inner, 28)).build());
        samples.add(ipv4(a, b).icmpUnreachable(3, new byte[0]).build());
        samples.add(ipv6(a6, b6).icmpUnreachable(3, inner).build());
        samples.add(ipv6(a6, b6).icmpUnreachable(3, later6).build());
        samples.add(ipv6(a6, b6).fragment(0, false, 7).udp(1, 2).noChecksum().build());
        samples.add(ipv6(a6, b6).fragment(0, false, 7).fragment(0, true, 7).udp(1, 2).build());
        samples.add(ipv6(a6, b6).routing(1).tcp(1, 2).build());
        samples.add(nine.tcp(1, 2).build());
        return samples;
    }

    /// Packets of BIG TCP, which say 0 as their length.
    private static List<byte[]> bigSamples() {
        byte[] big = ipv4("172.16.0.1", "192.168.1.100").tcp(1, 2).payload(BIG).build();
        MemorySegment frame = MemorySegment.ofArray(big);
        Ipv4.totalLength(frame, 0, 0);
        Ipv4.fillChecksum(frame, 0);
        byte[] big6 = ipv6("2001:db8::1", "2001:db8:1::100").tcp(1, 2).payload(BIG).build();
        Ipv6.payloadLength(MemorySegment.ofArray(big6), 0, 0);
        return List.of(big, big6);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
