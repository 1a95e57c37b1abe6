package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Anything that parses gets a verdict, whatever services come and go meanwhile; what goes on has
/// right checksums, what does not is as it came, and counters and connections agree in the end.
///
/// 300,000 packets, or as many as `-Dsluice.fuzz` says, a thousand per director.
final class DirectorFuzzTest {

    private static final int PACKETS_PER_DIRECTOR = 1000;

    private static final String[] FLAGS = {"S", "SA", "A", "PA", "FA", "F", "R", "RA", "P", "SF"};

    private final List<byte[]> samples = new ArrayList<>();
    private final byte[] memory = new byte[4096];
    private final PacketView view = new PacketView();
    private final PacketView again = new PacketView();
    private long forwarded;
    private long answered;

    DirectorFuzzTest() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 600; i++) {
            samples(random);
        }
    }

    @Test
    void anyPacketGetsAVerdictAndWhatGoesOnIsRight() {
        long directors = Seeded.count("sluice.fuzz", 300_000) / PACKETS_PER_DIRECTOR;
        Seeded.forAll(directors, this::liveThrough);
        if (Long.getLong("sluice.seed") == null) {
            assertThat(forwarded).isGreaterThan(directors * PACKETS_PER_DIRECTOR / 10);
            assertThat(answered).isPositive();
        }
    }

    /// The life of one director.
    private void liveThrough(SplittableRandom random) {
        DirectorSettings settings =
                DirectorSettings.DEFAULT.with(it -> {
                    it.maxConnections = random.nextInt(1, 200);
                    it.reuseMode = random.nextInt(4);
                    it.expireWithoutServer = random.nextBoolean();
                    it.expireQuiescentTemplate = random.nextBoolean();
                });
        Lvs lvs = new Lvs(settings);
        try {
            List<Lvs.Draft> drafts = services(lvs, random);
            for (int i = 0; i < PACKETS_PER_DIRECTOR; i++) {
                switch (random.nextInt(100)) {
                    case 0 -> edit(drafts, random);
                    case 1 -> lvs.after(random.nextInt(1, 200));
                    default -> packet(lvs, random);
                }
            }
            lvs.listing();
            agree(lvs);
            // Templates wait for connections, a minute at a time.
            for (int minutes = 0; minutes < 30; minutes++) {
                lvs.after(61);
            }
            assertThat(lvs.director.connections()).isZero();
            agree(lvs);
        } finally {
            lvs.director.close();
        }
    }

    private void packet(Lvs lvs, SplittableRandom random) {
        byte[] sample = samples.get(random.nextInt(samples.size()));
        int length = sample.length;
        System.arraycopy(sample, 0, memory, 0, length);
        for (int i = random.nextInt(6) - 3; i > 0; i--) {
            memory[random.nextInt(Math.min(length, 80))] ^= (byte) (1 << random.nextInt(8));
        }
        MemorySegment frame = MemorySegment.ofArray(memory);
        if (memory[0] >> 4 == 4) {
            Ipv4.headerLength(frame, 0, 20);
            Ipv4.fillChecksum(frame, 0);
        }
        if (view.parse(frame, 0, length) != null) {
            return;
        }
        if (random.nextInt(10) == 0) {
            view.mark(random.nextInt(3));
        }
        if (random.nextInt(10) == 0) {
            view.gsoSize(random.nextInt(1, 1600));
        }
        boolean right = Rewrite.isChecksumRight(view);
        int ttl = view.ttl();
        byte[] before = Arrays.copyOf(memory, length);
        Verdict verdict = lvs.director.process(view, lvs.nowNanos());
        switch (verdict.action()) {
            case FORWARD -> {
                forwarded++;
                Malformed malformed = again.parse(frame, 0, length);
                check(malformed == null, "malformed");
                check(!right || Rewrite.isChecksumRight(again), "checksum");
                check(again.ttl() == ttl - 1, "ttl");
                check(again.length() == view.length(), "length");
            }
            case ANSWER -> {
                answered++;
                unhop(verdict, frame, ttl);
                check(same(before), "changed although answered");
                Malformed malformed = again.parse(verdict.answer(), 0, verdict.answerBytes());
                check(malformed == null && again.isIcmpError(), "answer");
                check(Rewrite.isChecksumRight(again), "answer's checksum");
            }
            case DROP -> {
                unhop(verdict, frame, ttl);
                check(same(before), "changed although dropped");
            }
            case TO_STACK -> {
                if (verdict.stackReason() == StackReason.LOCAL_REAL_SERVER) {
                    check(again.parse(frame, 0, length) == null, "malformed");
                    check(!right || Rewrite.isChecksumRight(again), "checksum");
                } else {
                    check(same(before), "changed although not ours");
                }
            }
        }
    }

    /// A packet has its hop counted before it is found too big; nothing else has changed.
    private void unhop(Verdict verdict, MemorySegment frame, int ttl) {
        if (verdict.reason() != DropReason.TOO_BIG) {
            return;
        }
        if (view.isIpv6()) {
            Ipv6.hopLimit(frame, 0, ttl);
        } else {
            Ipv4.ttl(frame, 0, ttl);
            Ipv4.fillChecksum(frame, 0);
        }
    }

    private boolean same(byte[] before) {
        return Arrays.equals(before, 0, before.length, memory, 0, before.length);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /// What servers count as theirs is what the table holds.
    private static void agree(Lvs lvs) {
        long counted = 0;
        for (int id = 0; id < lvs.configuration().serverIdLimit(); id++) {
            var server = lvs.configuration().server(id);
            if (server != null) {
                check(server.tally().read(Count.ACTIVE) >= 0, "active below 0");
                check(server.tally().read(Count.INACTIVE) >= 0, "inactive below 0");
                check(server.tally().read(Count.PERSISTENT) >= 0, "persistent below 0");
                counted += server.tally().references();
            }
        }
        assertThat(counted).isEqualTo(lvs.director.connections());
        assertThat(lvs.listing()).hasSize(lvs.director.connections());
    }

    private static List<Lvs.Draft> services(Lvs lvs, SplittableRandom random) {
        String[] schedulers = {"rr", "wrr", "lc", "wlc"};
        List<Lvs.Draft> drafts = new ArrayList<>();
        for (boolean ipv6 : new boolean[] {false, true}) {
            String vip = virtual(ipv6).toString();
            drafts.add(lvs.tcp(vip, 80, schedulers[random.nextInt(4)]));
            drafts.add(lvs.udp(vip, 53, schedulers[random.nextInt(4)]));
            drafts.add(lvs.tcp(vip, 0, "rr"));
            drafts.add(lvs.mark(ipv6 ? Family.IPV6 : Family.IPV4, 1, "wlc"));
            for (int i = 1; i <= 4; i++) {
                Forwarding forwarding = random.nextBoolean() ? NAT : DIRECT_ROUTING;
                int upper = random.nextInt(4) == 0 ? random.nextInt(1, 5) : 0;
                drafts.get(drafts.size() - i)
                        .server(server(ipv6, 1).toString(), 80, forwarding, 1, upper, 0)
                        .server(server(ipv6, 2).toString(), 0, NAT, random.nextInt(4));
            }
            lvs.paths.mtu(server(ipv6, 1), 1400);
            switch (random.nextInt(8)) {
                case 0 -> lvs.paths.unroutable(server(ipv6, 1));
                case 1 -> lvs.paths.local(server(ipv6, 1));
                case 2 -> lvs.paths.unroutable(client(ipv6, 1));
                default -> {
                    // Routed.
                }
            }
        }
        return drafts;
    }

    private static void edit(List<Lvs.Draft> drafts, SplittableRandom random) {
        Lvs.Draft draft = drafts.get(random.nextInt(drafts.size()));
        boolean ipv6 = drafts.indexOf(draft) >= drafts.size() / 2;
        String address = server(ipv6, random.nextInt(1, 3)).toString();
        switch (random.nextInt(5)) {
            case 0 -> draft.weight(address, random.nextInt(4));
            case 1 -> draft.persistent(random.nextInt(1, 300), random.nextInt(1, 33));
            case 2 -> draft.notPersistent();
            default ->
                    draft.remove(address)
                            .server(address, 80, random.nextBoolean() ? NAT : DIRECT_ROUTING);
        }
    }

    private void samples(SplittableRandom random) {
        boolean ipv6 = random.nextBoolean();
        Address client = client(ipv6, random.nextInt(1, 4));
        Address virtual = virtual(ipv6);
        Address server = server(ipv6, random.nextInt(1, 3));
        int port = random.nextInt(1000, 1004);
        boolean tcp = random.nextBoolean();
        boolean reply = random.nextInt(3) == 0;
        PacketBuilder packet =
                reply
                        ? transport(ip(server, client), tcp, tcp ? 80 : 53, port, random)
                        : transport(ip(client, virtual), tcp, port, tcp ? 80 : 53, random);
        packet.ttl(random.nextInt(10) == 0 ? 1 : 64).id(random.nextInt(4));
        packet.payload(random.nextInt(8) == 0 ? 1400 : random.nextInt(40));
        switch (random.nextInt(10)) {
            case 0 -> samples.addAll(packet.payload(2000).fragments(800));
            case 1 -> {
                byte[] quoted = packet.payload(8).build();
                Address from = reply ? client : server;
                Address to = reply ? virtual : client;
                if (reply) {
                    quoted =
                            transport(ip(virtual, client), tcp, tcp ? 80 : 53, port, random)
                                    .build();
                } else {
                    quoted =
                            transport(ip(client, server), tcp, port, tcp ? 80 : 53, random).build();
                }
                samples.add(ip(from, to).icmpFragNeeded(1400, quoted).build());
            }
            case 2 -> samples.add(packet.noChecksum().build());
            case 3 -> samples.add(ipv6 ? packet.build() : packet.df().build());
            default -> samples.add(packet.build());
        }
    }

    private static PacketBuilder transport(
            PacketBuilder packet, boolean tcp, int from, int to, SplittableRandom random) {
        return tcp
                ? packet.tcp(from, to).flags(FLAGS[random.nextInt(FLAGS.length)])
                : packet.udp(from, to);
    }

    private static Address client(boolean ipv6, int number) {
        return Address.parse((ipv6 ? "2001:db8:ffff::" : "172.16.0.") + number);
    }

    private static Address virtual(boolean ipv6) {
        return Address.parse(ipv6 ? "2001:db8:1::100" : "192.168.1.100");
    }

    private static Address server(boolean ipv6, int number) {
        return Address.parse((ipv6 ? "2001:db8:2::" : "10.0.0.") + number);
    }
}
