package dev.sluice.ldirectord.dialogue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A question in one datagram, which is repeated until an answer comes or time is over.
final class Datagrams {

    private static final long REPEAT_MILLIS = 1000;
    private static final int MOST_BYTES = 65_535;

    private Datagrams() {}

    /// What is asked for in an answer; empty for one that is not about the question.
    @FunctionalInterface
    interface Reader {
        Optional<String> read(byte[] answer) throws IOException;
    }

    static String ask(Inquiry inquiry, byte[] question, Reader reader) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(InetAddress.getByAddress(inquiry.address().bytes()), inquiry.port());
            DatagramPacket answer = new DatagramPacket(new byte[MOST_BYTES], MOST_BYTES);
            while (true) {
                socket.send(new DatagramPacket(question, question.length));
                long repeat = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REPEAT_MILLIS);
                while (true) {
                    long now = System.nanoTime();
                    if (inquiry.deadlineNanos() - now <= 0) {
                        throw new SocketTimeoutException("no answer in time");
                    }
                    long nanos = Math.min(inquiry.deadlineNanos() - now, repeat - now);
                    if (nanos <= 0) {
                        break;
                    }
                    socket.setSoTimeout((int) Math.max(1, nanos / 1_000_000));
                    try {
                        answer.setLength(MOST_BYTES);
                        socket.receive(answer);
                    } catch (SocketTimeoutException _) {
                        continue;
                    }
                    Optional<String> found =
                            reader.read(Arrays.copyOf(answer.getData(), answer.getLength()));
                    if (found.isPresent()) {
                        return found.get();
                    }
                }
            }
        }
    }
}
