package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// The attributes of a message that was received, by type. Of a type that occurs twice the last one
/// counts; attributes nobody asks for are left alone, as netlink demands.
final class Attributes {

    private static final int TYPE_MASK = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
    private static final int HEADER_BYTES = 4;

    private final Map<Integer, ByteBuffer> values = new HashMap<>();

    private Attributes() {}

    /// Reads from the buffer's position to its limit. A broken length ends the list.
    static Attributes parse(ByteBuffer bytes) {
        Attributes attributes = new Attributes();
        ByteBuffer rest = bytes.slice().order(ByteOrder.nativeOrder());
        while (rest.remaining() >= HEADER_BYTES) {
            int start = rest.position();
            int length = rest.getShort(start) & 0xffff;
            if (length < HEADER_BYTES || length > rest.remaining()) {
                break;
            }
            attributes.values.put(
                    rest.getShort(start + 2) & TYPE_MASK,
                    rest.slice(start + HEADER_BYTES, length - HEADER_BYTES)
                            .order(ByteOrder.nativeOrder()));
            rest.position(Math.min(start + (length + 3 & ~3), rest.limit()));
        }
        return attributes;
    }

    boolean has(int type) {
        return values.containsKey(type);
    }

    int i32(int type, int otherwise) {
        ByteBuffer value = values.get(type);
        return value == null || value.remaining() < 4 ? otherwise : value.getInt(0);
    }

    /// In network order, as nf_tables writes numbers.
    int bigEndianI32(int type, int otherwise) {
        return has(type) ? Integer.reverseBytes(i32(type, 0)) : otherwise;
    }

    int u8(int type, int otherwise) {
        ByteBuffer value = values.get(type);
        return value == null || !value.hasRemaining() ? otherwise : value.get(0) & 0xff;
    }

    String string(int type, String otherwise) {
        ByteBuffer value = values.get(type);
        if (value == null) {
            return otherwise;
        }
        String text = StandardCharsets.UTF_8.decode(value.duplicate()).toString();
        int end = text.indexOf(0);
        return end < 0 ? text : text.substring(0, end);
    }

    byte @Nullable [] bytes(int type) {
        ByteBuffer value = values.get(type);
        if (value == null) {
            return null;
        }
        byte[] bytes = new byte[value.remaining()];
        value.get(0, bytes);
        return bytes;
    }

    /// An IP address of either family, or null when there is none.
    @Nullable Address address(int type) {
        byte[] bytes = bytes(type);
        return bytes == null || bytes.length != 4 && bytes.length != 16 ? null : Address.of(bytes);
    }

    /// An Ethernet address in the low 48 bits, or -1.
    long mac(int type) {
        byte[] bytes = bytes(type);
        if (bytes == null || bytes.length != 6) {
            return -1;
        }
        long mac = 0;
        for (byte b : bytes) {
            mac = mac << 8 | b & 0xff;
        }
        return mac;
    }

    /// The value's bytes, empty when the attribute is missing.
    ByteBuffer buffer(int type) {
        ByteBuffer value = values.get(type);
        return value == null
                ? ByteBuffer.allocate(0)
                : value.duplicate().order(ByteOrder.nativeOrder());
    }

    /// What is nested inside, empty when the attribute is missing.
    Attributes nest(int type) {
        return parse(buffer(type));
    }
}
