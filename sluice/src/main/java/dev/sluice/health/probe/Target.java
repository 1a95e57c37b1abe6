package dev.sluice.health.probe;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;

/// Where a check goes, and from where.
///
/// @param timeoutNanos for the connection, and then for each answer
/// @param from null: the kernel chooses
/// @param fromPort 0: the kernel chooses
/// @param device the interface that packets leave through; null: any
/// @param mark of the packets; 0: none
public record Target(
        Address address,
        int port,
        long timeoutNanos,
        @Nullable Address from,
        int fromPort,
        @Nullable String device,
        int mark) {

    /// How much longer than one answer a whole attempt may take: a server that sends a byte now and
    /// then does not keep a check for ever.
    private static final int PATIENCE = 10;

    /// A connection, with a time limit for each answer.
    Socket connect() throws IOException {
        Socket socket = new Socket();
        try {
            if (hasSource()) {
                socket.setReuseAddress(true);
                socket.bind(source());
            }
            socket.connect(destination(), timeoutMillis());
            socket.setSoTimeout(timeoutMillis());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    InetSocketAddress destination() {
        return new InetSocketAddress(inet(address), port);
    }

    InetSocketAddress source() {
        return from == null
                ? new InetSocketAddress(fromPort)
                : new InetSocketAddress(inet(from), fromPort);
    }

    boolean hasSource() {
        return from != null || fromPort != 0;
    }

    /// At least one, since zero means for ever to sockets.
    int timeoutMillis() {
        long millis = TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
        return Math.clamp(millis, 1, Integer.MAX_VALUE);
    }

    /// When a whole attempt that begins now must be over.
    long deadlineNanos() {
        return System.nanoTime() + PATIENCE * timeoutNanos;
    }

    private static InetAddress inet(Address address) {
        try {
            return InetAddress.getByAddress(address.bytes());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // only of addresses that are too long or too short
        }
    }
}
