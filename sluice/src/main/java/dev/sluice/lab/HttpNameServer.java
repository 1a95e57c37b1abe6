package dev.sluice.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/// HTTP by the JDK's own server: `GET` anything, the answer is the server's name and a newline; of
/// `/1m` a megabyte.
///
/// It listens on all addresses of its host, because a directly routed request carries the virtual
/// address and a masqueraded one the real server's.
public final class HttpNameServer implements NamedServer {

    private static final int BACKLOG = 1024;
    private static final byte[] MEGABYTE = new byte[1 << 20];

    private final String name;
    private final byte[] body;
    private final HttpServer server;
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    private final LongAdder answered = new LongAdder();

    private HttpNameServer(String name, HttpServer server) {
        this.name = name;
        this.body = (name + "\n").getBytes(StandardCharsets.US_ASCII);
        this.server = server;
    }

    /// Starts a server on a host.
    public static HttpNameServer start(Host host, int port) {
        // A socket belongs to the namespace of the thread that opened it; whichever thread accepts
        // and answers later does not matter.
        HttpServer socket = host.run(() -> HttpServer.create(new InetSocketAddress(port), BACKLOG));
        HttpNameServer server = new HttpNameServer(host.name(), socket);
        socket.createContext("/", server::answer);
        socket.setExecutor(server.handlers);
        socket.start();
        return server;
    }

    private void answer(HttpExchange exchange) throws IOException {
        boolean large = exchange.getRequestURI().getPath().equals("/1m");
        byte[] answer = large ? MEGABYTE : body;
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=us-ascii");
            exchange.getResponseHeaders().set("Connection", "close");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            answered.increment();
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
        server.stop(0);
        handlers.shutdownNow();
    }
}
