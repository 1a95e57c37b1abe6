package dev.sluice.director;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.Verdict.Action;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Encapsulation.Checksum;
import dev.sluice.director.service.Setting;
import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Mutation;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketPrinter;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.PlainChecksum;
import dev.sluice.wire.TunnelPacket;
import dev.sluice.wire.Udp;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/// Whatever a client sends to a tunnelled service: what leaves is a right packet to the real server
/// with the client's inside, one hop older and otherwise as it was; a super-packet leaves as the
/// packets that it stands for; no outer packet is longer than the path allows unless it is to be
/// cut. Whatever is said about such packets by ICMP ends in a verdict, and what the client is told
/// goes to him and is right.
///
/// 30,000 packets, ten million in continuous integration ([Seeded]).
final class TunnelFuzzTest {

    private static final int PACKETS_PER_LIFE = 300;
    private static final int NORMALLY = 30_000;
    private static final int HEADROOM = 64;
    private static final int PATH_MTU = 1500;

    private enum Deed {
        IPIP,
        GUE,
        GRE,
        IPV4_IN_IPV6,
        IPV6_IN_IPV4,
        SUPER_PACKET,
        PARTIAL_CHECKSUM,
        TO_BE_CUT,
        TOLD_TOO_BIG,
        TOLD_OTHERWISE,
        SWALLOWED,
        NOT_OURS
    }

    private final List<Traffic.Sample> samples = Traffic.make(new SplittableRandom(2), 3000);
    private final PacketView view = new PacketView();
    private final PacketView outer = new PacketView();
    private final PacketView inner = new PacketView();
    private final Met<Deed> deeds = new Met<>(Deed.class);

    @Test
    void whatLeavesIsRightAndErrorsAboutItReachTheClient() {
        long packets = Seeded.packets(NORMALLY);
        Seeded.forAll(packets / PACKETS_PER_LIFE, random -> new Life(random).live());
        if (Seeded.isWhole(packets, NORMALLY)) {
            deeds.assertAll(List.of());
        }
    }

    /// One director with tunnelled services only.
    private final class Life {

        private final SplittableRandom random;
        private final Lvs lvs = new Lvs();

        Life(SplittableRandom random) {
            this.random = random;
            for (boolean ipv6 : new boolean[] {false, true}) {
                String vip = Traffic.virtual(ipv6).toString();
                lvs.tcp(vip, 80, "rr")
                        .tunnel(server(ipv6, 1), any())
                        .tunnel(server(ipv6, 2), any());
                lvs.udp(vip, 53, "rr")
                        .tunnel(server(!ipv6, 1), any())
                        .tunnel(server(!ipv6, 2), any());
            }
            lvs.set(Setting.PMTU_DISC, random.nextInt(4) == 0 ? 0 : 1);
        }

        private static String server(boolean ipv6, int number) {
            return Traffic.server(ipv6, number).toString();
        }

        private Encapsulation any() {
            Checksum checksum = random.nextBoolean() ? Checksum.FULL : Checksum.NONE;
            return switch (random.nextInt(3)) {
                case 0 -> Encapsulation.IPIP;
                case 1 -> new Encapsulation(Encapsulation.Type.GUE, 6080, checksum);
                default -> new Encapsulation(Encapsulation.Type.GRE, 0, checksum);
            };
        }

        void live() {
            try {
                for (int i = 0; i < PACKETS_PER_LIFE; i++) {
                    lvs.after(random.nextInt(100) == 0 ? 100 : 0);
                    packet();
                }
            } finally {
                lvs.director.close();
            }
        }

        private void packet() {
            Traffic.Sample sample = samples.get(random.nextInt(samples.size()));
            if (sample.bytes.length > 0xffff - 100) {
                return;
            }
            byte[] memory = new byte[HEADROOM + sample.bytes.length + 64];
            System.arraycopy(sample.bytes, 0, memory, HEADROOM, sample.bytes.length);
            int bytes =
                    random.nextInt(4) == 0
                            ? Mutation.mutate(memory, HEADROOM, sample.bytes.length, random)
                            : sample.bytes.length;
            byte[] before = Arrays.copyOfRange(memory, HEADROOM, HEADROOM + bytes);
            if (view.parse(MemorySegment.ofArray(memory), HEADROOM, bytes) != null
                    || view.isIcmpError()) {
                return;
            }
            view.gsoSize(sample.gsoSize);
            view.partialChecksum(sample.partialChecksum);
            try {
                Verdict verdict = lvs.director.process(view, lvs.nowNanos());
                List<TestOutbox.Sent> sent = lvs.outbox.take();
                if (verdict.action() == Action.FORWARD) {
                    judge(sample, before, verdict, sent);
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "gsoSize %d, partial %b: %s%n%s"
                                .formatted(
                                        sample.gsoSize,
                                        sample.partialChecksum,
                                        PacketPrinter.describe(before),
                                        HexFormat.of().formatHex(before)),
                        e);
            }
        }

