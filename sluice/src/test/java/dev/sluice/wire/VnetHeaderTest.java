package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;

/// A vnet header that moves still tells of the same bytes.
final class VnetHeaderTest {

    private final MemorySegment memory = MemorySegment.ofArray(new byte[100]);

    @Test
    void whatItTellsAboutStaysWhereItIs() {
        for (int to : new int[] {0, 26, 36, 44, 70}) {
            superPacket(40);
            VnetHeader.move(memory, 40, to);
            assertThat(to + VnetHeader.checksumStart(memory, to)).isEqualTo(40 + 44);
            assertThat(to + VnetHeader.headerLength(memory, to)).isEqualTo(40 + 66);
            assertThat(VnetHeader.checksumOffset(memory, to)).isEqualTo(16);
            assertThat(VnetHeader.gsoSize(memory, to)).isEqualTo(1448);
            assertThat(VnetHeader.gsoType(memory, to)).isEqualTo(VnetHeader.GSO_TCPV4);
            assertThat(VnetHeader.flags(memory, to)).isEqualTo(VnetHeader.NEEDS_CHECKSUM);
        }
    }

    @Test
    void whereThereIsNothingToTellItStaysZero() {
        memory.fill((byte) 0x55);
        VnetHeader.clear(memory, 40);
        VnetHeader.move(memory, 40, 20);
        assertThat(
                        memory.asSlice(20, VnetHeader.BYTES)
                                .mismatch(MemorySegment.ofArray(new byte[10])))
                .isEqualTo(-1);
    }

    private void superPacket(long vnet) {
        VnetHeader.clear(memory, vnet);
        VnetHeader.flags(memory, vnet, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.gsoType(memory, vnet, VnetHeader.GSO_TCPV4);
        VnetHeader.gsoSize(memory, vnet, 1448);
        VnetHeader.headerLength(memory, vnet, 66);
        VnetHeader.checksumStart(memory, vnet, 44);
        VnetHeader.checksumOffset(memory, vnet, 16);
    }
}
