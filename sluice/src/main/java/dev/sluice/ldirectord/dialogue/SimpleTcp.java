package dev.sluice.ldirectord.dialogue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// `simpletcp`: says the request, hangs up on its side, and looks for the answer in what comes
/// back.
final class SimpleTcp {

    private SimpleTcp() {}

    static String ask(Inquiry inquiry) throws IOException {
        try (Conversation server = Conversation.open(inquiry)) {
            server.say(inquiry.request().replace("\\n", "\n"));
            server.sayNoMore();
            String answer = new String(server.rest(), StandardCharsets.ISO_8859_1);
            for (String line : answer.split("\n", -1)) {
                if (inquiry.matches(line)) {
                    return "an answer";
                }
            }
            return inquiry.mustMatch("", "any line of the answer");
        }
    }
}