        private void judge(
                Traffic.Sample sample, byte[] before, Verdict verdict, List<TestOutbox.Sent> sent) {
            byte[] last =
                    view.frame()
                            .asSlice(verdict.start(), verdict.bytes())
                            .toArray(ValueLayout.JAVA_BYTE);
            boolean partial = view.isChecksumPartial();
            boolean cut = verdict.fragmentBytes() > 0;
            check(cut || last.length <= PATH_MTU, "too long for its path");
            PacketView was = new PacketView();
            was.parse(MemorySegment.ofArray(before), 0, before.length);
            was.gsoSize(sample.gsoSize);
            was.partialChecksum(sample.partialChecksum);
            List<byte[]> inners = new ArrayList<>();
            for (TestOutbox.Sent each : sent) {
                check(each.bytes().length <= PATH_MTU, "a piece too long for its path");
                if (!isFragmentOfOuter(each.bytes())) {
                    inners.add(unwrap(each.bytes(), was));
                }
            }
            inners.add(unwrap(last, was));
            note(sample, was, cut, partial);
            if (was.gsoSize() > 0 && was.hasPorts()) {
                checkSuperPacket(was, inners, sent.size() + 1);
            } else {
                checkPlain(was, before, inners, partial);
            }
            if (random.nextInt(3) == 0) {
                complain(last, was);
            }
        }

        private boolean isFragmentOfOuter(byte[] packet) {
            outer.parse(MemorySegment.ofArray(packet), 0, packet.length);
            return outer.isFragment();
        }

        private byte[] unwrap(byte[] packet, PacketView was) {
            MemorySegment memory = MemorySegment.ofArray(packet);
            check(outer.parse(memory, 0, packet.length) == null, "malformed outside");
            check(outer.length() == packet.length, "outer length");
            check(outer.ttl() == was.ttl() - 1, "outer hops");
            check(PlainChecksum.ipv4Error(memory, 0) == 0, "outer IPv4 checksum");
            if (outer.hasPorts() && Udp.checksum(memory, outer.transport()) != 0) {
                check(PlainChecksum.transportError(outer) == 0, "outer UDP checksum");
            }
            Address source = outer.isIpv6() ? TestPaths.DIRECTOR_6 : TestPaths.DIRECTOR;
            check(outer.sourceLow() == source.low(), "outer source");
            boolean toServer = false;
            for (int number = 1; number <= 2; number++) {
                Address server = Traffic.server(outer.isIpv6(), number);
                toServer |= outer.destinationLow() == server.low();
            }
            check(toServer, "to somebody else");
            long at =
                    TunnelPacket.inner(
                            memory, outer.protocol(), outer.transport(), outer.transportLength());
            check(at != TunnelPacket.NONE, "nothing inside");
            return Arrays.copyOfRange(packet, (int) at, packet.length);
        }

        private void checkPlain(
                PacketView was, byte[] before, List<byte[]> inners, boolean partial) {
            check(inners.size() == 1, "more than one packet");
            byte[] now = inners.getFirst();
            check(now.length == was.length(), "inner length");
            check(inner.parse(MemorySegment.ofArray(now), 0, now.length) == null, "inner");
            inner.partialChecksum(partial);
            check(inner.ttl() == was.ttl() - 1, "inner hops");
            int error = PlainChecksum.transportError(inner);
            boolean completed = was.isChecksumPartial() && !partial;
            check(
                    completed ? error == 0 : error == PlainChecksum.transportError(was),
                    "inner checksum");
            byte[] expected = Arrays.copyOf(before, now.length);
            byte[] actual = now.clone();
            blank(expected, actual, was.isIpv6() ? 7 : 8, 1);
            if (!was.isIpv6()) {
                blank(expected, actual, 10, 2);
            }
            if (completed) {
                blank(expected, actual, (int) PlainChecksum.field(was), 2);
            }
            check(Arrays.equals(expected, actual), "something else has changed inside");
        }

