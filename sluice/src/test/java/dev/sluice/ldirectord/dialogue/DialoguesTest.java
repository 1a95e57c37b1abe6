package dev.sluice.ldirectord.dialogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ldirectord.Dialogue;
import dev.sluice.config.ldirectord.LdirectorSettings.Check;
import dev.sluice.config.ldirectord.Ldirectord;
import dev.sluice.config.ldirectord.Machine;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// Each dialogue with a server of a few lines: what it takes for an answer, and what not.
final class DialoguesTest {

    private static final long PATIENCE_SECONDS = 20;

    /// A server that says what it is told to, an exchange after the other: to each line of ours the
    /// next of its answers; the first is its greeting.
    private static final class Scripted implements AutoCloseable {

        private final ServerSocket listening;
        private final StringBuilder heard = new StringBuilder();

        Scripted(byte[]... answers) throws IOException {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofVirtual()
                    .start(() -> {
                        while (!listening.isClosed()) {
                            try (Socket client = listening.accept()) {
                                serve(client, answers);
                            } catch (IOException _) {
                                // the client, or the test, is done
                            }
                        }
                    });
        }

        static Scripted of(String... answers) throws IOException {
            byte[][] bytes = new byte[answers.length][];
            for (int i = 0; i < answers.length; i++) {
                bytes[i] = answers[i].getBytes(StandardCharsets.ISO_8859_1);
            }
            return new Scripted(bytes);
        }

        private void serve(Socket client, byte[]... answers) throws IOException {
            InputStream in = client.getInputStream();
            for (int i = 0; i < answers.length; i++) {
                if (i > 0) {
                    int c;
                    do {
                        c = in.read();
                        synchronized (heard) {
                            heard.append(c < 0 ? "" : (char) c);
                        }
                    } while (c >= 0 && c != '\n');
                }
                client.getOutputStream().write(answers[i]);
            }
            client.shutdownOutput();
            while (in.read() >= 0) {
                // what is said to nobody
            }
        }

        String heard() {
            synchronized (heard) {
                return heard.toString().replace("\r", "");
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }

    private static Check check(String options) {
        return Ldirectord.read(
                        "l.cf",
                        "virtual=192.0.2.1:1\n    real=192.0.2.2:1 gate\n" + options,
                        Machine.WITHOUT_NAMES)
                .settings()
                .services()
                .getFirst()
                .check();
    }

    private static String ask(Scripted server, Dialogue dialogue, String options)
            throws IOException {
        Check check = check(options);
        return Dialogues.ask(
                dialogue,
                new Inquiry(
                        Address.parse("127.0.0.1"),
                        server.listening.getLocalPort(),
                        false,
                        check,
                        check.request(),
                        check.receive(),
                        System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)));
    }

    private static void complains(
            String expected, Scripted server, Dialogue dialogue, String options) {
        IOException complaint =
                assertThrows(IOException.class, () -> ask(server, dialogue, options));
        assertEquals(expected, complaint.getMessage());
    }

    @Test
    void aWebServer() throws IOException {
        // An answer that comes before the question: the server says it at once.
        String page = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nTest";
        try (Scripted server = Scripted.of(page)) {
            ask(server, Dialogue.HTTP, "    receive=\"T.st\"\n");
            complains(
                    "`Best` is not in the body, status 200",
                    server,
                    Dialogue.HTTP,
                    "    receive=\"Best\"\n");
        }
    }

    @Test
    void aWebServerThatSendsPieces() throws IOException {
        String page =
                """
                HTTP/1.1 100 Continue\r
                \r
                HTTP/1.1 200 OK\r
                Transfer-Encoding: chunked\r
                \r
                2\r
                Te\r
                2;x=y\r
                st\r
                0\r
                \r
                """;
        try (Scripted server = Scripted.of(page)) {
            ask(server, Dialogue.HTTP, "    receive=\"^Test$\"\n");
        }
    }

