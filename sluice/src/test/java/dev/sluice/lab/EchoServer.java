package dev.sluice.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A TCP service of the shape of ssh: it greets, here with the address it sees, then a session goes
/// on for as long as both like, line by line.
final class EchoServer implements AutoCloseable {

    private final ServerSocket socket;

    private EchoServer(ServerSocket socket) {
        this.socket = socket;
    }

    static EchoServer start(Host host, int port) {
        ServerSocket socket = host.run(() -> new ServerSocket(port));
        EchoServer server = new EchoServer(socket);
        Thread.ofPlatform().daemon().name("echo-" + host).start(server::accept);
        return server;
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void serve(Socket client) {
        try (client;
                var in =
                        new BufferedReader(
                                new InputStreamReader(
                                        client.getInputStream(), StandardCharsets.US_ASCII));
                var out =
                        new PrintStream(
                                client.getOutputStream(), true, StandardCharsets.US_ASCII)) {
            out.println("hello " + client.getInetAddress().getHostAddress());
            String line;
            while ((line = in.readLine()) != null) {
                out.println(line);
            }
        } catch (IOException clientWentAway) {
            // Its business.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /// A client's side of it.
    static final class Session implements AutoCloseable {

        private static final int TIMEOUT_MILLIS = 30_000;

        private final Socket socket;
        private final BufferedReader in;
        private final PrintStream out;
        private final String greeting;

        private Session(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(TIMEOUT_MILLIS);
            in =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII));
            out = new PrintStream(socket.getOutputStream(), true, StandardCharsets.US_ASCII);
            greeting = in.readLine();
        }

        /// @param from the local end; port 0 for any
        static Session open(Host host, InetSocketAddress from, InetSocketAddress to) {
            return host.run(() -> {
                Socket socket = new Socket();
                socket.setReuseAddress(true);
                socket.bind(from);
                socket.connect(to, TIMEOUT_MILLIS);
                return new Session(socket);
            });
        }

        String greeting() {
            return greeting;
        }

        /// Sends a line and returns what comes back.
        String say(String line) throws IOException {
            out.println(line);
            return in.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
