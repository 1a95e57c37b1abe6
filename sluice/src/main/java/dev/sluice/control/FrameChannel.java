package dev.sluice.control;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// Frames on a connected socket; see [ControlSocket]. One thread reads, one writes.
final class FrameChannel {

    private static final int HEADER_BYTES = 5;

    private final SocketChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);

    FrameChannel(SocketChannel channel) {
        this.channel = channel;
    }

    /// One frame that has been read.
    record Frame(byte kind, ByteBuffer bytes) {}

    void write(byte kind, byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + length);
        frame.put(kind).putInt(length).put(bytes, offset, length).flip();
        while (frame.hasRemaining()) {
            channel.write(frame);
        }
    }

    /// @throws EOFException when the other side is gone
    Frame read() throws IOException {
        header.clear();
        fill(header);
        byte kind = header.flip().get();
        int length = header.getInt();
        if (length < 0 || length > ControlSocket.MAXIMUM_FRAME) {
            throw new IOException("a frame of " + length + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        fill(bytes);
        return new Frame(kind, bytes.flip());
    }

    private void fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the other side closed the control connection");
            }
        }
    }
}
