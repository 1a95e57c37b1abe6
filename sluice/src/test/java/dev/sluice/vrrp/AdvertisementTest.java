package dev.sluice.vrrp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;
import dev.sluice.wire.Ipv4;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The message and the packet around it: what is sent, what is believed.
final class AdvertisementTest {

    private static final int IP = Ethernet.HEADER_BYTES;

    private static final RouterSettings VERSION_2 =
            RouterSettings.of(Family.IPV4)
                    .with(it -> {
                        it.routerId = 10;
                        it.priority = 120;
                        it.addresses = addresses("192.0.2.100");
                    });
    private static final RouterSettings PASSWORD =
            VERSION_2.with(it -> {
                it.routerId = 51;
                it.priority = 150;
                it.addresses = addresses("192.0.2.100", "192.0.2.101");
                it.authentication = Authentication.password("s3cr3t");
            });
    private static final RouterSettings HEADER =
            PASSWORD.with(it -> {
                it.addresses = addresses("192.0.2.100");
                it.authentication = Authentication.header("s3cr3tah");
            });
    private static final RouterSettings VERSION_3 =
            RouterSettings.of(Family.IPV4)
                    .with(it -> {
                        it.version = 3;
                        it.routerId = 11;
                        it.priority = 200;
                        it.intervalCentis = 25;
                        it.addresses = addresses("192.0.2.100", "192.0.2.110", "198.51.100.7");
                    });
    private static final RouterSettings UNICAST =
            VERSION_3.with(it -> {
                it.routerId = 12;
                it.priority = 150;
                it.intervalCentis = 100;
                it.addresses = addresses("192.0.2.100");
                it.peers =
                        List.of(
                                RouterSettings.Peer.of(Address.parse("192.0.2.2")),
                                RouterSettings.Peer.of(Address.parse("192.0.2.3")));
            });
    private static final RouterSettings UNICAST_PASSWORD =
            UNICAST.with(it -> {
                it.version = 2;
                it.routerId = 13;
                it.intervalCentis = 200;
                it.ttl = 64;
                it.authentication = Authentication.password("abcdefgh");
            });
    private static final RouterSettings IPV6 =
            RouterSettings.of(Family.IPV6)
                    .with(it -> {
                        it.routerId = 14;
                        it.priority = 150;
                        it.addresses = addresses("fe80::100", "2001:db8::100");
                    });
    private static final RouterSettings IPV6_UNICAST =
            IPV6.with(it -> {
                it.routerId = 15;
                it.ttl = 64;
                it.addresses = addresses("2001:db8::200");
                it.peers = List.of(RouterSettings.Peer.of(Address.parse("2001:db8::2")));
            });
    private static final RouterSettings OWNER =
            VERSION_2.with(it -> {
                it.routerId = 51;
                it.priority = 255;
            });

    private static final Map<String, RouterSettings> RECORDED =
            Map.ofEntries(
                    Map.entry("version 2", VERSION_2),
                    Map.entry("version 2, password", PASSWORD),
                    Map.entry("version 2, password, stopping", PASSWORD),
                    Map.entry("version 2, authentication header", HEADER),
                    Map.entry("version 2, authentication header, the next", HEADER),
                    Map.entry("version 3", VERSION_3),
                    Map.entry("version 3, stopping", VERSION_3),
                    Map.entry("version 3, unicast", UNICAST),
                    Map.entry("version 3, unicast, another peer", UNICAST),
                    Map.entry("version 2, unicast, password", UNICAST_PASSWORD),
                    Map.entry("version 3, IPv6", IPV6),
                    Map.entry("version 3, IPv6, unicast", IPV6_UNICAST),
                    Map.entry("version 3, IPv6, stopping", IPV6),
                    Map.entry("version 2, owner", OWNER));

    @TestFactory
    Stream<DynamicTest> isByteForByteWhatKeepalivedSends() {
        assertThat(RECORDED.keySet()).isEqualTo(RecordedFrames.advertisements().keySet());
        return RecordedFrames.advertisements().entrySet().stream()
                .map(entry ->
                        DynamicTest.dynamicTest(
                                entry.getKey(),
                                () ->
                                        assertThat(sentAs(entry.getKey(), entry.getValue()))
                                                .isEqualTo(withoutFlowLabel(entry.getValue()))));
    }

