package dev.sluice.ldirectord.dialogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// `ldap` and `ldaps` (RFC 4511): binds, anonymously or with a login, and looks for an entry, whose
/// text must match.
final class Ldap {

    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int BOOLEAN = 0x01;
    private static final int ENUMERATED = 0x0a;
    private static final int BIND = 0x60;
    private static final int BOUND = 0x61;
    private static final int SEARCH = 0x63;
    private static final int ENTRY = 0x64;
    private static final int DONE = 0x65;
    private static final int SIMPLE = 0x80;
    private static final int PRESENT = 0x87;
    private static final int MOST_ENTRIES = 1000;

    private final Conversation server;

    private Ldap(Conversation server) {
        this.server = server;
    }

    /// A message's operation and its content.
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    private record Message(int operation, byte[] content) {}

    static String ask(Inquiry inquiry, boolean isTls) throws IOException {
        try (Conversation server =
                isTls ? Conversation.openTls(inquiry, "") : Conversation.open(inquiry)) {
            return new Ldap(server).ask(inquiry);
        }
    }

    private String ask(Inquiry inquiry) throws IOException {
        send(
                1,
                element(
                        BIND,
                        element(INTEGER, new byte[] {3}),
                        element(OCTETS, text(inquiry.check().login())),
                        element(SIMPLE, text(inquiry.check().password()))));
        Message bound = receive();
        if (bound.operation() != BOUND) {
            throw new IOException("no answer to a bind");
        }
        mustSucceed(bound.content(), "bind");
        if (inquiry.request().isEmpty()) {
            return "bound";
        }
        send(
                2,
                element(
                        SEARCH,
                        element(OCTETS, text(inquiry.request().replaceFirst("^/", ""))),
                        element(ENUMERATED, new byte[] {0}),
                        element(ENUMERATED, new byte[] {0}),
                        element(INTEGER, new byte[] {100}),
                        element(INTEGER, new byte[] {0}),
                        element(BOOLEAN, new byte[] {0}),
                        element(PRESENT, text("objectClass")),
                        element(SEQUENCE)));
        boolean isFound = false;
        boolean matches = false;
        for (int i = 0; i < MOST_ENTRIES; i++) {
            Message message = receive();
            if (message.operation() == ENTRY) {
                isFound = true;
                matches |= inquiry.matches(new String(message.content(), StandardCharsets.UTF_8));
            } else if (message.operation() == DONE) {
                mustSucceed(message.content(), "search");
                if (!isFound) {
                    throw new IOException("there is no entry " + inquiry.request());
                }
                return matches ? "an entry" : inquiry.mustMatch("", "the entry");
            }
        }
        throw new IOException("more than " + MOST_ENTRIES + " messages");
    }

    private static void mustSucceed(byte[] content, String what) throws IOException {
        if (content.length < 3 || content[0] != ENUMERATED || content[1] != 1) {
            throw new IOException("the answer to a %s is not understood".formatted(what));
        }
        if (content[2] != 0) {
            throw new IOException("%s: result %d".formatted(what, content[2]));
        }
    }

    private void send(int id, byte[] operation) throws IOException {
        server.say(element(SEQUENCE, element(INTEGER, new byte[] {(byte) id}), operation));
    }

    /// Reads one message and takes its envelope off.
    private Message receive() throws IOException {
        if (server.read() != SEQUENCE) {
            throw new IOException("no LDAP");
        }
        byte[] message = server.exactly(length());
        if (message.length < 2 || message[0] != INTEGER) {
            throw new IOException("no LDAP");
        }
        int at = 2 + message[1];
        if (at < 2 || at + 2 > message.length) {
            throw new IOException("no LDAP");
        }
        int operation = message[at] & 255;
        int size = message[at + 1] & 255;
        int start = at + 2 + (size > 127 ? size & 127 : 0);
        if (start > message.length) {
            throw new IOException("no LDAP");
        }
        byte[] content = new byte[message.length - start];
        System.arraycopy(message, start, content, 0, content.length);
        return new Message(operation, content);
    }

    private int length() throws IOException {
        int first = server.read();
        if (first < 128) {
            return first;
        }
        int length = 0;
        for (int i = first & 127; i > 0; i--) {
            length = length << 8 | server.read();
            if (length < 0 || length > Conversation.MOST_BYTES) {
                throw new IOException("a message that is too long");
            }
        }
        return length;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        int length = content.size();
        if (length < 128) {
            element.write(length);
        } else {
            element.writeBytes(new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length});
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }
}
