package dev.sluice.ldirectord.dialogue;

import dev.sluice.wire.Address;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;

/// `sip` (RFC 3261 §11): OPTIONS, which must be answered by 200.
final class Sip {

    private Sip() {}

    static String ask(Inquiry inquiry) throws IOException {
        String id = Long.toHexString(new SplittableRandom().nextLong());
        byte[] question = question(inquiry, id).getBytes(StandardCharsets.ISO_8859_1);
        if (inquiry.isUdp()) {
            return Datagrams.ask(
                    inquiry,
                    question,
                    answer -> {
                        String text = new String(answer, StandardCharsets.ISO_8859_1);
                        return text.contains(id)
                                ? judged(text.split("\r?\n", 2)[0])
                                : Optional.empty();
                    });
        }
        try (Conversation server = Conversation.open(inquiry)) {
            server.say(question);
            Optional<String> found;
            do {
                found = judged(server.line());
                while (found.isEmpty() && !server.line().isEmpty()) {
                    // the rest of a provisional answer
                }
            } while (found.isEmpty());
            return found.get();
        }
    }

    /// Empty for an answer that is not the last.
    private static Optional<String> judged(String line) throws IOException {
        if (line.startsWith("SIP/2.0 1")) {
            return Optional.empty();
        }
        if (!line.startsWith("SIP/2.0 200")) {
            throw new IOException("the answer is `%s`".formatted(Http.shortened(line)));
        }
        return Optional.of("200");
    }

    private static String question(Inquiry inquiry, String id) {
        Address address = inquiry.address();
        String server = address.withPort(inquiry.port());
        String user = inquiry.hasLogin() ? inquiry.check().login() : "ldirectord@localhost";
        return """
        OPTIONS sip:%1$s SIP/2.0
        Via: SIP/2.0/%2$s localhost;branch=z9hG4bK%3$s;rport
        From: <sip:%4$s>;tag=%3$s
        To: <sip:%4$s>
        Call-ID: %3$s@localhost
        CSeq: 1 OPTIONS
        Contact: <sip:%4$s>
        Max-Forwards: 70
        Accept: application/sdp
        Content-Length: 0

        """
                .formatted(server, inquiry.isUdp() ? "UDP" : "TCP", id, user)
                .replace("\n", "\r\n");
    }
}
