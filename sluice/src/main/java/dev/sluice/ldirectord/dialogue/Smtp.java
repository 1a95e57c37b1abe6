package dev.sluice.ldirectord.dialogue;

import java.io.IOException;

/// `smtp` and `submission`: the greeting (RFC 5321 §4.2), and HELO as any client says it.
final class Smtp {

    private static final int MOST_LINES = 100;

    private Smtp() {}

    static String ask(Inquiry inquiry) throws IOException {
        try (Conversation server = Conversation.open(inquiry)) {
            expect(server, "220", "the greeting");
            server.say("HELO localhost\r\n");
            expect(server, "250", "the answer to HELO");
            server.say("QUIT\r\n");
            return "a greeting";
        }
    }

    /// Reads an answer of one line or more.
    static String expect(Conversation server, String code, String what) throws IOException {
        String line = server.line();
        for (int i = 0; line.matches("[0-9]{3}-.*") && i < MOST_LINES; i++) {
            line = server.line();
        }
        if (!line.startsWith(code)) {
            throw new IOException("%s is `%s`".formatted(what, Http.shortened(line)));
        }
        return line;
    }
}
