package dev.sluice.net.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Objects;

class MessageTest {

    private static final Address ADDRESS = Address.parse("192.0.2.1");

    @Test
    void aRequestIsHeaderFixedPartAndPaddedAttributes() {
        byte[] bytes =
                Message.of("RTM_NEWLINK", 16, Message.CREATE, "x")
                        .i32(0x01020304)
                        .attribute(3, "ab")
                        .attributeI32(4, 1500)
                        .finish(7);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        // length 36, type 16, REQUEST | CREATE, sequence 7, port 0
                        "24000000"
                                + "1000"
                                + "0104"
                                + "07000000"
                                + "00000000"
                                + "04030201"
                                // "ab", a zero, one byte of padding that the length leaves out
                                + "0700"
                                + "0300"
                                + "61620000"
                                + "0800"
                                + "0400"
                                + "dc050000");
    }

    @Test
    void nestedAttributesCountTheirContent() {
        byte[] bytes =
                Message.of("", 16, 0, "")
                        .nest(18, info -> info.attribute(1, "veth").nest(2, data -> {}))
                        .finish(1);
        assertThat(HexFormat.of().formatHex(bytes, 16, bytes.length))
                .isEqualTo("14001280" + "09000100" + "76657468" + "00000000" + "04000280");
    }

    @Test
    void longMessagesGrow() {
        byte[] value = new byte[10_000];
        assertThat(Message.of("", 16, 0, "").attribute(1, value).finish(1))
                .hasSize(16 + 4 + value.length);
    }

    @Test
    void whatWasWrittenIsRead() {
        byte[] bytes =
                Message.of("", 16, 0, "")
                        .attribute(1, "name")
                        .attributeI32(2, -5)
                        .attributeU8(3, 200)
                        .attribute(4, ADDRESS)
                        .attributeMac(5, 0x02_00_00_00_00_09L)
                        .nest(6, inner -> inner.attributeI32(1, 42))
                        .flag(7)
                        .finish(1);
        Attributes attributes = Attributes.parse(ByteBuffer.wrap(bytes).position(16));
        assertThat(attributes.string(1, "")).isEqualTo("name");
        assertThat(attributes.i32(2, 0)).isEqualTo(-5);
        assertThat(attributes.u8(3, 0)).isEqualTo(200);
        assertThat(attributes.address(4)).isEqualTo(ADDRESS);
        assertThat(attributes.mac(5)).isEqualTo(0x02_00_00_00_00_09L);
        assertThat(attributes.nest(6).i32(1, 0)).isEqualTo(42);
        assertThat(attributes.has(7)).isTrue();
        assertThat(attributes.has(8)).isFalse();
        assertThat(attributes.mac(8)).isEqualTo(-1);
        assertThat(attributes.nest(8).has(1)).isFalse();
    }

    @Test
    void brokenAttributesEndTheList() {
        ByteBuffer bytes = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
        bytes.putShort((short) 8).putShort((short) 1).putInt(9);
        bytes.putShort((short) 400).putShort((short) 2).putInt(9).putInt(0).flip();
        Attributes attributes = Attributes.parse(bytes);
        assertThat(attributes.i32(1, 0)).isEqualTo(9);
        assertThat(attributes.has(2)).isFalse();
    }

    @Test
    void multiPathRoutesHaveAllTheirNextHops() {
        Message message = Message.of("", Routes.NEW, 0, "");
        message.u8(2).u8(24).u8(0).u8(0).u8(254).u8(4).u8(0).u8(1).i32(0);
        message.attribute(Route.DESTINATION, Address.parse("198.51.100.0"));
        message.nest(
                Route.MULTIPATH,
                hops ->
                        hops.u16(16)
                                .u8(0)
                                .u8(0)
                                .i32(3)
                                .attribute(Route.GATEWAY, ADDRESS)
                                .u16(8)
                                .u8(0)
                                .u8(9)
                                .i32(4));
        byte[] bytes = message.finish(1);
        Route route =
                Route.parse(
                        ByteBuffer.wrap(bytes, 16, bytes.length - 16)
                                .slice()
                                .order(ByteOrder.nativeOrder()));
        Objects.requireNonNull(route);
        assertThat(route.nextHops())
                .containsExactly(new Route.NextHop(3, ADDRESS, 1), new Route.NextHop(4, null, 10));
        assertThat(route.type()).isEqualTo(Route.Type.UNICAST);
    }

    @Test
    void routesSayWhatTheyAre() {
        assertThat(Route.byDefault(Family.IPV4).via(ADDRESS).on(3).inTable(7))
                .hasToString("0.0.0.0/0 via 192.0.2.1 on #3 table 7");
        assertThat(Route.toHost(ADDRESS).ofType(Route.Type.LOCAL).on(1))
                .hasToString("local 192.0.2.1/32 on #1");
    }

    @Test
    void macAddressesAreWrittenAsUsual() {
        assertThat(Links.macText(0x02_1a_00_00_00_ffL)).isEqualTo("02:1a:00:00:00:ff");
    }

    @Test
    void theKernelsWordsFollowTheErrno() {
        assertThat(new LinuxException("RTM_NEWLINK", "veth a/b", 17, "Device exists"))
                .hasMessage("RTM_NEWLINK(veth a/b): EEXIST, exists already; Device exists");
    }
}
