package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;
import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.wire.PacketBuilder.ipv6;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Encapsulation.Checksum;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;

/// The packet path leaves no garbage, whatever a packet leads to.
final class AllocationTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final int ROUNDS = 2000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final class Shredder implements Outbox {
        private final MemorySegment memory = MemorySegment.ofArray(new byte[4096]);

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public long room(int bytes) {
            return 0;
        }

        @Override
        public void send(Path path, long start, int bytes, boolean ipv6) {}
    }

    private static final int HEADROOM_BYTES = 64;

    private record FixedPath(int mtuBytes, boolean isLocal) implements Path {}

    private record FixedPaths(Path path) implements Paths {
        @Override
        public Path find(
                boolean ipv6,
                long sourceHigh,
                long sourceLow,
                long destinationHigh,
                long destinationLow) {
            return path;
        }

        @Override
        public Address source(boolean ipv6, long destinationHigh, long destinationLow) {
            return ipv6 ? TestPaths.DIRECTOR_6 : TestPaths.DIRECTOR;
        }
    }

    @Test
    void noPacketLeavesGarbage() {
        FixedPath path = new FixedPath(1500, false);
        Lvs lvs = new Lvs();
        int port = 80;
        for (String scheduler : List.of("rr", "wrr", "lc", "wlc")) {
            lvs.tcp(VIP, port++, scheduler).server(SERVER, 80, NAT).server("10.0.0.12", 80, NAT);
        }
        lvs.udp(VIP, 53, "rr").server(SERVER, 53, NAT).persistent(100);
        lvs.udp(VIP, 54, "rr").server(SERVER, 54, DIRECT_ROUTING);
        lvs.udp(VIP, 55, "rr");
        Encapsulation gue = new Encapsulation(Encapsulation.Type.GUE, 6080, Checksum.FULL);
        Encapsulation gre = new Encapsulation(Encapsulation.Type.GRE, 0, Checksum.NONE);
        lvs.udp(VIP, 57, "rr").tunnel(SERVER, Encapsulation.IPIP);
        lvs.udp(VIP, 58, "rr").tunnel(SERVER, gue);
        lvs.udp(VIP, 59, "rr").tunnel("2001:db8:2::11", gre);
        lvs.udp("2001:db8:1::100", 53, "wrr").server("2001:db8:2::11", 53, NAT);
        Director director =
                new Director(0, DirectorSettings.DEFAULT, new FixedPaths(path), new Shredder());
        director.configure(lvs.configuration());

        byte[][] packets = {
            bytes(ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")),
            bytes(ipv4(CLIENT, VIP).tcp(1000, 81).flags("S")),
            bytes(ipv4(CLIENT, VIP).tcp(1000, 82).flags("S")),
            bytes(ipv4(CLIENT, VIP).tcp(1000, 83).flags("S")),
            bytes(ipv4(SERVER, CLIENT).tcp(80, 1000).flags("SA")),
            bytes(ipv4(CLIENT, VIP).tcp(1000, 80)),
            bytes(ipv4(CLIENT, VIP).tcp(1000, 80).flags("R")),
            bytes(ipv4(CLIENT, VIP).udp(1000, 53).noChecksum()),
            bytes(ipv4(CLIENT, VIP).udp(1000, 54)),
            bytes(ipv4(CLIENT, VIP).udp(1000, 55)),
            bytes(ipv4(CLIENT, VIP).udp(1000, 56)),
            bytes(ipv4(CLIENT, VIP).udp(1000, 57)),
            bytes(ipv4(CLIENT, VIP).udp(1000, 58)),
            bytes(ipv4(CLIENT, VIP).udp(1000, 59)),
            bytes(ipv4(CLIENT, VIP).ttl(1).udp(1000, 54)),
            bytes(
                    ipv4(SERVER, CLIENT)
                            .icmpUnreachable(3, bytes(ipv4(CLIENT, SERVER).udp(1000, 53)))),
            bytes(ipv6("2001:db8:f::1", "2001:db8:1::100").udp(1000, 53)),
            bytes(ipv6("2001:db8:2::11", "2001:db8:f::1").udp(53, 1000)),
            ipv6("2001:db8:f::1", "2001:db8:1::100")
                    .udp(7, 53)
                    .payload(2000)
                    .fragments(1280)
                    .get(0),
            ipv6("2001:db8:f::1", "2001:db8:1::100").udp(7, 53).payload(2000).fragments(1280).get(1)
        };
        MemorySegment memory = MemorySegment.ofArray(new byte[4096]);
        MemorySegment[] originals = new MemorySegment[packets.length];
        for (int i = 0; i < packets.length; i++) {
            originals[i] = MemorySegment.ofArray(packets[i]);
        }
        long before = 0;
        int forwarded = 0;
        PacketView view = new PacketView();
        for (int round = 0; round < 3 * ROUNDS; round++) {
            if (round == 2 * ROUNDS) {
                before = THREADS.getCurrentThreadAllocatedBytes();
            }
            // Everything expires now and then.
            long now = round * 200_000_000_000L;
            director.expire(now, 100);
            for (int i = 0; i < originals.length; i++) {
                int length = packets[i].length;
                MemorySegment.copy(originals[i], 0, memory, HEADROOM_BYTES, length);
                view.parse(memory, HEADROOM_BYTES, length);
                Verdict verdict = director.process(view, now);
                forwarded += verdict.action() == Verdict.Action.FORWARD ? 1 : 0;
            }
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;

        assertThat(forwarded).isGreaterThan(3 * ROUNDS * 10);
        // A compiler that still works may move an allocation here or there, not one per packet.
        assertThat(allocated / (double) (ROUNDS * packets.length)).isLessThan(0.5);
    }

    private static byte[] bytes(PacketBuilder packet) {
        return packet.build();
    }
}
