package dev.sluice.ldirectord.dialogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// `pgsql`: PostgreSQL's protocol, version 3. Logs in, and the query must give a row.
final class Pgsql {

    private static final int PROTOCOL = 3 << 16;
    private static final int TLS_REQUEST = 80_877_103;
    private static final int MOST_MESSAGES = 10_000;
    private static final int MOST_ROUNDS = 1_000_000;
    private static final Pattern SCRAM =
            Pattern.compile("r=([^,]+),s=([A-Za-z0-9+/=]+),i=([0-9]{1,8})");

    private final Conversation server;
    private final Inquiry inquiry;
    private String nonce = "";

    private Pgsql(Conversation server, Inquiry inquiry) {
        this.server = server;
        this.inquiry = inquiry;
    }

    private record Message(int type, ByteBuffer body) {}

    static String ask(Inquiry inquiry) throws IOException {
        try (Conversation server = Conversation.open(inquiry)) {
            server.say(ByteBuffer.allocate(8).putInt(8).putInt(TLS_REQUEST).array());
            if (server.read() == 'S') {
                server.beginTls(inquiry, "");
            }
            return new Pgsql(server, inquiry).ask();
        }
    }

    private String ask() throws IOException {
        String database = inquiry.check().database();
        String start =
                "user\0"
                        + inquiry.check().login()
                        + (database.isEmpty() ? "" : "\0database\0" + database)
                        + "\0\0";
        byte[] text = start.getBytes(StandardCharsets.UTF_8);
        server.say(
                ByteBuffer.allocate(8 + text.length)
                        .putInt(8 + text.length)
                        .putInt(PROTOCOL)
                        .put(text)
                        .array());
        boolean isAsked = false;
        for (int i = 0; i < MOST_MESSAGES; i++) {
            Message message = receive();
            switch (message.type()) {
                case 'R' -> authenticate(message.body());
                case 'E' -> throw new IOException(error(message.body()));
                case 'D' -> {
                    send('X', new byte[0]);
                    return "a row";
                }
                case 'Z' -> {
                    if (isAsked) {
                        throw new IOException("the query gives no row");
                    }
                    isAsked = true;
                    send('Q', terminated(inquiry.request()));
                }
                default -> {}
            }
        }
        throw new IOException("more than " + MOST_MESSAGES + " messages");
    }

    private void authenticate(ByteBuffer body) throws IOException {
        String password = inquiry.check().password();
        int method = number(body);
        switch (method) {
            case 0 -> {}
            case 3 -> send('p', terminated(password));
            case 5 -> {
                byte[] salt = new byte[Math.min(4, body.remaining())];
                body.get(salt);
                String inner = hex(Digests.of("MD5", utf8(password + inquiry.check().login())));
                ByteArrayOutputStream salted = new ByteArrayOutputStream();
                salted.writeBytes(utf8(inner));
                salted.writeBytes(salt);
                send('p', terminated("md5" + hex(Digests.of("MD5", salted.toByteArray()))));
            }
            case 10 -> {
                if (!text(body).contains("SCRAM-SHA-256")) {
                    throw new IOException("no way to log in that is known here: " + text(body));
                }
                byte[] random = new byte[18];
                new SecureRandom().nextBytes(random);
                nonce = Base64.getEncoder().encodeToString(random);
                byte[] first = utf8("n,,n=,r=" + nonce);
                byte[] name = utf8("SCRAM-SHA-256\0");
                send(
                        'p',
                        ByteBuffer.allocate(name.length + 4 + first.length)
                                .put(name)
                                .putInt(first.length)
                                .put(first)
                                .array());
            }
            case 11 -> send('p', utf8(scram(text(body), password)));
            case 12 -> {} // the server's own proof: whoever it is, it works
            default -> throw new IOException("wants a login of kind " + method);
        }
    }

    /// The client's final message of SCRAM (RFC 5802 §3).
    private String scram(String challenge, String password) throws IOException {
        Matcher parts = SCRAM.matcher(challenge);
        if (!parts.lookingAt()
                || !parts.group(1).startsWith(nonce)
                || Integer.parseInt(parts.group(3)) > MOST_ROUNDS) {
            throw new IOException("the challenge is `%s`".formatted(Http.shortened(challenge)));
        }
        try {
            byte[] salted =
                    SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(
                                    new PBEKeySpec(
                                            password.toCharArray(),
                                            Base64.getDecoder().decode(parts.group(2)),
                                            Math.max(1, Integer.parseInt(parts.group(3))),
                                            256))
                            .getEncoded();
            byte[] clientKey = hmac(salted, "Client Key");
            byte[] stored = Digests.of("SHA-256", clientKey);
            String bare = "c=biws,r=" + parts.group(1);
            byte[] signature = hmac(stored, "n=,r=" + nonce + "," + challenge + "," + bare);
            for (int i = 0; i < signature.length; i++) {
                clientKey[i] ^= signature[i];
            }
            return bare + ",p=" + Base64.getEncoder().encodeToString(clientKey);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("SCRAM: " + e.getMessage(), e);
        }
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(utf8(text));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] terminated(String text) {
        byte[] bytes = utf8(text);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    private static String text(ByteBuffer body) {
        return StandardCharsets.UTF_8.decode(body.duplicate()).toString();
    }

    /// Of the fields of an error, the message.
    private static String error(ByteBuffer body) {
        for (String field : text(body).split("\0", -1)) {
            if (field.startsWith("M")) {
                return Http.shortened(field.substring(1));
            }
        }
        return "an error";
    }

    private static int number(ByteBuffer body) throws IOException {
        if (body.remaining() < 4) {
            throw new IOException("a message that is too short");
        }
        return body.getInt();
    }

    private void send(int type, byte[] body) throws IOException {
        server.say(
                ByteBuffer.allocate(5 + body.length)
                        .put((byte) type)
                        .putInt(4 + body.length)
                        .put(body)
                        .array());
    }

    private Message receive() throws IOException {
        int type = server.read();
        if (type < 0) {
            throw new IOException("hung up");
        }
        int length = ByteBuffer.wrap(server.exactly(4)).getInt();
        if (length < 4) {
            throw new IOException("no PostgreSQL");
        }
        return new Message(type, ByteBuffer.wrap(server.exactly(length - 4)));
    }
}
