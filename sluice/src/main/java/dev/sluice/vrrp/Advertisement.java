package dev.sluice.vrrp;

import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The only message of VRRP: I am active, with this priority, for these addresses.
///
/// ```
/// version 2, RFC 3768 §5.1, RFC 2338 §5.1       version 3, RFC 9568 §5.2
///  0    3 4    7 8    15 16   23 24   31         0    3 4    7 8    15 16   23 24   31
/// +------+------+-------+-------+-------+       +------+------+-------+-------+-------+
/// |   2  | type | VRID  | prio. | count |  0    |   3  | type | VRID  | prio. | count |
/// +------+------+-------+-------+-------+       +------+--+---+-------+-------+-------+
/// | auth. type  | secs. |   checksum    |  4    |   0  | centisecs.  |   checksum    |
/// +-------------+-------+---------------+       +------+-------------+---------------+
/// |  IPv4 addresses, 4 bytes each       |  8    |  addresses, 4 or 16 bytes each     |
/// +-------------------------------------+       +------------------------------------+
/// |  authentication data, 8 bytes       |
/// +-------------------------------------+
/// ```
///
/// @param routerId VRID, 1-255: tells virtual routers on one link apart
/// @param priority 255 for the owner of the addresses, 0 for a router that stops
/// @param intervalCentis hundredths of a second between two; version 2 has whole seconds
/// @param authenticationType 0 in version 3, like `authenticationData`
/// @param addresses in the configured order, at most 255
public record Advertisement(
        int version,
        int routerId,
        int priority,
        int intervalCentis,
        int authenticationType,
        long authenticationData,
        List<Address> addresses) {

    public static final int VERSION_2 = 2;
    public static final int VERSION_3 = 3;

    /// "I stop": who hears it need not wait for the next one that does not come.
    public static final int STOPPING = 0;

    /// Has the addresses as its own.
    public static final int OWNER = 255;

    public static final int MAX_INTERVAL_CENTIS_V2 = 25_500;
    public static final int MAX_INTERVAL_CENTIS_V3 = 0xfff;

    static final int TYPE = 1;
    static final int HEADER_BYTES = 8;
    static final int AUTHENTICATION_BYTES = 8;
    static final int CHECKSUM = 6;

    /// 255 IPv6 addresses.
    public static final int MAX_BYTES = HEADER_BYTES + 255 * 16;

    public Advertisement {
        addresses = List.copyOf(addresses);
    }

    public int bytes() {
        Family family = addresses.isEmpty() ? Family.IPV4 : addresses.getFirst().family();
        return bytes(version, addresses.size(), family);
    }

    /// Writes the message with a checksum of 0: what that covers depends on the packet around it.
    ///
    /// @return its length
    public int emit(MemorySegment frame, long at) {
        Bytes.u8(frame, at, version << 4 | TYPE);
        Bytes.u8(frame, at + 1, routerId);
        Bytes.u8(frame, at + 2, priority);
        Bytes.u8(frame, at + 3, addresses.size());
        if (version == VERSION_2) {
            Bytes.u8(frame, at + 4, authenticationType);
            Bytes.u8(frame, at + 5, intervalCentis / 100);
        } else {
            Bytes.u16(frame, at + 4, intervalCentis);
        }
        Bytes.u16(frame, at + CHECKSUM, 0);
        long next = at + HEADER_BYTES;
        for (Address address : addresses) {
            if (address.isIpv6()) {
                Bytes.u64(frame, next, address.high());
                Bytes.u64(frame, next + 8, address.low());
            } else {
                Bytes.u32(frame, next, address.low());
            }
            next += address.bits() / 8;
        }
        if (version == VERSION_2) {
            Bytes.u64(frame, next, authenticationData);
            next += AUTHENTICATION_BYTES;
        }
        return (int) (next - at);
    }

    /// Reads a message; null when it is none of version 2 or 3, or not exactly as long as it says.
    /// The checksum is not looked at.
    ///
    /// @param family of the packet that carries it
    public static @Nullable Advertisement parse(
            MemorySegment frame, long at, int length, Family family) {
        if (length < HEADER_BYTES || type(frame, at) != TYPE) {
            return null;
        }
        int version = version(frame, at);
        int count = addressCount(frame, at);
        boolean known = version == VERSION_3 || version == VERSION_2 && family == Family.IPV4;
        if (!known || length != bytes(version, count, family)) {
            return null;
        }
        List<Address> addresses = new ArrayList<>(count);
        long next = at + HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            if (family == Family.IPV6) {
                addresses.add(Address.ipv6(Bytes.u64(frame, next), Bytes.u64(frame, next + 8)));
                next += 16;
            } else {
                addresses.add(Address.ipv4((int) Bytes.u32(frame, next)));
                next += 4;
            }
        }
        boolean isVersion2 = version == VERSION_2;
        return new Advertisement(
                version,
                routerId(frame, at),
                Bytes.u8(frame, at + 2),
                intervalCentis(frame, at),
                isVersion2 ? authenticationType(frame, at) : 0,
                isVersion2 ? Bytes.u64(frame, next) : 0,
                addresses);
    }

    static int version(MemorySegment frame, long at) {
        return Bytes.u8(frame, at) >>> 4;
    }

    static int type(MemorySegment frame, long at) {
        return Bytes.u8(frame, at) & 0x0f;
    }

    static int routerId(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + 1);
    }

    static int addressCount(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + 3);
    }

    static int authenticationType(MemorySegment frame, long at) {
        return Bytes.u8(frame, at + 4);
    }

    static int intervalCentis(MemorySegment frame, long at) {
        return version(frame, at) == VERSION_2
                ? Bytes.u8(frame, at + 5) * 100
                : Bytes.u16(frame, at + 4) & MAX_INTERVAL_CENTIS_V3;
    }

    static int bytes(int version, int addressCount, Family family) {
        int addressBytes = family == Family.IPV6 ? 16 : 4;
        return HEADER_BYTES
                + addressCount * addressBytes
                + (version == VERSION_2 ? AUTHENTICATION_BYTES : 0);
    }
}
