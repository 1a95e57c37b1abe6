package dev.sluice.ldirectord.dialogue;

import java.io.IOException;

/// `imap` and `imaps` (RFC 9051): the greeting, and a login if there is one.
final class Imap {

    private static final int MOST_LINES = 1000;

    private Imap() {}

    static String ask(Inquiry inquiry, boolean isTls) throws IOException {
        try (Conversation server =
                isTls ? Conversation.openTls(inquiry, "") : Conversation.open(inquiry)) {
            String greeting = server.line();
            if (!greeting.matches("(?i)\\* (OK|PREAUTH)\\b.*")) {
                throw new IOException("the greeting is `%s`".formatted(Http.shortened(greeting)));
            }
            if (inquiry.hasLogin()) {
                server.say(
                        "a1 LOGIN %s %s\r\n"
                                .formatted(
                                        quoted(inquiry.check().login()),
                                        quoted(inquiry.check().password())));
                String line = server.line();
                for (int i = 0; !line.startsWith("a1 ") && i < MOST_LINES; i++) {
                    line = server.line();
                }
                if (!line.matches("(?i)a1 OK\\b.*")) {
                    throw new IOException(
                            "the answer to LOGIN is `%s`".formatted(Http.shortened(line)));
                }
            }
            server.say("a2 LOGOUT\r\n");
            return inquiry.hasLogin() ? "logged in" : "a greeting";
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
