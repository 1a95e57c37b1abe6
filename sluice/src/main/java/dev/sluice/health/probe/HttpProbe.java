package dev.sluice.health.probe;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Asks a web server for pages and looks at what comes: `HTTP_GET`, `SSL_GET` (keepalived.md §6.2).
/// Redirections are not followed; certificates are not verified, as keepalived does not.
///
/// @param tls null: none
/// @param pages one for each part of the check
public record HttpProbe(Target target, @Nullable Tls tls, Form form, List<Page> pages)
        implements Probe {

    public HttpProbe {
        pages = List.copyOf(pages);
    }

    /// How a request is written.
    public enum Form {
        HTTP_1_0("HTTP/1.0", false),
        HTTP_1_0_CLOSE("HTTP/1.0", true),
        HTTP_1_1("HTTP/1.1", true);

        private final String version;
        private final boolean closes;

        Form(String version, boolean closes) {
            this.version = version;
            this.closes = closes;
        }
    }

    /// The names sent in handshakes (SNI).
    ///
    /// @param sendsName whether one is sent at all
    /// @param name null: the page's virtual host
    public record Tls(boolean sendsName, @Nullable String name) {}

    /// A page, and what is expected of it.
    ///
    /// @param virtualHost null: address and port
    /// @param statuses that are accepted
    /// @param digest MD5 of the body in hexadecimal; null: any
    /// @param body null: any
    public record Page(
            String path,
            @Nullable String virtualHost,
            List<StatusRange> statuses,
            @Nullable String digest,
            @Nullable Body body) {

        public Page {
            statuses = List.copyOf(statuses);
        }
    }

    public record StatusRange(int least, int most) {

        boolean contains(int status) {
            return status >= least && status <= most;
        }
    }

    /// What must be found in a body, or must not.
    ///
    /// @param flags of [Pattern]
    /// @param isAbsent whether it must not be found
    /// @param from where to begin to look, in characters
    /// @param to where a match begins at the latest; null: anywhere
    public record Body(String regex, int flags, boolean isAbsent, int from, @Nullable Integer to) {

        boolean accepts(String text) {
            Matcher matcher = Pattern.compile(regex, flags).matcher(text);
            boolean isFound = from <= text.length() && matcher.find(from);
            if (isFound && to != null) {
                isFound = matcher.start() <= to;
            }
            return isFound != isAbsent;
        }
    }

    @Override
    public Finding ask(int part) {
        Page page = pages.get(part);
        long deadline = target.deadlineNanos();
        try (Socket plain = target.connect();
                Socket socket = tls == null ? plain : TlsSockets.over(plain, host(page))) {
            OutputStream out = socket.getOutputStream();
            out.write(request(page).getBytes(StandardCharsets.UTF_8));
            out.flush();
            HttpAnswer answer =
                    HttpAnswer.read(
                            new DeadlineStream(socket, deadline),
                            page.digest != null,
                            page.body != null);
            return judge(page, answer);
        } catch (IOException e) {
            return Finding.failed(page.path + ": " + Failures.words(e));
        }
    }

    private @Nullable String host(Page page) {
        if (tls == null || !tls.sendsName) {
            return null;
        }
        return tls.name != null ? tls.name : page.virtualHost;
    }

    /// As keepalived writes it, byte for byte.
    String request(Page page) {
        String host =
                page.virtualHost != null
                        ? page.virtualHost
                        : target.address().withPort(target.port());
        return "GET "
                + page.path
                + " "
                + form.version
                + "\r\nUser-Agent: KeepAliveClient\r\n"
                + (form.closes ? "Connection: close\r\n" : "")
                + "Host: "
                + host
                + "\r\n\r\n";
    }

    private static Finding judge(Page page, HttpAnswer answer) {
        if (page.statuses.stream().noneMatch(range -> range.contains(answer.status()))) {
            return Finding.failed(page.path + ": status " + answer.status());
        }
        if (page.digest != null && !page.digest.equalsIgnoreCase(answer.digest())) {
            return Finding.failed(page.path + ": MD5 of the body is " + answer.digest());
        }
        if (page.body != null && !page.body.accepts(answer.body())) {
            return Finding.failed(
                    page.path
                            + (page.body.isAbsent ? ": the body contains " : ": no match of ")
                            + page.body.regex);
        }
        List<String> seen = new ArrayList<>(List.of("status " + answer.status()));
        if (page.digest != null) {
            seen.add("MD5 as wanted");
        }
        return Finding.passed(page.path + ": " + String.join(", ", seen));
    }
}