    /// The packet of a router with the recorded one's settings, behind the recorded link header.
    private static byte[] sentAs(String name, byte[] recorded) {
        RouterSettings settings = Objects.requireNonNull(RECORDED.get(name));
        MemorySegment frame = MemorySegment.ofArray(recorded);
        boolean isIpv6 = settings.family() == Family.IPV6;
        Address destination =
                Address.of(
                        Arrays.copyOfRange(
                                recorded, IP + (isIpv6 ? 24 : 16), IP + (isIpv6 ? 40 : 20)));
        int priority = name.endsWith("stopping") ? 0 : settings.priority();
        AdvertisementPacket packet =
                new AdvertisementPacket(
                        Reception.source(frame, IP),
                        destination,
                        settings.ttl(),
                        isIpv6 ? 0 : Ipv4.id(frame, IP),
                        ChecksumForm.PSEUDO_HEADER,
                        settings.authentication(),
                        name.endsWith("header") ? 1 : 2,
                        new Advertisement(
                                settings.version(),
                                settings.routerId(),
                                priority,
                                settings.intervalCentis(),
                                settings.authentication().type(),
                                settings.authentication().data(),
                                settings.addresses()));
        byte[] sent = Arrays.copyOf(recorded, IP + AdvertisementPacket.MAX_BYTES);
        int length = packet.emit(MemorySegment.ofArray(sent), IP);
        return Arrays.copyOf(sent, IP + length);
    }

    /// The kernel makes one up for IPv6.
    private static byte[] withoutFlowLabel(byte[] recorded) {
        byte[] frame = recorded.clone();
        if (frame[IP] >>> 4 == 6) {
            frame[IP + 1] &= (byte) 0xf0;
            frame[IP + 2] = 0;
            frame[IP + 3] = 0;
        }
        return frame;
    }

    @TestFactory
    Stream<DynamicTest> whatKeepalivedSendsIsBelieved() {
        return RECORDED.entrySet().stream()
                .map(entry ->
                        DynamicTest.dynamicTest(
                                entry.getKey(),
                                () -> {
                                    byte[] frame = RecordedFrames.named(entry.getKey());
                                    Reception.Judgement judged = judge(entry.getValue(), frame);
                                    assertThat(judged)
                                            .isInstanceOf(Reception.Judgement.Accepted.class);
                                }));
    }

    @Test
    void bothChecksumsOfVersion3AreRight() {
        byte[] frame = RecordedFrames.named("version 3");
        assertThat(checksumForm(frame)).isEqualTo(ChecksumForm.PSEUDO_HEADER);
        frame[IP + 26] = 0x57;
        frame[IP + 27] = (byte) 0xc9;
        assertThat(checksumForm(frame)).isEqualTo(ChecksumForm.MESSAGE_ONLY);
    }

    private static ChecksumForm checksumForm(byte[] frame) {
        return ((Reception.Judgement.Accepted) judge(VERSION_3, frame)).checksum();
    }

    @Test
    void eachDefectHasItsReason() {
        refused(PASSWORD, "version 2, password", frame -> frame[IP + 8] = (byte) 254, true)
                .is(Rejection.TTL, "invalid TTL/HL. Received 254 and expect 255");
        refused(PASSWORD, "version 3", frame -> {}, false)
                .is(Rejection.VERSION, "wrong version. Received 3 and expect 2");
        refused(PASSWORD, "version 2", frame -> {}, false)
                .is(Rejection.AUTHENTICATION_TYPE, "received a 0 auth, expecting 1!");
        refused(PASSWORD, "version 2", frame -> frame[IP + 24] = 3, false)
                .is(Rejection.AUTHENTICATION_UNKNOWN, "Invalid auth type: 3");
        refused(
                        PASSWORD.with(it -> it.authentication = Authentication.password("other")),
                        "version 2, password",
                        frame -> {},
                        false)
                .is(Rejection.AUTHENTICATION_FAILED, "received an invalid passwd!");
        refused(
                        PASSWORD.with(it -> it.intervalCentis = 200),
                        "version 2, password",
                        frame -> {},
                        false)
                .is(Rejection.INTERVAL, "advertisement interval mismatch mine=2 sec rcv'd=1 sec");
        refused(PASSWORD, "version 2, password", frame -> frame[IP + 20] = 0x22, false)
                .is(Rejection.TYPE, "Invalid packet type. 2 and expect 1");
        refused(
                        PASSWORD.with(it -> it.addresses = addresses("192.0.2.100")),
                        "version 2, password",
                        frame -> {},
                        false)
                .is(
                        Rejection.ADDRESS_COUNT,
                        "received an unexpected ip number count 2, expected 1!");
        refused(PASSWORD, "version 2, password", frame -> frame[IP + 26]++, false)
                .is(Rejection.CHECKSUM, "Invalid VRRPv2 checksum");
        refused(
                        PASSWORD.with(it -> it.addresses = addresses("192.0.2.100", "192.0.2.102")),
                        "version 2, password",
                        frame -> {},
                        false)
                .is(
                        Rejection.ADDRESSES,
                        "ip address associated with VRID 51 not present in MASTER advert :"
                                + " 192.0.2.102");
        refused(HEADER, "version 2, password", frame -> {}, false)
                .is(Rejection.AUTHENTICATION_TYPE, "No AH header but auth type is AH");
        refused(PASSWORD, "version 2, authentication header", frame -> {}, false)
                .is(Rejection.AUTHENTICATION_TYPE, "Received AH header but auth type not AH");
        refused(HEADER, "version 2, authentication header", frame -> frame[IP + 36]++, false)
                .is(Rejection.AUTHENTICATION_FAILED, "IPSEC-AH : invalid ICV");
        refused(
                        UNICAST.with(it -> {
                            it.peers = List.of();
                            it.addresses = addresses("192.0.2.100");
                        }),
                        "version 3, unicast",
                        frame -> {},
                        false)
                .is(Rejection.DESTINATION, "Expected multicast packet but received unicast packet");
        refused(UNICAST.with(it -> it.checksPeers = true), "version 3, unicast", frame -> {}, false)
                .is(Rejection.PEER, "unicast source address is not a unicast peer");
    }