        private void checkSuperPacket(PacketView was, List<byte[]> inners, int all) {
            if (inners.size() < all) {
                return; // some went in fragments of the outer packet
            }
            ByteArrayOutputStream payload = new ByteArrayOutputStream();
            for (byte[] each : inners) {
                check(inner.parse(MemorySegment.ofArray(each), 0, each.length) == null, "piece");
                check(PlainChecksum.ipv4Error(inner.frame(), 0) == 0, "piece's IPv4 checksum");
                check(PlainChecksum.transportError(inner) == 0, "piece's checksum");
                check(inner.sourcePort() == was.sourcePort(), "piece's port");
                payload.writeBytes(Arrays.copyOfRange(each, (int) inner.payload(), each.length));
            }
            byte[] sent =
                    was.frame()
                            .asSlice(was.payload(), was.payloadLength())
                            .toArray(ValueLayout.JAVA_BYTE);
            check(Arrays.equals(payload.toByteArray(), sent), "payload");
        }

        /// Says something about what left.
        private void complain(byte[] left, PacketView was) {
            outer.parse(MemorySegment.ofArray(left), 0, left.length);
            boolean ipv6 = outer.isIpv6();
            Address to = ipv6 ? TestPaths.DIRECTOR_6 : TestPaths.DIRECTOR;
            Address from = Traffic.server(ipv6, 1);
            PacketBuilder error = PacketBuilder.ip(from, to);
            boolean tooBig = random.nextBoolean();
            int mtu = random.nextInt(70_000);
            error =
                    tooBig
                            ? error.icmp(ipv6 ? 2 : 3, ipv6 ? 0 : 4, ipv6 ? mtu : mtu & 0xffff)
                            : error.icmp(ipv6 ? 1 : 3, random.nextInt(4), 0);
            byte[] quote = Arrays.copyOf(left, Math.min(left.length, random.nextInt(600)));
            if (random.nextInt(4) == 0 && quote.length > 0) {
                quote[random.nextInt(quote.length)] ^= (byte) random.nextInt(256);
            }
            boolean hadDontFragment = was.dontFragment();
            lvs.receive(error.payload(quote));
            Verdict verdict = lvs.verdict();
            check(verdict.action() != Action.FORWARD, "an error to the director goes on");
            if (verdict.action() == Action.TO_STACK) {
                deeds.add(Deed.NOT_OURS);
                check(lvs.sent().isEmpty(), "told although not ours");
            } else if (lvs.sent().isEmpty()) {
                deeds.add(Deed.SWALLOWED);
            } else {
                deeds.add(tooBig ? Deed.TOLD_TOO_BIG : Deed.TOLD_OTHERWISE);
                checkTold(lvs.sent().getFirst(), hadDontFragment, tooBig);
            }
        }

        private void checkTold(TestOutbox.Sent told, boolean hadDontFragment, boolean tooBig) {
            byte[] packet = told.bytes();
            check(inner.parse(told.packet(), 0, packet.length) == null, "malformed answer");
            check(inner.isIcmpError() && inner.hasQuote(), "no error");
            check(PlainChecksum.transportError(inner) == 0, "answer's checksum");
            check(
                    inner.sourceLow() == inner.quote().destinationLow()
                            && inner.destinationLow() == inner.quote().sourceLow(),
                    "told to somebody else");
            if (tooBig && !inner.isIpv6()) {
                int word = Ipv4.fragmentWord(inner.frame(), inner.quotedIp());
                check((word & Ipv4.DONT_FRAGMENT) != 0 || hadDontFragment, "needs not know");
                check(Icmp.mtu(inner.frame(), inner.transport()) >= 68, "MTU");
            }
        }
    }

    private void note(Traffic.Sample sample, PacketView was, boolean cut, boolean partial) {
        deeds.add(
                switch (outer.protocol()) {
                    case IpProtocol.GRE -> Deed.GRE;
                    case IpProtocol.UDP -> Deed.GUE;
                    default -> Deed.IPIP;
                });
        if (outer.isIpv6() != was.isIpv6()) {
            deeds.add(was.isIpv6() ? Deed.IPV6_IN_IPV4 : Deed.IPV4_IN_IPV6);
        }
        if (sample.gsoSize > 0) {
            deeds.add(Deed.SUPER_PACKET);
        }
        if (partial) {
            deeds.add(Deed.PARTIAL_CHECKSUM);
        }
        if (cut) {
            deeds.add(Deed.TO_BE_CUT);
        }
    }

    private static void blank(byte[] a, byte[] b, int at, int bytes) {
        Arrays.fill(a, at, at + bytes, (byte) 0);
        Arrays.fill(b, at, at + bytes, (byte) 0);
    }

    private static void check(boolean holds, String what) {
        assertThat(holds).as(what).isTrue();
    }
}
