package dev.sluice.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/// TCP: says its name to whoever comes and stays connected until the client leaves, so that a
/// director sees connections that last.
public final class GreetingServer implements NamedServer {

    private static final int BACKLOG = 1024;

    private final String name;
    private final ServerSocket socket;
    private final LongAdder answered = new LongAdder();

    private GreetingServer(String name, ServerSocket socket) {
        this.name = name;
        this.socket = socket;
    }

    /// Starts a server on a host.
    public static GreetingServer start(Host host, int port) {
        ServerSocket socket = host.run(() -> new ServerSocket(port, BACKLOG));
        GreetingServer server = new GreetingServer(host.name(), socket);
        Thread.ofVirtual().name("greeting-" + host.name()).start(server::serve);
        return server;
    }

    /// The server that a client met: what a server says to it.
    static String greeting(InetSocketAddress from, Socket socket, InetSocketAddress server)
            throws IOException {
        socket.bind(from);
        socket.connect(server, Clients.TIMEOUT_MILLIS);
        socket.setSoTimeout(Clients.TIMEOUT_MILLIS);
        StringBuilder name = new StringBuilder();
        int next;
        while ((next = socket.getInputStream().read()) > '\n') {
            name.append((char) next);
        }
        if (next < 0) {
            throw new IOException("hung up before it said its name");
        }
        return name.toString();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> greet(client));
            } catch (IOException goneOrClosed) {
                // A client that left at once, or close(): the loop's condition decides.
            }
        }
    }

    private void greet(Socket client) {
        try (client) {
            client.getOutputStream().write((name + "\n").getBytes(StandardCharsets.US_ASCII));
            answered.increment();
            client.getInputStream().readAllBytes();
        } catch (IOException left) {
            // By a reset, or with its machine.
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long answered() {
        return answered.sum();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
