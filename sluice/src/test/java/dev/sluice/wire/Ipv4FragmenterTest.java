package dev.sluice.wire;

import static dev.sluice.wire.PacketBuilder.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

final class Ipv4FragmenterTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";

    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();

    @Test
    void datagramIsCutAtTheMtu() {
        PacketBuilder datagram = ipv4(CLIENT, VIP).id(7).ttl(9).udp(5000, 53).payload(3000);
        List<byte[]> pieces = cut(datagram.view(), 1500);
        assertThat(pieces).extracting(piece -> piece.length).containsExactly(1500, 1500, 68);
        List<byte[]> expected = datagram.fragments(1500);
        for (int i = 0; i < expected.size(); i++) {
            // The builder's fragments() leaves the time to live and the rest as they were, too.
            assertThat(pieces.get(i)).isEqualTo(expected.get(i));
        }
    }

    @Test
    void packetThatFitsIsOnePiece() {
        byte[] packet = ipv4(CLIENT, VIP).id(7).udp(1, 2).payload(100).build();
        PacketView view = new PacketView();
        view.parse(MemorySegment.ofArray(packet), 0, packet.length);
        assertThat(cut(view, 128)).containsExactly(packet);
    }

    @Test
    void onlyCopiedOptionsGoIntoLaterPieces() {
        // Record route (7, not copied), no-operation, and router alert (148, copied).
        PacketView packet =
                ipv4(CLIENT, VIP)
                        .options(7, 7, 4, 1, 2, 3, 4, 1, 148, 4, 0, 0)
                        .udp(1, 2)
                        .payload(200)
                        .view();
        List<byte[]> pieces = cut(packet, 104);
        assertThat(pieces.get(0)[0]).isEqualTo((byte) 0x48);
        assertThat(pieces.get(1)[0]).isEqualTo((byte) 0x46);
        assertThat(pieces.get(1)).containsSequence(148, 4, 0, 0);
        assertThat(pieces).allSatisfy(piece -> assertThat(piece.length).isLessThanOrEqualTo(104));
        assertThat(together(pieces)).isEqualTo(data(packet));
    }

    @Test
    void partialChecksumIsCompletedFirst() {
        PacketView packet = ipv4(CLIENT, VIP).udp(1, 2).payload(3000).partialChecksum().view();
        byte[] whole = ipv4(CLIENT, VIP).udp(1, 2).payload(3000).build();
        assertThat(cut(packet, 1500).get(0)[26]).isEqualTo(whole[26]);
    }

    /// Whatever is cut, however often, comes together again.
    @Test
    void piecesOfPiecesMakeTheDatagram() {
        Seeded.forAll(
                2_000,
                random -> {
                    int[] options = random.nextBoolean() ? new int[0] : new int[] {148, 4, 0, 0};
                    PacketView packet =
                            ipv4(CLIENT, VIP)
                                    .options(options)
                                    .id(7)
                                    .udp(1, 2)
                                    .payload(random.nextInt(3000))
                                    .view();
                    List<byte[]> small = new ArrayList<>();
                    for (byte[] piece : cut(packet, 576 + random.nextInt(1000))) {
                        PacketView view = new PacketView();
                        assertThat(view.parse(MemorySegment.ofArray(piece), 0, piece.length))
                                .isNull();
                        int mtu = Ipv4Fragmenter.MIN_MTU + random.nextInt(508);
                        for (byte[] smaller : cut(view, mtu)) {
                            assertThat(smaller.length).isLessThanOrEqualTo(mtu);
                            small.add(smaller);
                        }
                    }
                    assertThat(together(small)).isEqualTo(data(packet));
                });
    }

    private List<byte[]> cut(PacketView packet, int mtu) {
        byte[] buffer = new byte[mtu + 2];
        List<byte[]> pieces = new ArrayList<>();
        fragmenter.start(packet, mtu);
        MemorySegment target = MemorySegment.ofArray(buffer);
        for (int bytes = fragmenter.next(target, 2);
                bytes > 0;
                bytes = fragmenter.next(target, 2)) {
            pieces.add(target.asSlice(2, bytes).toArray(ValueLayout.JAVA_BYTE));
        }
        return pieces;
    }

    private static byte[] data(PacketView packet) {
        return packet.frame()
                .asSlice(packet.transport(), packet.transportLength())
                .toArray(ValueLayout.JAVA_BYTE);
    }

    /// Puts pieces in order together, checking that each continues the one before.
    private static byte[] together(List<byte[]> pieces) {
        byte[] whole = {};
        for (int i = 0; i < pieces.size(); i++) {
            byte[] piece = pieces.get(i);
            PacketView view = new PacketView();
            assertThat(view.parse(MemorySegment.ofArray(piece), 0, piece.length)).isNull();
            assertThat(view.fragmentOffset()).isEqualTo(whole.length);
            boolean last = i == pieces.size() - 1;
            assertThat((Ipv4.fragmentWord(view.frame(), 0) & Ipv4.MORE_FRAGMENTS) == 0)
                    .isEqualTo(last);
            whole = PacketBuilder.concat(whole, data(view));
        }
        return whole;
    }
}
