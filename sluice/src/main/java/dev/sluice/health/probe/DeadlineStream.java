package dev.sluice.health.probe;

import java.io.FilterInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;

/// What a server sends until a deadline: besides the socket's limit for each answer there is one
/// for all of them.
final class DeadlineStream extends FilterInputStream {

    private final long deadlineNanos;

    DeadlineStream(Socket socket, long deadlineNanos) throws IOException {
        super(socket.getInputStream());
        this.deadlineNanos = deadlineNanos;
    }

    @Override
    public int read() throws IOException {
        check();
        return super.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        check();
        return super.read(bytes, offset, length);
    }

    private void check() throws SocketTimeoutException {
        if (System.nanoTime() - deadlineNanos > 0) {
            throw new SocketTimeoutException("the whole answer took too long");
        }
    }
}
