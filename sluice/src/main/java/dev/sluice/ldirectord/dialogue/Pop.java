package dev.sluice.ldirectord.dialogue;

import java.io.IOException;

/// `pop` and `pops` (RFC 1939): the greeting, and a login if there is one.
final class Pop {

    private Pop() {}

    static String ask(Inquiry inquiry, boolean isTls) throws IOException {
        try (Conversation server =
                isTls ? Conversation.openTls(inquiry, "") : Conversation.open(inquiry)) {
            expect(server, "the greeting");
            if (inquiry.hasLogin()) {
                server.say("USER " + inquiry.check().login() + "\r\n");
                expect(server, "the answer to USER");
                server.say("PASS " + inquiry.check().password() + "\r\n");
                expect(server, "the answer to PASS");
            }
            server.say("QUIT\r\n");
            return inquiry.hasLogin() ? "logged in" : "a greeting";
        }
    }

    private static void expect(Conversation server, String what) throws IOException {
        String line = server.line();
        if (!line.startsWith("+OK")) {
            throw new IOException("%s is `%s`".formatted(what, Http.shortened(line)));
        }
    }
}
