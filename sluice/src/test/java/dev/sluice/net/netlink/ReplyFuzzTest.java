package dev.sluice.net.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.linux.Sockets;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Any datagram makes a list of messages, and any message an event, a record or nothing; never an
/// exception.
final class ReplyFuzzTest {

    private static final int COUNT = 300_000;
    private static final int NEW_CHAIN = FirewallChain.SUBSYSTEM | 3;

    private static final List<byte[]> SAMPLES = samples();

    private final Map<String, Integer> met = new HashMap<>();

    @Test
    void anyDatagramIsRead() {
        long count = Seeded.count("sluice.fuzz", COUNT);
        Seeded.forAll(count, this::read);
        if (Seeded.isWhole(count, COUNT)) {
            assertThat(met.keySet())
                    .contains(
                            "LinkEvent",
                            "AddressEvent",
                            "RouteEvent",
                            "RuleEvent",
                            "NeighbourEvent",
                            "Filter",
                            "FirewallChain",
                            "words",
                            "broken",
                            "whole");
        }
    }

    private void read(SplittableRandom random) {
        byte[] datagram = datagram(random);
        try {
            List<Reply> replies = new ArrayList<>();
            boolean whole =
                    Reply.readAll(
                            ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder()), replies);
            met.merge(whole ? "whole" : "broken", 1, Integer::sum);
            assertThat(replies.size()).isLessThanOrEqualTo(datagram.length / Message.HEADER_BYTES);
            replies.forEach(this::understand);
        } catch (RuntimeException e) {
            throw new AssertionError(e + ": " + HexFormat.of().formatHex(datagram), e);
        }
    }

    private void understand(Reply reply) {
        List<NetworkEvent> events = new ArrayList<>();
        Notifications.add(events, reply);
        events.forEach(this::meet);
        switch (reply.type()) {
            case TrafficControl.NEW_FILTER -> meet(TrafficControl.parse(reply.payload()));
            case NEW_CHAIN -> {
                FirewallChain chain = FirewallChain.parse(reply.payload());
                if (chain != null) {
                    meet(chain);
                }
            }
            case Reply.ERROR, Reply.DONE -> {
                if (!NetlinkSocket.extendedAck(reply).isEmpty()) {
                    met.merge("words", 1, Integer::sum);
                }
            }
            default -> {
                // Known to nobody, or an event already.
            }
        }
    }

    private void meet(Object understood) {
        assertThat(understood.toString()).isNotEmpty();
        met.merge(understood.getClass().getSimpleName(), 1, Integer::sum);
    }

    /// One to three messages, with a few bytes changed or a piece cut off.
    private static byte[] datagram(SplittableRandom random) {
        ByteBuffer all = ByteBuffer.allocate(2048);
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            all.put(SAMPLES.get(random.nextInt(SAMPLES.size())));
        }
        byte[] bytes = new byte[all.position()];
        all.get(0, bytes);
        for (int changes = random.nextInt(6) - 1; changes > 0; changes--) {
            int at = random.nextInt(bytes.length);
            bytes[at] =
                    (byte)
                            switch (random.nextInt(4)) {
                                case 0 -> random.nextInt();
                                case 1 -> random.nextInt(20);
                                case 2 -> bytes[at] + random.nextInt(9) - 4;
                                default -> bytes[at] ^ 1 << random.nextInt(8);
                            };
        }
        if (random.nextInt(3) > 0) {
            return bytes;
        }
        byte[] cut = new byte[random.nextInt(bytes.length + 1)];
        System.arraycopy(bytes, 0, cut, 0, cut.length);
        return cut;
    }

    private static List<byte[]> samples() {
        Address four = Address.parse("192.0.2.1");
        Address six = Address.parse("2001:db8::1");
        List<byte[]> samples = new ArrayList<>();
        samples.add(
                fixed(Links.NEW, Link.HEADER_BYTES, 0)
                        .attribute(Link.NAME, "eth0")
                        .attributeI32(Link.MTU, 1500)
                        .attributeMac(Link.ADDRESS, 0x02_00_00_00_00_01L)
                        .nest(
                                Link.LINKINFO,
                                info ->
                                        info.attribute(Link.INFO_KIND, "veth")
                                                .nest(Link.INFO_DATA, _ -> {}))
                        .finish(0));
        for (Address address : List.of(four, six)) {
            int family = Families.number(address);
            samples.add(
                    fixed(Addresses.NEW, InterfaceAddress.HEADER_BYTES, family)
                            .attribute(InterfaceAddress.ADDRESS, address)
                            .attributeI32(InterfaceAddress.FLAGS, 0x80)
                            .finish(0));
            samples.add(
                    fixed(Routes.NEW, Route.HEADER_BYTES, family)
                            .attribute(Route.DESTINATION, address)
                            .attribute(Route.GATEWAY, address)
                            .attributeI32(Route.OUT_INTERFACE, 3)
                            .nest(
                                    Route.METRICS,
                                    metrics -> metrics.attributeI32(Route.METRIC_MTU, 1400))
                            .finish(0));
            samples.add(
                    fixed(Neighbours.DELETE, Neighbour.HEADER_BYTES, family)
                            .attribute(Neighbour.DESTINATION, address)
                            .attributeMac(Neighbour.LINK_ADDRESS, 0x02_00_00_00_00_02L)
                            .finish(0));
            samples.add(
                    fixed(Rules.NEW, Rule.HEADER_BYTES, family)
                            .attribute(Rule.SOURCE, address)
                            .attribute(Rule.IN_INTERFACE, "eth0")
                            .attributeI32(Rule.MARK, 7)
                            .finish(0));
        }
        samples.add(multipath(four));
        samples.add(
                fixed(TrafficControl.NEW_FILTER, TrafficControl.HEADER_BYTES, 0)
                        .attribute(1, "bpf")
                        .nest(2, options -> options.attribute(7, "sluice"))
                        .finish(0));
        samples.add(
                fixed(NEW_CHAIN, FirewallChain.HEADER_BYTES, 1)
                        .attribute(1, "filter")
                        .attribute(3, "input")
                        .nest(4, hook -> hook.attributeI32(1, 1 << 24).attributeI32(2, 0))
                        .attribute(7, "filter")
                        .finish(0));
        samples.add(error(false));
        samples.add(error(true));
        samples.add(Message.of("", Reply.DONE, 0, "").i32(0).finish(0));
        samples.add(Message.of("", Reply.NOOP, 0, "").finish(0));
        return samples;
    }

    /// A route with next hops of both families.
    private static byte[] multipath(Address gateway) {
        return fixed(Routes.NEW, Route.HEADER_BYTES, Sockets.AF_INET)
                .nest(
                        Route.MULTIPATH,
                        hops ->
                                hops.u16(16)
                                        .u16(0)
                                        .i32(3)
                                        .attribute(Route.GATEWAY, gateway)
                                        .u16(20)
                                        .u16(0)
                                        .i32(4)
                                        .attribute(Route.VIA, new byte[] {2, 0, 10, 0, 0, 1}))
                .finish(0);
    }

    /// An error with the kernel's words behind a request of 20 bytes, or behind its header alone.
    private static byte[] error(boolean capped) {
        Message message =
                Message.of("", Reply.ERROR, 0x200 | (capped ? 0x100 : 0), "")
                        .i32(-17)
                        .i32(20)
                        .bytes(new byte[capped ? 12 : 16]);
        return message.attribute(1, "Device exists").finish(0);
    }

    /// The header and a fixed part, which in all of them begins with the family.
    private static Message fixed(int type, int bytes, int family) {
        return Message.of("", type, 0, "").u8(family).bytes(new byte[bytes - 1]);
    }
}
