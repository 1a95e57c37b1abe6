package dev.sluice.ldirectord.dialogue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `ftp` (RFC 959, RFC 2428): logs in, fetches the requested file, and looks into it.
final class Ftp {

    private static final Pattern EXTENDED_PASSIVE =
            Pattern.compile("\\((.)\\1\\1([0-9]{1,5})\\1\\)");
    private static final Pattern PASSIVE =
            Pattern.compile("[0-9]+,[0-9]+,[0-9]+,[0-9]+,([0-9]{1,3}),([0-9]{1,3})");

    private Ftp() {}

    static String ask(Inquiry inquiry) throws IOException {
        String login = inquiry.hasLogin() ? inquiry.check().login() : "anonymous";
        String password =
                inquiry.check().password().isEmpty()
                        ? "ldirectord@localhost"
                        : inquiry.check().password();
        try (Conversation server = Conversation.open(inquiry)) {
            Smtp.expect(server, "220", "the greeting");
            server.say("USER " + login + "\r\n");
            if (!Smtp.expect(server, "", "").startsWith("230")) {
                server.say("PASS " + password + "\r\n");
                Smtp.expect(server, "230", "the answer to PASS");
            }
            if (inquiry.request().isEmpty()) {
                server.say("QUIT\r\n");
                return "logged in";
            }
            server.say("TYPE I\r\n");
            Smtp.expect(server, "200", "the answer to TYPE");
            // The address that a server names may be that of its own side; the port is enough.
            try (Conversation data =
                    Conversation.open(inquiry.at(inquiry.address(), port(server)))) {
                server.say("RETR " + inquiry.request() + "\r\n");
                Smtp.expect(server, "1", "the answer to RETR");
                String text = new String(data.rest(), StandardCharsets.ISO_8859_1);
                inquiry.mustMatch(text, inquiry.request());
            }
            server.say("QUIT\r\n");
            return "the file";
        }
    }

    private static int port(Conversation server) throws IOException {
        server.say("EPSV\r\n");
        String answer = Smtp.expect(server, "", "");
        Matcher extended = EXTENDED_PASSIVE.matcher(answer);
        if (answer.startsWith("229") && extended.find()) {
            return Math.min(Integer.parseInt(extended.group(2)), 65_535);
        }
        server.say("PASV\r\n");
        answer = Smtp.expect(server, "227", "the answer to PASV");
        Matcher passive = PASSIVE.matcher(answer);
        if (!passive.find()) {
            throw new IOException("the answer to PASV is `%s`".formatted(Http.shortened(answer)));
        }
        return (Integer.parseInt(passive.group(1)) & 255) << 8
                | Integer.parseInt(passive.group(2)) & 255;
    }
}
