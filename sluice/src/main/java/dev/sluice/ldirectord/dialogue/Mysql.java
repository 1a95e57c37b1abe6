package dev.sluice.ldirectord.dialogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// `mysql`: the protocol of MySQL and MariaDB. Logs in, by TLS where the server can, and the query
/// must give a row.
final class Mysql {

    private static final int LONG_PASSWORD = 1;
    private static final int WITH_DATABASE = 8;
    private static final int PROTOCOL_41 = 0x200;
    private static final int TLS = 0x800;
    private static final int SECURE = 0x8000;
    private static final int PLUGINS = 0x80000;
    private static final int MOST_PACKET = 1 << 24;
    private static final int UTF8 = 45;
    private static final int ERROR = 255;
    private static final int END = 254;
    private static final int MOST_ROUNDS = 10;
    private static final int MOST_COLUMNS = 10_000;

    private final Conversation server;
    private final Inquiry inquiry;
    private int sequence;
    private boolean isTls;

    private Mysql(Conversation server, Inquiry inquiry) {
        this.server = server;
        this.inquiry = inquiry;
    }

    static String ask(Inquiry inquiry) throws IOException {
        try (Conversation server = Conversation.open(inquiry)) {
            Mysql mysql = new Mysql(server, inquiry);
            mysql.logIn();
            return mysql.query();
        } catch (BufferUnderflowException e) {
            throw new IOException("a message that is too short", e);
        }
    }

    private void logIn() throws IOException {
        ByteBuffer hello = receive();
        int version = hello.get() & 255;
        if (version != 10) {
            throw new IOException("version %d of the protocol".formatted(version));
        }
        word(hello);
        hello.getInt();
        ByteArrayOutputStream salt = new ByteArrayOutputStream();
        salt.writeBytes(bytes(hello, 8));
        hello.get();
        int capabilities = hello.getShort() & 0xffff;
        String plugin = "mysql_native_password";
        if (hello.hasRemaining()) {
            hello.get();
            hello.getShort();
            capabilities |= (hello.getShort() & 0xffff) << 16;
            int length = hello.get() & 255;
            bytes(hello, 10);
            salt.writeBytes(Arrays.copyOf(bytes(hello, Math.max(13, length - 8)), 12));
            if ((capabilities & PLUGINS) != 0 && hello.hasRemaining()) {
                plugin = word(hello);
            }
        }
        String database = inquiry.check().database();
        int flags = LONG_PASSWORD | PROTOCOL_41 | SECURE | PLUGINS;
        flags |= database.isEmpty() ? 0 : WITH_DATABASE;
        flags |= capabilities & TLS;
        ByteBuffer head = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(flags).putInt(MOST_PACKET).put((byte) UTF8);
        if ((capabilities & TLS) != 0) {
            send(head.array());
            server.beginTls(inquiry, "");
            isTls = true;
        }
        byte[] proof = proof(plugin, salt.toByteArray());
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.writeBytes(head.array());
        answer.writeBytes(terminated(inquiry.check().login()));
        answer.write(proof.length);
        answer.writeBytes(proof);
        if (!database.isEmpty()) {
            answer.writeBytes(terminated(database));
        }
        answer.writeBytes(terminated(plugin));
        send(answer.toByteArray());
        for (int i = 0; i < MOST_ROUNDS; i++) {
            ByteBuffer said = receive();
            int kind = said.get() & 255;
            switch (kind) {
                case 0 -> {
                    return;
                }
                case ERROR -> throw error(said);
                case END -> { // another way to log in
                    String other = word(said);
                    send(proof(other, Arrays.copyOf(bytes(said, said.remaining()), 20)));
                }
                case 1 -> { // caching_sha2_password: 3 known, 4 not known yet
                    if (said.get() == 4) {
                        if (!isTls) {
                            throw new IOException("the password is asked for without TLS");
                        }
                        send(terminated(inquiry.check().password()));
                    }
                }
                default -> throw new IOException("a login with an answer " + kind);
            }
        }
        throw new IOException("a login without end");
    }

