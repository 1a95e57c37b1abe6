package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.netlink.Prefix;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Two addresses of one piece lie in the same prefixes.
final class AddressPiecesTest {

    @Test
    void nothingCutIsOnePieceEach() {
        assertThat(AddressPieces.WHOLE.count()).isEqualTo(2);
        assertThat(start(AddressPieces.WHOLE, "255.255.255.255")).isEqualTo("0.0.0.0");
        assertThat(start(AddressPieces.WHOLE, "ffff::1")).isEqualTo("::");
    }

    @Test
    void aPrefixIsAPieceOfItsOwn() {
        AddressPieces pieces = cut("10.1.0.0/16", "2001:db8::/33", "fe80::1/128");
        assertThat(start(pieces, "10.0.255.255")).isEqualTo("0.0.0.0");
        assertThat(start(pieces, "10.1.0.0")).isEqualTo("10.1.0.0");
        assertThat(start(pieces, "10.1.255.255")).isEqualTo("10.1.0.0");
        assertThat(start(pieces, "10.2.0.0")).isEqualTo("10.2.0.0");
        assertThat(start(pieces, "2001:db8:7fff::")).isEqualTo("2001:db8::");
        assertThat(start(pieces, "2001:db8:8000::")).isEqualTo("2001:db8:8000::");
        assertThat(start(pieces, "fe80::2")).isEqualTo("fe80::2");
        assertThat(pieces.count()).isEqualTo(2 + 2 + 4);
    }

    @Test
    void whatEndsWithTheLastAddressNeedsNoSecondCut() {
        AddressPieces pieces =
                cut(
                        "255.0.0.0/8",
                        "255.255.255.255/32",
                        "ff00::/8",
                        "8000::/1",
                        "0.0.0.0/0",
                        "::/0");
        assertThat(pieces.count()).isEqualTo(2 + 2 + 2);
        assertThat(start(pieces, "255.255.255.254")).isEqualTo("255.0.0.0");
        assertThat(start(pieces, "fe00::")).isEqualTo("8000::");
    }

    @Test
    void cutsThatAreThereAlreadyChangeNothing() {
        AddressPieces pieces = cut("10.0.0.0/8", "10.0.0.0/9");
        assertThat(pieces.cutAt(List.of(prefix("10.0.0.0/8"), prefix("10.128.0.0/9"))))
                .isSameAs(pieces);
    }

    @Test
    void addressesOfOnePieceLieInTheSamePrefixes() {
        Seeded.forAll(200, AddressPiecesTest::compare);
    }

    private static void compare(SplittableRandom random) {
        List<Prefix> prefixes = new ArrayList<>();
        AddressPieces pieces = AddressPieces.WHOLE;
        for (int batch = 0; batch < 4; batch++) {
            List<Prefix> more = new ArrayList<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                Address address = address(random);
                more.add(Prefix.of(address, random.nextInt(address.bits() + 1)));
            }
            prefixes.addAll(more);
            pieces = pieces.cutAt(more);
        }
        for (int i = 0; i < 300; i++) {
            Address address = address(random);
            boolean ipv6 = address.isIpv6();
            int piece = pieces.find(ipv6, address.high(), address.low());
            long high = pieces.high(ipv6, piece);
            long low = pieces.low(ipv6, piece);
            assertThat(Long.compareUnsigned(high, address.high())).isNotPositive();
            for (Prefix prefix : prefixes) {
                assertThat(prefix.contains(address.family(), high, low))
                        .as(
                                "%s, in the piece that begins at %x:%x, in %s",
                                address, high, low, prefix)
                        .isEqualTo(
                                prefix.contains(address.family(), address.high(), address.low()));
            }
        }
    }

    private static Address address(SplittableRandom random) {
        long bits = random.nextLong() >> random.nextInt(64) << random.nextInt(64);
        return random.nextBoolean()
                ? Address.ipv4((int) bits)
                : new Address(Family.IPV6, bits, random.nextInt(3) - 1);
    }

    private static AddressPieces cut(String... prefixes) {
        List<Prefix> all = new ArrayList<>();
        for (String prefix : prefixes) {
            all.add(prefix(prefix));
        }
        return AddressPieces.WHOLE.cutAt(all);
    }

    private static Prefix prefix(String text) {
        int slash = text.indexOf('/');
        return Prefix.of(
                Address.parse(text.substring(0, slash)),
                Integer.parseInt(text, slash + 1, text.length(), 10));
    }

    private static String start(AddressPieces pieces, String address) {
        Address parsed = Address.parse(address);
        boolean ipv6 = parsed.isIpv6();
        int piece = pieces.find(ipv6, parsed.high(), parsed.low());
        return new Address(parsed.family(), pieces.high(ipv6, piece), pieces.low(ipv6, piece))
                .toString();
    }
}
