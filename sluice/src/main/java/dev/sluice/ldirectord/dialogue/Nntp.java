package dev.sluice.ldirectord.dialogue;

import java.io.IOException;

/// `nntp` (RFC 3977): a greeting that begins with 2.
final class Nntp {

    private Nntp() {}

    static String ask(Inquiry inquiry) throws IOException {
        try (Conversation server = Conversation.open(inquiry)) {
            Smtp.expect(server, "2", "the greeting");
            server.say("QUIT\r\n");
            return "a greeting";
        }
    }
}
