package dev.sluice.oracle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// A listening `AF_UNIX` `SOCK_SEQPACKET` socket and the one peer that connects to it.
///
/// This is how user-mode Linux hands over Ethernet frames without any privilege (`transport=bess`):
/// one record is one frame. The JDK has stream sockets only in this family.
final class SeqpacketSocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET_CLOEXEC = 5 | 0x80000;
    private static final short POLLIN = 1;
    private static final int EINTR = 4;
    private static final int FRAME_BYTES = 70_000;
    private static final int PATH_BYTES = 108;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRNO = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_VALUE =
            ERRNO.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    private static final MethodHandle SOCKET =
            call("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle BIND =
            call("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle LISTEN = call("listen", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle ACCEPT =
            call(
                    "accept",
                    FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    private static final MethodHandle POLL =
            call("poll", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, LONG, INT));
    private static final MethodHandle RECV =
            call("recv", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, INT));
    private static final MethodHandle SEND =
            call("send", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment errno = arena.allocate(ERRNO);
    private final MemorySegment frame = arena.allocate(FRAME_BYTES);
    private final MemorySegment pollfd = arena.allocate(8);
    private final int listener;
    private int connection = -1;

    SeqpacketSocket(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length >= PATH_BYTES) {
            throw new IllegalArgumentException("socket path too long: " + path);
        }
        MemorySegment address = arena.allocate(2 + PATH_BYTES);
        address.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
        MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
        try {
            listener =
                    (int)
                            check(
                                    "socket",
                                    (int)
                                            SOCKET.invokeExact(
                                                    errno, AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0));
            check(
                    "bind " + path,
                    (int) BIND.invokeExact(errno, listener, address, (int) address.byteSize()));
            check("listen", (int) LISTEN.invokeExact(errno, listener, 1));
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /// Waits for the peer to connect; false if it does not in time.
    boolean accept(int timeoutMillis) {
        if (!readable(listener, timeoutMillis)) {
            return false;
        }
        try {
            connection =
                    (int)
                            check(
                                    "accept",
                                    (int)
                                            ACCEPT.invokeExact(
                                                    errno,
                                                    listener,
                                                    MemorySegment.NULL,
                                                    MemorySegment.NULL));
            return true;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    void send(byte[] bytes) {
        MemorySegment.copy(bytes, 0, frame, ValueLayout.JAVA_BYTE, 0, bytes.length);
        try {
            check(
                    "send",
                    (long) SEND.invokeExact(errno, connection, frame, (long) bytes.length, 0));
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /// The next frame, or empty if none arrives in time.
    Optional<byte[]> receive(int timeoutMillis) {
        if (!readable(connection, timeoutMillis)) {
            return Optional.empty();
        }
        try {
            long length =
                    check(
                            "recv",
                            (long) RECV.invokeExact(errno, connection, frame, frame.byteSize(), 0));
            if (length == 0) {
                throw new UncheckedIOException(new IOException("the peer closed the link"));
            }
            return Optional.of(frame.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    private boolean readable(int descriptor, int timeoutMillis) {
        pollfd.set(INT, 0, descriptor);
        pollfd.set(SHORT, 4, POLLIN);
        pollfd.set(SHORT, 6, (short) 0);
        try {
            int ready = (int) POLL.invokeExact(errno, pollfd, 1L, timeoutMillis);
            if (ready < 0 && (int) ERRNO_VALUE.get(errno, 0L) == EINTR) {
                return false;
            }
            return check("poll", ready) > 0;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        try {
            if (connection >= 0) {
                int _ = (int) CLOSE.invokeExact(errno, connection);
            }
            int _ = (int) CLOSE.invokeExact(errno, listener);
        } catch (Throwable e) {
            throw failure(e);
        } finally {
            arena.close();
        }
    }

    private long check(String what, long result) throws IOException {
        if (result < 0) {
            throw new IOException(what + ": errno " + (int) ERRNO_VALUE.get(errno, 0L));
        }
        return result;
    }

    private static RuntimeException failure(Throwable e) {
        if (e instanceof RuntimeException already) {
            return already;
        }
        return e instanceof IOException io
                ? new UncheckedIOException(io)
                : new IllegalStateException(e);
    }

    private static MethodHandle call(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                descriptor,
                Linker.Option.captureCallState("errno"));
    }
}
