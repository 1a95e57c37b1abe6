package dev.sluice.wire;

import java.lang.foreign.MemorySegment;

/// GRE header, RFC 2784: four bytes, or eight with a checksum. Keys and sequence numbers (RFC 2890)
/// are not used here.
///
/// ```
///  0 1            12 13 15 16             31
/// +-+---------------+-----+----------------+
/// |C|   reserved    | ver | protocol type  |  0
/// +-+---------------+-----+----------------+
/// |  checksum (if C)      |    reserved    |  4
/// +-----------------------+----------------+
/// ```
///
/// The protocol type is an [Ethernet] type. The checksum covers this header and the packet behind.
public final class Gre {

    public static final int HEADER_BYTES = 4;

    /// With a checksum.
    public static final int LONG_HEADER_BYTES = 8;

    private static final int CHECKSUM_PRESENT = 0x8000;
    private static final int PROTOCOL_TYPE = 2;
    private static final int CHECKSUM = 4;

    private Gre() {}

    /// Writes a header in front of a packet.
    ///
    /// @param packetBytes what follows the header
    public static void write(
            MemorySegment frame, long gre, int etherType, boolean checksum, int packetBytes) {
        Bytes.u16(frame, gre, checksum ? CHECKSUM_PRESENT : 0);
        Bytes.u16(frame, gre + PROTOCOL_TYPE, etherType);
        if (checksum) {
            Bytes.u32(frame, gre + CHECKSUM, 0);
            Bytes.u16(
                    frame,
                    gre + CHECKSUM,
                    Checksum.of(frame, gre, LONG_HEADER_BYTES + packetBytes));
        }
    }

    /// The header's length, or 0 if it is not one of the two that [#write] makes.
    public static int headerLength(MemorySegment frame, long gre) {
        return switch (Bytes.u16(frame, gre)) {
            case 0 -> HEADER_BYTES;
            case CHECKSUM_PRESENT -> LONG_HEADER_BYTES;
            default -> 0;
        };
    }

    public static int protocolType(MemorySegment frame, long gre) {
        return Bytes.u16(frame, gre + PROTOCOL_TYPE);
    }
}
