package dev.sluice.health.probe;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.util.HexFormat;

/// Sends a datagram: `UDP_CHECK` (keepalived.md §6.5). Unless an answer is wanted, silence is a
/// success, and only an ICMP error is none.
///
/// @param payload in hexadecimal
/// @param reply null: none is needed
public record UdpProbe(Target target, String payload, @Nullable Reply reply) implements Probe {

    /// What keepalived sends when nothing else is said: `keepalived check - keepalived ch`.
    public static final String STANDARD_PAYLOAD =
            "6B656570616C6976656420636865636B202D206B656570616C69766564206368";

    private static final int MAX_ANSWER_BYTES = 65_535;

    /// The answer that must come.
    ///
    /// @param beginning in hexadecimal, with X for any digit; it is compared as far as both reach
    public record Reply(String beginning, int leastBytes, int mostBytes) {

        @Nullable String complaint(byte[] bytes, int length) {
            if (length < leastBytes || length > mostBytes) {
                return "an answer of " + length + " bytes";
            }
            String hex = HexFormat.of().withUpperCase().formatHex(bytes, 0, length);
            for (int i = 0; i < Math.min(hex.length(), beginning.length()); i++) {
                if (beginning.charAt(i) != 'X' && beginning.charAt(i) != hex.charAt(i)) {
                    return "an answer that differs at byte " + i / 2;
                }
            }
            return null;
        }
    }

    @Override
    public Finding ask(int part) {
        byte[] bytes = HexFormat.of().parseHex(payload);
        try (DatagramSocket socket = socket(target)) {
            socket.send(new DatagramPacket(bytes, bytes.length));
            socket.setSoTimeout(target.timeoutMillis());
            int room = reply == null ? 1 : MAX_ANSWER_BYTES;
            DatagramPacket answer = new DatagramPacket(new byte[room], room);
            socket.receive(answer);
            String complaint =
                    reply == null ? null : reply.complaint(answer.getData(), answer.getLength());
            return complaint == null ? Finding.passed("answered") : Finding.failed(complaint);
        } catch (SocketTimeoutException e) {
            return reply == null
                    ? Finding.passed("nobody complained")
                    : Finding.failed("no answer in time");
        } catch (IOException e) {
            return Finding.failed(Failures.words(e));
        }
    }

    /// Connected, so that ICMP errors come back, and answers of the target only.
    static DatagramSocket socket(Target target) throws IOException {
        DatagramSocket socket = new DatagramSocket(target.hasSource() ? target.source() : null);
        try {
            if (!socket.isBound()) {
                socket.bind(null);
            }
            socket.connect(target.destination());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
