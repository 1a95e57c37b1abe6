package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// dh, sh and mh: values of ipvs.md §5.10 to §5.12, seen on Linux 6.1. The clients are 172.16.0.1,
/// .2, .3 and so on.
final class HashTest {

    @ParameterizedTest
    @CsvSource({
        "172.16.0.1, 122",
        "172.16.0.2, 220",
        "192.168.1.100, 89",
        "10.0.0.1, 39",
        "8.8.8.8, 188"
    })
    void slotOfAnAddress(String address, int slot) {
        Address parsed = Address.parse(address);
        assertThat(Hash.slot(Hash.fold(parsed.high(), parsed.low()))).isEqualTo(slot);
    }

    @ParameterizedTest
    @CsvSource({
        "2654435761, 0, 492468162",
        "2654435761, 1, 384591538",
        "2654446892, 0, 4169286463",
        "2654435761, 0xac100001, 3455258518"
    })
    void sipHashOfANumber(long key, String number, long hash) {
        assertThat(Integer.toUnsignedLong(Hash.sip(key, Long.decode(number).intValue())))
                .isEqualTo(hash);
    }

    @Test
    void theFourWordsOfAnIpv6AddressAreAddedWithoutCarry() {
        Address address = Address.parse("1234:5678:9abc:def0:1111:2222:3333:4444");
        assertThat(Hash.fold(address.high(), address.low()))
                .isEqualTo(0x12345678 ^ 0x9abcdef0 ^ 0x11112222 ^ 0x33334444);
    }

    @Test
    void aDestinationHasOneServerAndNoOtherWhenThatOneIsQuiesced() {
        // 192.168.1.100 has slot 89, the third of three servers: the oldest.
        scheduledBy("dh").weights(1, 1, 1).picks("11 11").edit(11, 0).picks("- -");
        scheduledBy("dh")
                .weights(5, 3, 2)
                .picks("11")
                .delete(12)
                .picks("11")
                .delete(11)
                .picks("13");
        scheduledBy("dh").picks("-");
    }

    @Test
    void aSourceHasOneServer() {
        scheduledBy("sh")
                .weights(1, 1, 1)
                .eachFromAnother()
                .picks("11 12 12 13 12 13 12 11 12 13 12 11");
        scheduledBy("sh")
                .weights(5, 3, 2)
                .eachFromAnother()
                .picks("12 13 13 11 13 11 11 11 11 12 11 12");
        scheduledBy("sh").picks("-");
    }

    @Test
    void maglevSpreadsSources() {
        scheduledBy("mh")
                .weights(1, 1, 1)
                .eachFromAnother()
                .picks("12 11 13 13 11 13 11 12 13 12 11 13");
        scheduledBy("mh")
                .weights(5, 3, 2)
                .eachFromAnother()
                .picks("12 11 11 13 11 12 11 12 13 11 11 13");
        scheduledBy("mh").picks("-").weights(0, 0).picks("-");
    }

    @Test
    void aQuiescedMaglevServerKeepsItsSlots() {
        scheduledBy("mh")
                .weights(1, 1, 1)
                .edit(12, 0)
                .eachFromAnother()
                .picks("- 11 13 13 11 13 11 - 13 - 11 13");
    }
}
