package dev.sluice.ldirectord.dialogue;

import dev.sluice.config.ldirectord.LdirectorSettings.Check;
import dev.sluice.wire.Address;

import java.io.IOException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Whom to ask, for what, and until when.
///
/// @param isUdp whether the service is
/// @param receive a regular expression; empty: anything will do
/// @param deadlineNanos of the clock [System#nanoTime]
public record Inquiry(
        Address address,
        int port,
        boolean isUdp,
        Check check,
        String request,
        String receive,
        long deadlineNanos) {

    /// The same of another server, as a redirect wants it.
    Inquiry at(Address other, int otherPort) {
        return new Inquiry(other, otherPort, isUdp, check, request, receive, deadlineNanos);
    }

    boolean hasLogin() {
        return !check.login().isEmpty();
    }

    /// Whether what is expected is found in a text.
    boolean matches(String text) throws IOException {
        try {
            return receive.isEmpty() || Pattern.compile(receive).matcher(text).find();
        } catch (PatternSyntaxException e) {
            throw new IOException("receive: no regular expression: " + e.getDescription(), e);
        }
    }

    /// Complains unless it is.
    String mustMatch(String text, String what) throws IOException {
        if (!matches(text)) {
            throw new IOException("`%s` is not in %s".formatted(receive, what));
        }
        return what;
    }
}