    @Test
    void aPacketThatIsCutIsTooShort() {
        byte[] frame = RecordedFrames.named("version 2, password");
        byte[] cut = Arrays.copyOf(frame, frame.length - 1);
        assertThat(judge(PASSWORD, cut))
                .isEqualTo(
                        new Reception.Judgement.Rejected(
                                Address.parse("192.0.2.1"),
                                Rejection.LENGTH,
                                "vrrp packet too short, length 23 and expect 24"));
    }

    @Test
    void addressesOfATrustedSenderAreNotComparedAgain() {
        RouterSettings other =
                PASSWORD.with(it -> {
                    it.addresses = addresses("192.0.2.102");
                    it.comparesAddresses = false;
                });
        byte[] frame = RecordedFrames.named("version 2, password");
        Address sender = Address.parse("192.0.2.1");
        assertThat(
                        Reception.judge(
                                other, MemorySegment.ofArray(frame), IP, frame.length - IP, sender))
                .isInstanceOf(Reception.Judgement.Accepted.class);
        assertThat(judge(other, frame)).isInstanceOf(Reception.Judgement.Rejected.class);
    }

    @Test
    void aPeersTtlHasBounds() {
        RouterSettings near =
                UNICAST_PASSWORD.with(it -> {
                    it.peers =
                            List.of(new RouterSettings.Peer(Address.parse("192.0.2.1"), 65, 255));
                });
        byte[] frame = RecordedFrames.named("version 2, unicast, password");
        assertThat(((Reception.Judgement.Rejected) judge(near, frame)).reason())
                .isEqualTo("unicast TTL 64 is not within 65-255");
    }

    @Test
    void everyAdvertisementSurvivesTheWire() {
        Seeded.forAll(
                2_000,
                random -> {
                    RouterSettings settings = anySettings(random);
                    Address source = anyAddress(settings.family(), random);
                    AdvertisementPacket packet = packet(settings, source, random);
                    byte[] bytes = new byte[IP + AdvertisementPacket.MAX_BYTES];
                    MemorySegment frame = MemorySegment.ofArray(bytes);
                    int length = packet.emit(frame, IP);
                    assertThat(Reception.routerId(frame, IP, length))
                            .isEqualTo(settings.routerId());
                    assertThat(Reception.judge(settings, frame, IP, length, null))
                            .as(() ->
                                    packet
                                            + " as "
                                            + HexFormat.of().formatHex(bytes, IP, IP + length))
                            .isEqualTo(
                                    new Reception.Judgement.Accepted(
                                            source,
                                            packet.advertisement(),
                                            packet.checksum(),
                                            packet.sequence()));
                });
    }

    /// Whatever comes, there is an answer: never an exception, never a look beyond the packet.
    @Test
    void anyBytesAreJudged() {
        long count = Seeded.packets(30_000);
        Met<Rejection> met = new Met<>(Rejection.class);
        Seeded.forAll(
                count / 100,
                random -> {
                    RouterSettings settings = anySettings(random);
                    byte[] bytes = new byte[AdvertisementPacket.MAX_BYTES];
                    for (int i = 0; i < 100; i++) {
                        Address source = anyAddress(settings.family(), random);
                        int length =
                                packet(settings, source, random)
                                        .emit(MemorySegment.ofArray(bytes), 0);
                        length = damage(bytes, length, random);
                        MemorySegment exact = MemorySegment.ofArray(Arrays.copyOf(bytes, length));
                        RouterSettings receiver =
                                random.nextInt(4) == 0 ? unlike(settings) : settings;
                        if (Reception.routerId(exact, 0, length) >= 0
                                && Reception.judge(receiver, exact, 0, length, null)
                                        instanceof Reception.Judgement.Rejected rejected) {
                            met.add(rejected.rejection());
                        }
                    }
                });
        if (Seeded.isWhole(count, 30_000)) {
            met.assertAll(List.of(Rejection.SEQUENCE)); // which is the machine's to notice
        }
    }

