package dev.sluice.config.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.Fallback;
import dev.sluice.config.ldirectord.LdirectorSettings.Forwarding;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/// `fallback` and `fallback6`, global or of a service: `HOST[:PORT] [gate|masq|ipip]`.
final class FallbackReader {

    private final Names names;
    private final Values values;

    FallbackReader(Names names, Values values) {
        this.names = names;
        this.values = values;
    }

    /// What an entry says, if it is right.
    ///
    /// @param transport for names of ports; null: only numbers are known
    /// @return null after a complaint
    @Nullable Fallback read(Entry entry, boolean isIpv6, @Nullable String transport) {
        String[] words = entry.value().split("\\s+", 2);
        HostPort text = HostPort.parse(words[0]);
        boolean isWritten = text != null && (text.isBracketed() || !isIpv6);
        Address address = isWritten && text != null ? names.address(text, isIpv6) : null;
        if (text == null || address == null) {
            values.error(
                    entry,
                    "`%s` is no %s address, and no name of one"
                            .formatted(words[0], isIpv6 ? "IPv6" : "IPv4"),
                    isIpv6 ? "write: fallback6 = [::1]:80" : "write: fallback = 127.0.0.1:80");
            return null;
        }
        Integer port =
                text.port().isEmpty() ? Integer.valueOf(0) : names.port(text.port(), transport);
        if (port == null) {
            values.error(
                    entry,
                    "`%s` is no port".formatted(text.port()),
                    transport == null
                            ? "outside of a `virtual`, ports are numbers"
                            : "0 to 65535, or a name of /etc/services");
            return null;
        }
        Forwarding forwarding = words.length == 1 ? Forwarding.GATE : forwarding(words[1].strip());
        if (forwarding == null) {
            values.error(
                    entry,
                    "`%s` is no way to forward".formatted(words[1].strip()),
                    "one of gate, masq, ipip, or nothing");
            return null;
        }
        return new Fallback(entry.place(), address, port, forwarding);
    }

    /// Null when it is none.
    static @Nullable Forwarding forwarding(String word) {
        for (Forwarding each : Forwarding.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(word)) {
                return each;
            }
        }
        return null;
    }
}