    @Test
    void aWebServerThatHasAnError() throws IOException {
        try (Scripted server = Scripted.of("HTTP/1.1 500 Error\r\n\r\n")) {
            complains("status 500", server, Dialogue.HTTP, "");
        }
        try (Scripted server = Scripted.of("220 hello\r\n")) {
            complains("no HTTP: `220 hello`", server, Dialogue.HTTP, "");
        }
    }

    @Test
    void whatAWebServerIsAsked() throws IOException {
        try (Scripted server = Scripted.of("", "HTTP/1.1 200 OK\r\n\r\nTest")) {
            ask(
                    server,
                    Dialogue.HTTP,
                    "    request=\"a.html\"\n    virtualhost=www.x.y\n    receive=\"Test\"\n");
            assertEquals("GET /a.html HTTP/1.1\n", server.heard());
        }
        try (Scripted server = Scripted.of("", "", "", "HTTP/1.1 200 OK\r\n\r\n")) {
            ask(server, Dialogue.HTTP, "    virtualhost=www.x.y\n    httpmethod=HEAD\n");
            assertEquals("HEAD / HTTP/1.1\nConnection: close\nHost: www.x.y\n", server.heard());
        }
    }

    @Test
    void redirectsWithoutEndEnd() throws IOException {
        try (Scripted server = Scripted.of("HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n")) {
            complains("more than 7 redirects", server, Dialogue.HTTP, "");
        }
    }

    @Test
    void aLineOfText() throws IOException {
        try (Scripted server = Scripted.of("", "one\ntwo\n")) {
            ask(server, Dialogue.SIMPLETCP, "    request=\"ask\\n\"\n    receive=\"^two$\"\n");
            assertEquals("ask\n", server.heard());
            complains(
                    "`three` is not in any line of the answer",
                    server,
                    Dialogue.SIMPLETCP,
                    "    request=\"ask\\n\"\n    receive=\"three\"\n");
        }
    }

    @Test
    void aMailServer() throws IOException {
        try (Scripted server = Scripted.of("220-a\r\n220 b\r\n", "250 hello\r\n")) {
            ask(server, Dialogue.SMTP, "");
        }
        try (Scripted server = Scripted.of("554 no\r\n")) {
            complains("the greeting is `554 no`", server, Dialogue.SMTP, "");
        }
    }

    @Test
    void aMailbox() throws IOException {
        String login = "    login=\"me\"\n    passwd=\"pw\"\n";
        try (Scripted server = Scripted.of("+OK\r\n", "+OK\r\n", "+OK\r\n")) {
            assertEquals("logged in", ask(server, Dialogue.POP, login));
            assertTrue(server.heard().startsWith("USER me\nPASS pw\n"), server.heard());
        }
        try (Scripted server = Scripted.of("+OK\r\n", "+OK\r\n", "-ERR no\r\n")) {
            assertEquals("a greeting", ask(server, Dialogue.POP, ""));
            complains("the answer to PASS is `-ERR no`", server, Dialogue.POP, login);
        }
        try (Scripted server = Scripted.of("* OK hello\r\n", "* CAPABILITY x\r\na1 OK\r\n")) {
            assertEquals("logged in", ask(server, Dialogue.IMAP, login));
        }
        try (Scripted server = Scripted.of("* OK hello\r\n", "a1 NO\r\n")) {
            complains("the answer to LOGIN is `a1 NO`", server, Dialogue.IMAP, login);
        }
        try (Scripted server = Scripted.of("* BYE\r\n")) {
            complains("the greeting is `* BYE`", server, Dialogue.IMAP, "");
        }
    }

    @Test
    void news() throws IOException {
        try (Scripted server = Scripted.of("201 hello\r\n")) {
            ask(server, Dialogue.NNTP, "");
        }
        try (Scripted server = Scripted.of("502 no\r\n")) {
            complains("the greeting is `502 no`", server, Dialogue.NNTP, "");
        }
    }

