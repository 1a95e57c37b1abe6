package dev.sluice.ldirectord.dialogue;

import dev.sluice.wire.Address;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// `dns` (RFC 1035): the addresses of a name, or the name of an address; one of the answers must
/// match.
final class Dns {

    private static final int A = 1;
    private static final int PTR = 12;
    private static final int HEADER_BYTES = 12;
    private static final int MOST_POINTERS = 64;

    private final Inquiry inquiry;
    private final int id = new SplittableRandom().nextInt(1 << 16);
    private byte[] answer = {};

    private Dns(Inquiry inquiry) {
        this.inquiry = inquiry;
    }

    static String ask(Inquiry inquiry) throws IOException {
        Dns dns = new Dns(inquiry);
        String asked = inquiry.request().replaceFirst("^/", "");
        boolean isAddress = asked.matches("[0-9.]+") || asked.contains(":");
        byte[] question = isAddress ? dns.question(reverse(asked), PTR) : dns.question(asked, A);
        return Datagrams.ask(inquiry, question, dns::read);
    }

    private static String reverse(String text) throws IOException {
        byte[] bytes;
        try {
            bytes = Address.parse(text).bytes();
        } catch (IllegalArgumentException e) {
            throw new IOException("request: " + e.getMessage(), e);
        }
        StringBuilder name = new StringBuilder();
        for (int i = bytes.length - 1; i >= 0; i--) {
            if (bytes.length == 4) {
                name.append(bytes[i] & 255).append('.');
            } else {
                name.append(Integer.toHexString(bytes[i] & 15)).append('.');
                name.append(Integer.toHexString(bytes[i] >> 4 & 15)).append('.');
            }
        }
        return name + (bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa");
    }

    private byte[] question(String name, int type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {(byte) (id >> 8), (byte) id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (String label : name.split("\\.", 0)) {
            byte[] text = label.getBytes(StandardCharsets.ISO_8859_1);
            if (text.length == 0 || text.length > 63) {
                throw new IOException("request: `%s` is no name".formatted(name));
            }
            bytes.write(text.length);
            bytes.writeBytes(text);
        }
        bytes.writeBytes(new byte[] {0, 0, (byte) type, 0, 1});
        return bytes.toByteArray();
    }

    private Optional<String> read(byte[] datagram) throws IOException {
        answer = datagram;
        if (answer.length < HEADER_BYTES || u16(0) != id || (answer[2] & 0x80) == 0) {
            return Optional.empty();
        }
        if ((answer[3] & 15) != 0) {
            throw new IOException("the answer's code is " + (answer[3] & 15));
        }
        List<String> found = new ArrayList<>();
        int at = HEADER_BYTES;
        for (int i = u16(4); i > 0; i--) {
            at = afterName(at) + 4;
        }
        for (int i = u16(6); i > 0; i--) {
            at = afterName(at);
            int type = u16(at);
            int length = u16(at + 8);
            int data = at + 10;
            need(data + length);
            if (type == A && length == 4) {
                found.add(Address.ipv4(u16(data) << 16 | u16(data + 2)).toString());
            } else if (type == PTR) {
                found.add(name(data));
            }
            at = data + length;
        }
        if (found.isEmpty()) {
            throw new IOException("the answer is empty");
        }
        for (String each : found) {
            if (inquiry.matches(each)) {
                return Optional.of(each);
            }
        }
        return Optional.of(inquiry.mustMatch("", String.join(" ", found)));
    }

    private void need(int bytes) throws IOException {
        if (bytes > answer.length) {
            throw new IOException("the answer is cut off");
        }
    }

    private int u8(int at) throws IOException {
        need(at + 1);
        return answer[at] & 255;
    }

    private int u16(int at) throws IOException {
        return u8(at) << 8 | u8(at + 1);
    }

    private int afterName(int start) throws IOException {
        int at = start;
        while (true) {
            int length = u8(at);
            if (length >= 0xc0) {
                return at + 2;
            }
            at += 1 + length;
            if (length == 0) {
                return at;
            }
        }
    }

    private String name(int start) throws IOException {
        StringBuilder name = new StringBuilder();
        int at = start;
        for (int jumps = 0; jumps < MOST_POINTERS; ) {
            int length = u8(at);
            if (length >= 0xc0) {
                at = (length & 0x3f) << 8 | u8(at + 1);
                jumps++;
            } else if (length == 0) {
                return name.toString();
            } else {
                need(at + 1 + length);
                name.append(name.isEmpty() ? "" : ".");
                name.append(new String(answer, at + 1, length, StandardCharsets.ISO_8859_1));
                at += 1 + length;
                jumps++;
            }
        }
        throw new IOException("a name without end");
    }
}
