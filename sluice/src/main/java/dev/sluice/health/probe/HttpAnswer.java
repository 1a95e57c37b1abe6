package dev.sluice.health.probe;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// An answer of a web server, read to its end (RFC 9112 §6.3): as long as `Content-Length` says, in
/// chunks, or until the server hangs up.
///
/// @param digest MD5 of the body; empty if it was not asked for
/// @param body its beginning; empty if it was not asked for
record HttpAnswer(int status, String digest, String body) {

    private static final int MAX_HEADER_BYTES = 64 << 10;

    /// How much of a body a regular expression sees.
    private static final int MAX_BODY_BYTES = 1 << 20;

    /// A body that nobody looks at is not read for ever.
    private static final long MAX_UNSEEN_BYTES = 1 << 20;

    /// Thousands of these may be under way at once.
    private static final int BUFFER_BYTES = 4 << 10;

    private static final long UNTIL_END = Long.MAX_VALUE;

    /// @param wantsDigest whether the whole body is read for its digest
    static HttpAnswer read(InputStream socket, boolean wantsDigest, boolean wantsBody)
            throws IOException {
        InputStream in = new BufferedInputStream(socket, BUFFER_BYTES);
        Header header = Header.read(in);
        Sink sink = new Sink(wantsDigest, wantsBody);
        if (header.isChunked) {
            readChunks(in, sink);
        } else {
            copy(in, sink, header.length);
        }
        return new HttpAnswer(header.status, sink.digest(), sink.body());
    }

    private static void readChunks(InputStream in, Sink sink) throws IOException {
        while (sink.wantsMore()) {
            String line = line(in, MAX_HEADER_BYTES);
            String digits = line.split(";", 2)[0].strip();
            long length;
            try {
                length = Long.parseLong(digits, 16);
            } catch (NumberFormatException e) {
                throw new IOException("a chunk of length `" + digits + "`", e);
            }
            if (length == 0) {
                return;
            }
            if (length < 0 || copy(in, sink, length) < length && sink.wantsMore()) {
                throw new EOFException("the body ends within a chunk");
            }
            if (sink.wantsMore()) {
                line(in, MAX_HEADER_BYTES);
            }
        }
    }

    private static long copy(InputStream in, Sink sink, long length) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long done = 0;
        while (done < length && sink.wantsMore()) {
            int count = in.read(buffer, 0, (int) Math.min(buffer.length, length - done));
            if (count < 0) {
                break;
            }
            sink.take(buffer, count);
            done += count;
        }
        return done;
    }

    private static String line(InputStream in, int limit) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the answer ends too early");
            }
            if (next == '\n') {
                return line.toString();
            }
            if (next != '\r') {
                line.append((char) next);
            }
            if (line.length() > limit) {
                throw new IOException("a line of more than " + limit + " bytes");
            }
        }
    }

    /// @param length of the body; [#UNTIL_END] when it ends with the connection
    private record Header(int status, long length, boolean isChunked) {

        static Header read(InputStream in) throws IOException {
            int room = MAX_HEADER_BYTES;
            String first = line(in, room);
            String[] words = first.split(" +", 3);
            if (!first.startsWith("HTTP/") || words.length < 2 || !words[1].matches("[0-9]{3}")) {
                throw new IOException("no answer of a web server: `" + beginning(first) + "`");
            }
            long length = UNTIL_END;
            boolean isChunked = false;
            String line = line(in, room);
            while (!line.isEmpty()) {
                room -= line.length();
                String[] parts = line.split(":", 2);
                String name = parts[0].toLowerCase(Locale.ROOT);
                String value = parts.length == 2 ? parts[1].strip() : "";
                if (name.equals("content-length") && value.matches("[0-9]{1,18}")) {
                    length = Long.parseLong(value);
                } else if (name.equals("transfer-encoding")) {
                    isChunked = value.toLowerCase(Locale.ROOT).endsWith("chunked");
                }
                line = line(in, Math.max(0, room));
            }
            return new Header(Integer.parseInt(words[1]), length, isChunked);
        }

        private static String beginning(String line) {
            return line.length() > 40 ? line.substring(0, 40) + "…" : line;
        }
    }

    /// What is kept of a body.
    private static final class Sink {

        private final boolean wantsDigest;
        private final boolean wantsBody;
        private final @Nullable MessageDigest md5;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private long seen;

        Sink(boolean wantsDigest, boolean wantsBody) {
            this.wantsDigest = wantsDigest;
            this.wantsBody = wantsBody;
            md5 = wantsDigest ? md5() : null;
        }

        boolean wantsMore() {
            return wantsDigest || seen < MAX_UNSEEN_BYTES;
        }

        void take(byte[] bytes, int count) {
            seen += count;
            if (md5 != null) {
                md5.update(bytes, 0, count);
            }
            if (wantsBody) {
                body.write(bytes, 0, Math.min(count, MAX_BODY_BYTES - body.size()));
            }
        }

        String digest() {
            return md5 != null ? HexFormat.of().formatHex(md5.digest()) : "";
        }

        String body() {
            return body.toString(StandardCharsets.UTF_8);
        }

        private static MessageDigest md5() {
            try {
                return MessageDigest.getInstance("MD5");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e); // every Java has it
            }
        }
    }
}
