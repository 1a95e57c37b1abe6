package dev.sluice.ldirectord.dialogue;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// `http`, `https` and `http_proxy`: HTTP/1.1 (RFC 9112), redirects are followed, the last status
/// must be 2xx, and the body must match.
final class Http {

    private static final int MOST_REDIRECTS = 7;
    private static final int MOST_HEADERS = 200;

    private final Inquiry inquiry;
    private final boolean isTls;

    Http(Inquiry inquiry, boolean isTls) {
        this.inquiry = inquiry;
        this.isTls = isTls;
    }

    /// @param headers by their names in small letters
    private record Answer(int status, Map<String, String> headers, String body) {}

    String ask() throws IOException {
        String request = inquiry.request();
        String host = inquiry.check().virtualHost();
        String path = request.startsWith("/") ? request : "/" + request;
        if (request.matches("https?://.*")) {
            URI uri = uri(request);
            path = pathOf(uri);
            host = host == null ? uri.getRawAuthority() : host;
        }
        return judged(follow(isTls, inquiry, host == null ? name(inquiry.address()) : host, path));
    }

    /// Asks a proxy for an absolute address.
    String askProxy() throws IOException {
        String host = inquiry.check().virtualHost();
        URI uri = uri(inquiry.request());
        if (host == null) {
            host = uri.getRawAuthority();
        }
        if (host == null) {
            throw new IOException("request: `%s` is no URL with a host".formatted(uri));
        }
        return judged(exchange(false, inquiry, host, inquiry.request()));
    }

    private String judged(Answer answer) throws IOException {
        if (answer.status() / 100 != 2) {
            throw new IOException("status " + answer.status());
        }
        return inquiry.mustMatch(answer.body(), "the body, status " + answer.status());
    }

    private Answer follow(boolean startsTls, Inquiry first, String firstHost, String firstPath)
            throws IOException {
        boolean tls = startsTls;
        Inquiry target = first;
        String host = firstHost;
        String path = firstPath;
        for (int i = 0; i <= MOST_REDIRECTS; i++) {
            Answer answer = exchange(tls, target, host, path);
            String location = answer.headers().get("location");
            boolean isRedirect = answer.status() / 100 == 3 && answer.status() != 304;
            if (!isRedirect || location == null) {
                return answer;
            }
            URI base = uri((tls ? "https://" : "http://") + host + path);
            URI next = base.resolve(uri(location));
            if (next.getHost() == null) {
                throw new IOException("redirected to `%s`".formatted(location));
            }
            tls = "https".equalsIgnoreCase(next.getScheme());
            if (!isSame(target, host, next, tls == startsTls)) {
                InetAddress address = InetAddress.getByName(next.getHost());
                int port = next.getPort() > 0 ? next.getPort() : tls ? 443 : 80;
                target = inquiry.at(Address.of(address.getAddress()), port);
            }
            host = next.getRawAuthority();
            path = pathOf(next);
        }
        throw new IOException("more than " + MOST_REDIRECTS + " redirects");
    }

    /// Whether a redirect leads back to the server that is asked, by the name that it was asked
    /// for: the name's address is that of the service, or of all of its servers.
    private static boolean isSame(Inquiry target, String host, URI next, boolean isSameScheme) {
        String name = host.replaceFirst(":[0-9]+$", "");
        return isSameScheme
                && next.getHost().equalsIgnoreCase(name)
                && (next.getPort() < 0 || next.getPort() == target.port());
    }

    private Answer exchange(boolean tls, Inquiry target, String host, String path)
            throws IOException {
        boolean isHead = inquiry.check().isHead();
        try (Conversation server =
                tls
                        ? Conversation.openTls(target, host.replaceFirst(":[0-9]+$", ""))
                        : Conversation.open(target)) {
            server.say(
                    "%s %s HTTP/1.1\r\nConnection: close\r\nHost: %s\r\nUser-Agent: sluice\r\n\r\n"
                            .formatted(isHead ? "HEAD" : "GET", path, host));
            int status = status(server.line());
            Map<String, String> headers = headers(server);
            while (status / 100 == 1) {
                status = status(server.line());
                headers = headers(server);
            }
            boolean hasBody = !isHead && status != 204 && status != 304;
            return new Answer(status, headers, hasBody ? body(server, headers) : "");
        }
    }

    private static int status(String line) throws IOException {
        String[] words = line.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/") || !words[1].matches("[0-9]{3}")) {
            throw new IOException("no HTTP: `%s`".formatted(shortened(line)));
        }
        return Integer.parseInt(words[1]);
    }

    private static Map<String, String> headers(Conversation server) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < MOST_HEADERS; i++) {
            String line = server.line();
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        throw new IOException("more than " + MOST_HEADERS + " headers");
    }

    private static String body(Conversation server, Map<String, String> headers)
            throws IOException {
        byte[] body;
        String length = headers.get("content-length");
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .contains("chunked")) {
            body = chunks(server);
        } else if (length != null) {
            if (!length.matches("[0-9]{1,9}")) {
                throw new IOException("Content-Length: " + shortened(length));
            }
            body = server.exactly(Integer.parseInt(length));
        } else {
            body = server.rest();
        }
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    private static byte[] chunks(Conversation server) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = server.line().split("[; ]", 2)[0];
            if (!size.matches("[0-9A-Fa-f]{1,7}")) {
                throw new IOException("the size of a chunk is `%s`".formatted(shortened(size)));
            }
            int bytes = Integer.parseInt(size, 16);
            if (bytes == 0) {
                return body.toByteArray();
            }
            body.write(server.exactly(bytes));
            server.line();
        }
    }

    private static URI uri(String text) throws IOException {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IOException("no URL: " + e.getMessage(), e);
        }
    }

    private static String pathOf(URI uri) {
        String path = uri.getRawPath();
        String start = path == null || path.isEmpty() ? "/" : path;
        return uri.getRawQuery() == null ? start : start + "?" + uri.getRawQuery();
    }

    private static String name(Address address) {
        return address.isIpv6() ? "[" + address + "]" : address.toString();
    }

    static String shortened(@Nullable String text) {
        return text == null ? "" : text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
