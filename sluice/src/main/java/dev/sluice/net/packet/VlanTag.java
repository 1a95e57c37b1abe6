package dev.sluice.net.packet;

import dev.sluice.wire.Bytes;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Puts a VLAN tag back where it was on the wire. The kernel takes it out of a frame that it
/// receives and hands it over beside it; a frame that is written needs it inside.
final class VlanTag {

    static final int BYTES = 4;

    /// Bits of the status word in `struct tpacket2_hdr`.
    private static final int STATUS_VALID = 0x10;

    private static final int STATUS_TYPE_VALID = 0x40;

    private static final int ETHERTYPE_8021Q = 0x8100;
    private static final int ADDRESSES_BYTES = 12;

    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT;

    private VlanTag() {}

    static boolean isIn(int status) {
        return (status & STATUS_VALID) != 0;
    }

    /// Moves vnet header and link addresses 4 bytes forward, into free memory, and writes the tag
    /// behind them.
    ///
    /// @param told where in the memory the kernel wrote the tag: priority and VLAN as on the wire,
    ///   then the type, such as 802.1Q, both in the machine's byte order
    /// @return where the vnet header is now
    static long restore(MemorySegment memory, long vnet, int status, long told) {
        int tagInformation = memory.get(U16, told) & 0xffff;
        int type = memory.get(U16, told + 2) & 0xffff;
        long moved = vnet - BYTES;
        VnetHeader.move(memory, vnet, moved);
        long addresses = moved + VnetHeader.BYTES;
        MemorySegment.copy(memory, addresses + BYTES, memory, addresses, ADDRESSES_BYTES);
        long tag = addresses + ADDRESSES_BYTES;
        Bytes.u16(memory, tag, (status & STATUS_TYPE_VALID) != 0 ? type : ETHERTYPE_8021Q);
        Bytes.u16(memory, tag + 2, tagInformation);
        return moved;
    }
}
