package dev.sluice.health.probe;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/// Asks a name server over UDP: `DNS_CHECK` (keepalived.md §6.4). Any answer without an error is
/// good; what it says is not looked at.
///
/// @param type of the records (RFC 1035 §3.2.2)
/// @param name with or without a dot at its end
public record DnsProbe(Target target, int type, String name) implements Probe {

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final int HEADER_BYTES = 12;
    private static final int MAX_LABEL_BYTES = 63;
    private static final int CLASS_INTERNET = 1;
    private static final int MAX_ANSWER_BYTES = 4096;

    // Of the second pair of bytes, RFC 1035 §4.1.1.
    private static final int RESPONSE = 0x8000;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RESPONSE_CODE = 0x000f;

    private static final String[] CODES = {
        "no error", "format error", "server failure", "no such name", "not implemented", "refused"
    };

    @Override
    public Finding ask(int part) {
        int id = RANDOM.nextInt(1 << 16);
        byte[] query = query(id);
        try (DatagramSocket socket = UdpProbe.socket(target)) {
            socket.send(new DatagramPacket(query, query.length));
            long deadline = System.nanoTime() + target.timeoutNanos();
            while (true) {
                long leftNanos = deadline - System.nanoTime();
                if (leftNanos <= 0) {
                    return Finding.failed("read timeout from socket");
                }
                int leftMillis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNanos));
                socket.setSoTimeout(leftMillis);
                DatagramPacket answer =
                        new DatagramPacket(new byte[MAX_ANSWER_BYTES], MAX_ANSWER_BYTES);
                socket.receive(answer);
                byte[] bytes = answer.getData();
                // Anything else is an answer to an earlier attempt, or a guess.
                boolean isOurs =
                        answer.getLength() >= HEADER_BYTES
                                && u16(bytes, 0) == id
                                && (u16(bytes, 2) & RESPONSE) != 0;
                if (isOurs) {
                    int code = u16(bytes, 2) & RESPONSE_CODE;
                    String words = code < CODES.length ? CODES[code] : "error " + code;
                    return code == 0 ? Finding.passed(words) : Finding.failed(words);
                }
            }
        } catch (IOException e) {
            return Finding.failed(Failures.words(e));
        }
    }

    byte[] query(int id) {
        ByteArrayOutputStream query = new ByteArrayOutputStream();
        put16(query, id);
        put16(query, RECURSION_DESIRED);
        put16(query, 1); // question
        put16(query, 0);
        put16(query, 0);
        put16(query, 0);
        for (String label : name.split("\\.", -1)) {
            byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0) {
                int length = Math.min(bytes.length, MAX_LABEL_BYTES);
                query.write(length);
                query.write(bytes, 0, length);
            }
        }
        query.write(0);
        put16(query, type);
        put16(query, CLASS_INTERNET);
        return query.toByteArray();
    }

    private static void put16(ByteArrayOutputStream out, int value) {
        out.write(value >>> 8);
        out.write(value);
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    /// The number of a record type's name.
    ///
    /// @throws IllegalArgumentException when there is no such type
    public static int type(String name) {
        return switch (name) {
            case "A" -> 1;
            case "NS" -> 2;
            case "CNAME" -> 5;
            case "SOA" -> 6;
            case "MX" -> 15;
            case "TXT" -> 16;
            case "AAAA" -> 28;
            case "RRSIG" -> 46;
            case "DNSKEY" -> 48;
            default -> throw new IllegalArgumentException("no record type " + name);
        };
    }
}