    private byte[] proof(String plugin, byte[] salt) throws IOException {
        String password = inquiry.check().password();
        if (password.isEmpty()) {
            return new byte[0];
        }
        byte[] text = password.getBytes(StandardCharsets.UTF_8);
        return switch (plugin) {
            case "mysql_native_password" -> {
                byte[] once = Digests.of("SHA-1", text);
                byte[] twice = Digests.of("SHA-1", once);
                yield mixed(once, Digests.of("SHA-1", salt, twice));
            }
            case "caching_sha2_password" -> {
                byte[] once = Digests.of("SHA-256", text);
                byte[] twice = Digests.of("SHA-256", once);
                yield mixed(once, Digests.of("SHA-256", twice, salt));
            }
            case "mysql_clear_password" -> {
                if (!isTls) {
                    throw new IOException("the password is asked for without TLS");
                }
                yield terminated(password);
            }
            default -> throw new IOException("no way to log in that is known here: " + plugin);
        };
    }

    private static byte[] mixed(byte[] one, byte[] other) {
        byte[] mixed = one.clone();
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] ^= other[i];
        }
        return mixed;
    }

    private String query() throws IOException {
        sequence = 0;
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        command.write(3);
        command.writeBytes(inquiry.request().getBytes(StandardCharsets.UTF_8));
        send(command.toByteArray());
        ByteBuffer said = receive();
        int columns = said.get() & 255;
        if (columns == ERROR) {
            throw error(said);
        }
        if (columns == 0) {
            throw new IOException("the query gives no rows at all");
        }
        // Descriptions of columns up to an end, then rows up to another.
        for (int i = 0; i < MOST_COLUMNS; i++) {
            if (isEnd(receive())) {
                ByteBuffer row = receive();
                if ((row.get(0) & 255) == ERROR) {
                    row.get();
                    throw error(row);
                }
                if (isEnd(row)) {
                    throw new IOException("the query gives no row");
                }
                sequence = 0;
                send(new byte[] {1});
                return "a row";
            }
        }
        throw new IOException("more than " + MOST_COLUMNS + " columns");
    }

    private static boolean isEnd(ByteBuffer packet) {
        return packet.remaining() < 9 && (packet.get(0) & 255) == END;
    }

    private static IOException error(ByteBuffer said) {
        int code = said.getShort() & 0xffff;
        String text = StandardCharsets.UTF_8.decode(said).toString();
        return new IOException(
                "error %d: %s".formatted(code, Http.shortened(text.replaceFirst("^#.....", ""))));
    }

    private static byte[] bytes(ByteBuffer from, int count) {
        byte[] bytes = new byte[count];
        from.get(bytes);
        return bytes;
    }

    /// Text up to a zero.
    private static String word(ByteBuffer from) {
        ByteArrayOutputStream word = new ByteArrayOutputStream();
        while (from.hasRemaining()) {
            byte next = from.get();
            if (next == 0) {
                break;
            }
            word.write(next);
        }
        return word.toString(StandardCharsets.UTF_8);
    }

    private static byte[] terminated(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /// A packet is its length in three bytes, its number, and what it holds.
    private void send(byte[] body) throws IOException {
        server.say(
                ByteBuffer.allocate(4 + body.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(body.length | sequence << 24)
                        .put(body)
                        .array());
        sequence = sequence + 1 & 255;
    }

    private ByteBuffer receive() throws IOException {
        int head = ByteBuffer.wrap(server.exactly(4)).order(ByteOrder.LITTLE_ENDIAN).getInt();
        sequence = (head >>> 24) + 1 & 255;
        byte[] body = server.exactly(head & 0xffffff);
        if (body.length == 0) {
            throw new IOException("an empty message");
        }
        return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
    }
}