    /// A router that has one address fewer and asks who sends.
    private static RouterSettings unlike(RouterSettings settings) {
        return settings.with(it -> {
            it.addresses = settings.addresses().stream().skip(1).toList();
            it.checksPeers = true;
        });
    }

    private static int damage(byte[] bytes, int length, SplittableRandom random) {
        for (int changes = random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(Math.min(length, 64));
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1);
        }
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(length + 1);
            case 1 -> Math.min(bytes.length, length + random.nextInt(9));
            default -> length;
        };
    }

    private static AdvertisementPacket packet(
            RouterSettings settings, Address source, SplittableRandom random) {
        boolean isIpv4Version3 = settings.version() == 3 && settings.family() == Family.IPV4;
        ChecksumForm form =
                !isIpv4Version3
                        ? ChecksumForm.PSEUDO_HEADER
                        : settings.isUnicast()
                                ? ChecksumForm.values()[random.nextInt(3)]
                                : ChecksumForm.values()[random.nextInt(2)];
        boolean hasHeader = settings.authentication() instanceof Authentication.Header;
        return new AdvertisementPacket(
                source,
                settings.isUnicast() ? anyAddress(settings.family(), random) : settings.group(),
                settings.ttl(),
                random.nextInt(1 << 16),
                form,
                settings.authentication(),
                hasHeader ? random.nextLong(1L << 32) : 0,
                new Advertisement(
                        settings.version(),
                        settings.routerId(),
                        random.nextInt(256),
                        settings.intervalCentis(),
                        settings.authentication().type(),
                        settings.authentication().data(),
                        settings.addresses()));
    }

    private static RouterSettings anySettings(SplittableRandom random) {
        Family family = random.nextBoolean() ? Family.IPV4 : Family.IPV6;
        return RouterSettings.of(family)
                .with(it -> {
                    it.routerId = 1 + random.nextInt(255);
                    it.version = family == Family.IPV6 || random.nextBoolean() ? 3 : 2;
                    it.intervalCentis =
                            it.version == 2
                                    ? 100 * (1 + random.nextInt(255))
                                    : 1 + random.nextInt(4095);
                    it.addresses = new ArrayList<>();
                    IntStream.range(0, random.nextInt(random.nextInt(100) == 0 ? 256 : 4))
                            .forEach(_ -> it.addresses.add(anyAddress(family, random)));
                    if (it.version == 2) {
                        it.authentication =
                                switch (random.nextInt(3)) {
                                    case 0 -> Authentication.NONE;
                                    case 1 -> new Authentication.Password(random.nextLong());
                                    default -> new Authentication.Header(random.nextLong());
                                };
                    }
                    if (random.nextInt(3) == 0) {
                        it.peers = List.of(RouterSettings.Peer.of(anyAddress(family, random)));
                        it.ttl = 1 + random.nextInt(255);
                    }
                });
    }

    /// Not a multicast address.
    private static Address anyAddress(Family family, SplittableRandom random) {
        return family == Family.IPV4
                ? Address.ipv4(0x0a00_0000 | random.nextInt(1 << 24))
                : Address.ipv6(0x2001_0db8_0000_0000L | random.nextInt(1 << 16), random.nextLong());
    }

    private static List<Address> addresses(String... texts) {
        return Stream.of(texts).map(Address::parse).toList();
    }

    private static Reception.Judgement judge(RouterSettings settings, byte[] frame) {
        return Reception.judge(settings, MemorySegment.ofArray(frame), IP, frame.length - IP, null);
    }

    @FunctionalInterface
    private interface Damage {
        void to(byte[] frame);
    }

    private record Refused(Reception.Judgement judgement) {
        void is(Rejection rejection, String reason) {
            assertThat(judgement)
                    .isEqualTo(
                            new Reception.Judgement.Rejected(
                                    Address.parse("192.0.2.1"), rejection, reason));
        }
    }

    private static Refused refused(
            RouterSettings settings, String name, Damage damage, boolean repair) {
        byte[] frame = RecordedFrames.named(name);
        damage.to(frame);
        if (repair) {
            Ipv4.fillChecksum(MemorySegment.ofArray(frame), IP);
        }
        return new Refused(judge(settings, frame));
    }
}