    @Test
    void aFile() throws IOException {
        try (Scripted data = Scripted.of("some text");
                Scripted server =
                        Scripted.of(
                                "220 hello\r\n",
                                "331 password\r\n",
                                "230 in\r\n",
                                "200 binary\r\n",
                                "229 (|||%d|)\r\n".formatted(data.listening.getLocalPort()),
                                "150 here it comes\r\n")) {
            ask(server, Dialogue.FTP, "    request=\"a\"\n    receive=\"some\"\n");
            assertEquals(
                    "USER anonymous\nPASS ldirectord@localhost\nTYPE I\nEPSV\nRETR a\n",
                    server.heard().split("QUIT", 2)[0]);
        }
    }

    @Test
    void aPhone() throws IOException {
        try (Scripted server =
                Scripted.of("SIP/2.0 100 Trying\r\nX: y\r\n\r\nSIP/2.0 200 OK\r\n")) {
            ask(server, Dialogue.SIP, "");
        }
        try (Scripted server = Scripted.of("SIP/2.0 503 Busy\r\n")) {
            complains("the answer is `SIP/2.0 503 Busy`", server, Dialogue.SIP, "");
        }
    }

    @Test
    void aDirectory() throws IOException {
        byte[] bound = {0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0};
        byte[] refused = {0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 49, 4, 0, 4, 0};
        try (Scripted server = new Scripted(bound)) {
            assertEquals("bound", ask(server, Dialogue.LDAP, ""));
        }
        try (Scripted server = new Scripted(refused)) {
            complains("bind: result 49", server, Dialogue.LDAP, "");
        }
        byte[] entry = {0x30, 11, 2, 1, 2, 0x64, 6, 4, 2, 'd', 'c', 0x30, 0};
        byte[] done = {0x30, 12, 2, 1, 2, 0x65, 7, 10, 1, 0, 4, 0, 4, 0};
        byte[] all = new byte[bound.length + entry.length + done.length];
        System.arraycopy(bound, 0, all, 0, bound.length);
        System.arraycopy(entry, 0, all, bound.length, entry.length);
        System.arraycopy(done, 0, all, bound.length + entry.length, done.length);
        try (Scripted server = new Scripted(all)) {
            assertEquals(
                    "an entry",
                    ask(server, Dialogue.LDAP, "    request=\"dc=x\"\n    receive=\"dc\"\n"));
            complains(
                    "`ou` is not in the entry",
                    server,
                    Dialogue.LDAP,
                    "    request=\"dc=x\"\n    receive=\"ou\"\n");
        }
    }

    @Test
    void whateverAServerSaysIsAnAnswerOrAComplaint() {
        Dialogue[] dialogues = {
            Dialogue.HTTP, Dialogue.SMTP, Dialogue.POP, Dialogue.IMAP, Dialogue.NNTP,
            Dialogue.FTP, Dialogue.LDAP, Dialogue.MYSQL, Dialogue.PGSQL, Dialogue.SIP,
            Dialogue.SIMPLETCP, Dialogue.HTTPS
        };
        Seeded.forAll(
                Seeded.count("sluice.fuzz.dialogues", 600),
                random -> {
                    byte[] noise = new byte[random.nextInt(200)];
                    random.nextBytes(noise);
                    byte[] start =
                            switch (random.nextInt(6)) {
                                case 0 -> "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.UTF_8);
                                case 1 -> "220 x\r\n".getBytes(StandardCharsets.UTF_8);
                                case 2 -> new byte[] {80, 0, 0, 0, 10, 'x', 0};
                                case 3 -> new byte[] {'N', 'R', 0, 0, 0, 12, 0, 0, 0, 5};
                                case 4 -> new byte[] {0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0};
                                default -> new byte[0];
                            };
                    Dialogue dialogue = dialogues[random.nextInt(dialogues.length)];
                    byte[] all = Arrays.copyOf(start, start.length + noise.length);
                    System.arraycopy(noise, 0, all, start.length, noise.length);
                    try (Scripted server = new Scripted(all)) {
                        ask(
                                server,
                                dialogue,
                                "    login=\"a\"\n    passwd=\"b\"\n    request=\"c\"\n");
                    } catch (IOException | UncheckedIOException complaint) {
                        assertTrue(
                                complaint.getMessage() == null
                                        || complaint.getMessage().length() < 500,
                                complaint.getMessage());
                    }
                });
    }
}
