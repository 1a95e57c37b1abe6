package dev.sluice.health.probe;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Greets a mail server and says goodbye: `SMTP_CHECK` (keepalived.md §6.3). Answers may have
/// several lines (RFC 5321 §4.2.1), which keepalived does not know.
public record SmtpProbe(Target target, String heloName) implements Probe {

    private static final int MAX_LINE_BYTES = 4096;
    private static final int MAX_LINES = 100;

    @Override
    public Finding ask(int part) {
        try (Socket socket = target.connect()) {
            InputStream in =
                    new BufferedInputStream(new DeadlineStream(socket, target.deadlineNanos()));
            OutputStream out = socket.getOutputStream();
            String greeting = answer(in);
            if (!greeting.startsWith("220")) {
                return Finding.failed("Bad greeting banner from server: " + greeting);
            }
            say(out, "HELO " + heloName);
            String hello = answer(in);
            if (!hello.startsWith("250")) {
                return Finding.failed("Bad HELO response from server: " + hello);
            }
            say(out, "QUIT");
            answer(in);
            return Finding.passed(greeting);
        } catch (IOException e) {
            return Finding.failed(Failures.words(e));
        }
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /// The last line of an answer.
    private static String answer(InputStream in) throws IOException {
        for (int i = 0; i < MAX_LINES; i++) {
            String line = line(in);
            if (line.length() < 4 || line.charAt(3) != '-') {
                return line;
            }
        }
        throw new IOException("an answer of more than " + MAX_LINES + " lines");
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < MAX_LINE_BYTES) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the server hung up");
            }
            if (next == '\n') {
                return line.toString().strip();
            }
            line.append((char) next);
        }
        throw new IOException("a line of more than " + MAX_LINE_BYTES + " bytes");
    }
}
