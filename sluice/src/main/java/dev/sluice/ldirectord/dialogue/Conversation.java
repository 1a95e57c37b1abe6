package dev.sluice.ldirectord.dialogue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/// A TCP or TLS connection to a server, with a time limit for all that is said on it.
public final class Conversation implements AutoCloseable {

    /// Of everything that a server sends.
    static final int MOST_BYTES = 4 << 20;

    private static final int MOST_LINE = 64 << 10;

    private final Socket socket;
    private final long deadlineNanos;
    private InputStream in;
    private OutputStream out;
    private Socket spoken;
    private int received;

    private Conversation(Socket socket, long deadlineNanos) throws IOException {
        this.socket = socket;
        this.deadlineNanos = deadlineNanos;
        spoken = socket;
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /// Connects.
    public static Conversation open(Inquiry inquiry) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(
                    new InetSocketAddress(
                            InetAddress.getByAddress(inquiry.address().bytes()), inquiry.port()),
                    left(inquiry.deadlineNanos()));
            return new Conversation(socket, inquiry.deadlineNanos());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /// Connects, and speaks TLS at once.
    ///
    /// @param serverName for the handshake; empty: none
    static Conversation openTls(Inquiry inquiry, String serverName) throws IOException {
        Conversation conversation = open(inquiry);
        try {
            conversation.beginTls(inquiry, serverName);
            return conversation;
        } catch (IOException | RuntimeException e) {
            conversation.close();
            throw e;
        }
    }

    /// From here on everything is TLS.
    void beginTls(Inquiry inquiry, String serverName) throws IOException {
        socket.setSoTimeout(left(deadlineNanos));
        spoken = AnyCertificate.socket(socket, serverName, inquiry.port());
        in = spoken.getInputStream();
        out = spoken.getOutputStream();
    }

    private static int left(long deadlineNanos) throws SocketTimeoutException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    void say(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void say(String text) throws IOException {
        say(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Ends what we say; the other side may go on.
    void sayNoMore() throws IOException {
        spoken.shutdownOutput();
    }

    /// The next byte; -1 at the end.
    int read() throws IOException {
        spoken.setSoTimeout(left(deadlineNanos));
        if (++received > MOST_BYTES) {
            throw new IOException("more than " + MOST_BYTES + " bytes");
        }
        return in.read();
    }

    byte[] exactly(int count) throws IOException {
        received += count;
        if (count < 0 || received > MOST_BYTES) {
            throw new IOException("more than " + MOST_BYTES + " bytes");
        }
        byte[] bytes = new byte[count];
        int at = 0;
        while (at < count) {
            spoken.setSoTimeout(left(deadlineNanos));
            int got = in.read(bytes, at, count - at);
            if (got < 0) {
                throw new EOFException("hung up after %d of %d bytes".formatted(at, count));
            }
            at += got;
        }
        return bytes;
    }

    /// Everything until the other side hangs up.
    byte[] rest() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (true) {
            spoken.setSoTimeout(left(deadlineNanos));
            int got = in.read(buffer);
            if (got < 0) {
                return all.toByteArray();
            }
            received += got;
            if (received > MOST_BYTES) {
                throw new IOException("more than " + MOST_BYTES + " bytes");
            }
            all.write(buffer, 0, got);
        }
    }

    /// The next line, without its end.
    ///
    /// @throws EOFException when there is none
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int c = read();
            if (c < 0) {
                if (line.isEmpty()) {
                    throw new EOFException("hung up");
                }
                return line.toString();
            }
            if (c == '\n') {
                int end = line.length() - 1;
                return end >= 0 && line.charAt(end) == '\r'
                        ? line.substring(0, end)
                        : line.toString();
            }
            line.append((char) c);
            if (line.length() > MOST_LINE) {
                throw new IOException("a line of more than " + MOST_LINE + " bytes");
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            socket.close();
        } finally {
            spoken.close();
        }
    }
}
