package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/// The oracle's own words: packets are read and printed alike, and only what matters differs.
final class TranscriptTest {

    @Test
    void aTcpSegmentIsPrintedAsItWasWritten() {
        assertThat(printed("tcp 172.16.0.1:1000 > 192.168.1.100:80 SA seq=7 ack=9 ttl=3 df id=5"))
                .isEqualTo(
                        "tcp 172.16.0.1:1000 > 192.168.1.100:80 SA ttl=3 tos=0x00 id=5 df len=40"
                                + " seq=7 ack=9 win=512 sum=3b6d");
    }

    @Test
    void aWrongChecksumIsPointedOut() {
        assertThat(printed("udp 172.16.0.1:1000 > 192.168.1.100:53 payload=8 sum=bad"))
                .contains("(bad)");
        assertThat(printed("udp 172.16.0.1:1000 > 192.168.1.100:53 payload=8"))
                .doesNotContain("(bad)");
    }

    @Test
    void anIdentificationThatNobodySentIsAStar() {
        byte[] packet = PacketReader.read("echo 10.0.0.1 > 10.0.0.2 id=77").getFirst();
        assertThat(new PacketPrinter(Set.of(1)).print(packet)).contains(" id=* ");
    }

    @Test
    void anIcmpErrorShowsThePacketItIsAbout() {
        assertThat(
                        printed(
                                "icmp 3/4 10.0.0.1 > 172.16.0.1 rest=1400 about"
                                        + " udp 172.16.0.1:53 > 10.0.0.11:53 payload=9"))
                .contains("icmp 3/4 10.0.0.1 > 172.16.0.1")
                .contains("rest=1400")
                .contains("about udp 172.16.0.1:53 > 10.0.0.11:53");
    }

    @Test
    void ipv6AddressesAreShortened() {
        assertThat(printed("udp [2001:db8:0:0:0:0:0:1]:53 > [::1]:54"))
                .startsWith("udp [2001:db8::1]:53 > [::1]:54 ");
    }

    @Test
    void aLongExpiryMayDifferByThreeSecondsButNotByFour() {
        assertThat(listed("14:59").difference(listed("14:56").text())).isEmpty();
        assertThat(listed("14:59").difference(listed("14:55").text())).isPresent();
        assertThat(listed("15:00").difference(listed("14:59").text())).isEmpty();
    }

    @Test
    void aShortExpiryMayDifferByOneSecondOnly() {
        assertThat(listed("00:08").difference(listed("00:09").text())).isEmpty();
        assertThat(listed("00:07").difference(listed("00:09").text())).isPresent();
    }

    @Test
    void aMissingLineIsADifference() {
        assertThat(said("a\nb\n").difference("a\n")).isPresent();
        assertThat(said("a\n  1\n").difference("a\n  1\n  2\n")).isPresent();
    }

    @Test
    void aKnownDifferenceIsPassedOverAndMustExist() {
        assertThat(said("a\n  1\nb\n").difference("a\n  2\nb\n", List.of("a"))).isEmpty();
        assertThat(said("a\n  1\nb\n").difference("a\n  1\nb\n", List.of("a"))).isPresent();
    }

    private static Transcript listed(String expiry) {
        return said("ipvsadm -Lnc\n    TCP " + expiry + "  CLOSE 172.16.0.1:1 10.0.0.11:80\n");
    }

    private static Transcript said(String text) {
        return new Transcript(text, Duration.ZERO);
    }

    private static String printed(String text) {
        byte[] packet = PacketReader.read(text).getFirst();
        return new PacketPrinter(Set.of(Frames.u16(packet, 4))).print(packet);
    }
}
