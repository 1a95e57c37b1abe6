package dev.sluice.daemon;

import java.util.List;
import java.util.stream.Collectors;

/// A JSON object (RFC 8259) that is being written, its members in the order in which they came.
final class Json {

    private final StringBuilder members = new StringBuilder();

    Json text(String name, String value) {
        return member(name, quoted(value));
    }

    Json number(String name, long value) {
        return member(name, Long.toString(value));
    }

    Json bool(String name, boolean value) {
        return member(name, Boolean.toString(value));
    }

    Json object(String name, Json value) {
        return member(name, value.toString());
    }

    Json list(String name, List<Json> values) {
        return member(
                name,
                values.stream().map(Json::toString).collect(Collectors.joining(",", "[", "]")));
    }

    Json texts(String name, List<String> values) {
        return member(
                name, values.stream().map(Json::quoted).collect(Collectors.joining(",", "[", "]")));
    }

    private Json member(String name, String value) {
        if (!members.isEmpty()) {
            members.append(',');
        }
        members.append(quoted(name)).append(':').append(value);
        return this;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return "{" + members + "}";
    }
}
