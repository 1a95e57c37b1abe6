package dev.sluice.lab;

import dev.sluice.wire.Address;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// Clients with one or several addresses on one host. Every request is a new connection from a new
/// port, as a director sees many short visitors.
public final class Clients {

    static final int TIMEOUT_MILLIS = 5_000;
    private static final int MAX_ANSWER_BYTES = 2048;

    private final Host host;
    private final List<Address> addresses;
    private final int threads;

    /// @param addresses source addresses, taken in turn
    /// @param threads how many requests are under way at once
    public Clients(Host host, List<Address> addresses, int threads) {
        this.host = host;
        this.addresses = List.copyOf(addresses);
        this.threads = threads;
    }

    /// Told after each request.
    @FunctionalInterface
    public interface Progress {
        Progress NONE = (_, _) -> {};

        void done(int count, int failed);
    }

    /// Sends a number of requests and waits for their answers.
    public Answers send(Target target, int count, Progress progress) {
        AtomicInteger next = new AtomicInteger();
        return work(target, () -> next.getAndIncrement() < count, progress);
    }

    /// Sends requests for as long as the condition holds.
    public Answers sendWhile(Target target, BooleanSupplier condition) {
        return work(target, condition, Progress.NONE);
    }

    private Answers work(Target target, BooleanSupplier more, Progress progress) {
        Answers answers = new Answers();
        AtomicInteger turn = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(
                    host.start(
                            "client-" + i,
                            () -> {
                                while (more.getAsBoolean()) {
                                    int index = turn.getAndIncrement() % addresses.size();
                                    requestOnce(addresses.get(index), target, answers);
                                    synchronized (progress) {
                                        progress.done(done.incrementAndGet(), answers.failed());
                                    }
                                }
                            }));
        }
        for (Thread worker : workers) {
            try {
                worker.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return answers;
    }

    private static void requestOnce(Address client, Target target, Answers answers) {
        try {
            InetSocketAddress from = socketAddress(client, 0);
            InetSocketAddress to = socketAddress(target.address(), target.port());
            answers.add(client, target.udp() ? askByUdp(from, to) : askByHttp(from, to));
        } catch (IOException failure) {
            String message = failure.getMessage();
            answers.addFailure(message != null ? message : failure.getClass().getSimpleName());
        }
    }

    /// One HTTP request on the calling thread, whose namespace decides where it goes.
    ///
    /// @return the body without its newline
    public static String askByHttp(InetSocketAddress from, InetSocketAddress to)
            throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(from);
            socket.connect(to, TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            String request = "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(MAX_ANSWER_BYTES);
            String text = new String(answer, StandardCharsets.US_ASCII);
            int body = text.indexOf("\r\n\r\n");
            if (!text.startsWith("HTTP/1.1 200 ") || body < 0) {
                throw new IOException(
                        "not an answer: '" + text.lines().findFirst().orElse("") + "'");
            }
            return text.substring(body).strip();
        }
    }

    /// One datagram and its answer.
    ///
    /// @return the first word of the answer
    static String askByUdp(InetSocketAddress from, InetSocketAddress to) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(from)) {
            socket.connect(to);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            byte[] question = "hello".getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(question, question.length));
            DatagramPacket answer =
                    new DatagramPacket(new byte[MAX_ANSWER_BYTES], MAX_ANSWER_BYTES);
            socket.receive(answer);
            String text =
                    new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
            int end = text.indexOf(' ');
            if (end < 0 || !text.endsWith("hello")) {
                throw new IOException("not an answer: '" + text + "'");
            }
            return text.substring(0, end);
        }
    }

    public static InetSocketAddress socketAddress(Address address, int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(address.bytes()), port);
    }
}
