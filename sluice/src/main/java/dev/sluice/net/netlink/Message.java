package dev.sluice.net.netlink;

import dev.sluice.wire.Address;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// A netlink request being written: the 16-byte header, a fixed part, then attributes.
///
///      0        length 32, with this header
///      4  type 16  │  flags 16
///      8      sequence 32
///     12        port 32, 0: the kernel
///     16  fixed part, attributes: length 16 │ type 16 │ value, padded to 4
///
/// Numbers are in the machine's order, except where a method says otherwise.
final class Message {

    static final int HEADER_BYTES = 16;

    static final int REQUEST = 0x001;
    static final int ACKNOWLEDGE = 0x004;
    static final int DUMP = 0x300;
    static final int REPLACE = 0x100;
    static final int EXCLUSIVE = 0x200;
    static final int CREATE = 0x400;
    static final int APPEND = 0x800;

    private static final int NESTED = 0x8000;

    private final String call;
    private final String object;
    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

    private Message(String call, String object, int type, int flags) {
        this.call = call;
        this.object = object;
        i32(0).u16(type).u16(flags | REQUEST).i32(0).i32(0);
    }

    /// Begins a request.
    ///
    /// @param call the message's name, for errors
    /// @param object what it is about, for errors
    static Message of(String call, int type, int flags, String object) {
        return new Message(call, object, type, flags);
    }

    String call() {
        return call;
    }

    String object() {
        return object;
    }

    Message u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    Message u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    Message i32(int value) {
        room(4).putInt(value);
        return this;
    }

    Message bytes(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    /// An attribute that is there or not.
    Message flag(int type) {
        return attribute(type, new byte[0]);
    }

    Message attribute(int type, byte[] value) {
        return u16(4 + value.length).u16(type).bytes(value).pad();
    }

    Message attributeU8(int type, int value) {
        return attribute(type, new byte[] {(byte) value});
    }

    Message attributeU16(int type, int value) {
        return u16(6).u16(type).u16(value).pad();
    }

    Message attributeI32(int type, int value) {
        return u16(8).u16(type).i32(value);
    }

    /// With the terminating zero.
    Message attribute(int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return attribute(type, Arrays.copyOf(bytes, bytes.length + 1));
    }

    Message attribute(int type, Address address) {
        return attribute(type, address.bytes());
    }

    /// An Ethernet address, the low 48 bits.
    Message attributeMac(int type, long mac) {
        return attribute(type, macBytes(mac));
    }

    /// An attribute that holds what `content` writes.
    Message nest(int type, Consumer<Message> content) {
        int start = buffer.position();
        u16(0).u16(type | NESTED);
        content.accept(this);
        buffer.putShort(start, (short) (buffer.position() - start));
        return this;
    }

    /// The finished bytes.
    byte[] finish(int sequence) {
        buffer.putInt(0, buffer.position()).putInt(8, sequence);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    static byte[] macBytes(long mac) {
        return Arrays.copyOfRange(
                ByteBuffer.allocate(8).putLong(mac).array(), 2, 8); // big endian by default
    }

    private Message pad() {
        while ((buffer.position() & 3) != 0) {
            u8(0);
        }
        return this;
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            ByteBuffer larger =
                    ByteBuffer.allocate(2 * (buffer.capacity() + bytes))
                            .order(ByteOrder.nativeOrder());
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }
}
