package dev.sluice.config.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.Forwarding;
import dev.sluice.config.ldirectord.LdirectorSettings.Real;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `real` and `real6`:
///
/// ```
///  HOST[->HOST][:PORT] gate|masq|ipip [WEIGHT] ["REQUEST", "RECEIVE"] [l:N] [u:N]
/// ```
///
/// A range of IPv4 addresses makes a server of each.
final class RealReader {

    private static final Pattern LINE =
            Pattern.compile("(?<hosts>\\S+)\\s+(?<method>\\S+)(?<rest>.*)");
    private static final Pattern REST =
            Pattern.compile(
                    "(?:\\s+(?<weight>[0-9]+))?"
                            + "(?:\\s+\"(?<request>[^\"]*)\"(?:\\s+|,\\s*)\"(?<receive>[^\"]*)\")?"
                            + "(?<limits>(?:\\s+\"?(?:l:[0-9]+\"?(?:\\s+\"?u:[0-9]+\"?)?"
                            + "|u:[0-9]+\"?(?:\\s+\"?l:[0-9]+\"?)?))?)\\s*");
    private static final Pattern LIMIT = Pattern.compile("([lu]):([0-9]+)");

    /// More servers than any service has; a range beyond it is a slip.
    private static final long MOST_IN_RANGE = 65_536;

    private final Names names;
    private final Values values;

    RealReader(Names names, Values values) {
        this.names = names;
        this.values = values;
    }

    /// @param transport for names of ports
    List<Real> read(Entry entry, boolean isIpv6, String transport) {
        Matcher line = LINE.matcher(entry.value());
        if (!line.matches()) {
            values.error(
                    entry,
                    "a server is an address and a way to forward",
                    "write: %s = %s gate"
                            .formatted(entry.key(), isIpv6 ? "[2001:db8::2]:80" : "192.0.2.2:80"));
            return List.of();
        }
        Forwarding method = FallbackReader.forwarding(line.group("method"));
        if (method == null) {
            values.error(
                    entry,
                    "`%s` is no way to forward".formatted(line.group("method")),
                    "one of gate (direct routing), masq (NAT), ipip (tunnel)");
        }
        Matcher rest = REST.matcher(line.group("rest"));
        if (!rest.matches()) {
            values.error(
                    entry,
                    "`%s` is not understood".formatted(line.group("rest").strip()),
                    "after the way to forward: WEIGHT \"REQUEST\", \"RECEIVE\" l:N u:N, each"
                            + " optional");
        }
        List<Real> servers = new ArrayList<>();
        Integer port = 0;
        String[] ends = line.group("hosts").split("->", 2);
        HostPort last = HostPort.parse(ends[ends.length - 1]);
        HostPort first = HostPort.parse(ends[0]);
        if (first == null || last == null) {
            values.error(entry, "`%s` is no address".formatted(line.group("hosts")), form(isIpv6));
            return List.of();
        }
        if (!last.port().isEmpty()) {
            port = names.port(last.port(), transport);
        }
        if (port == null) {
            values.error(
                    entry,
                    "`%s` is no port".formatted(last.port()),
                    "0 to 65535, or a name of /etc/services");
        }
        List<Address> addresses =
                ends.length == 1 ? one(entry, first, isIpv6) : range(entry, first, last, isIpv6);
        if (method == null || port == null || !rest.matches()) {
            return List.of();
        }
        for (Address address : addresses) {
            servers.add(
                    new Real(
                            entry.place(),
                            address,
                            port,
                            method,
                            rest.group("weight") == null ? 1 : Values.clamped(rest.group("weight")),
                            rest.group("request"),
                            rest.group("receive"),
                            limit(rest.group("limits"), "l"),
                            limit(rest.group("limits"), "u")));
        }
        return servers;
    }

    private static String form(boolean isIpv6) {
        return isIpv6
                ? "an IPv6 address in brackets: [2001:db8::2]:80"
                : "an IPv4 address or a name of one: 192.0.2.2:80";
    }

    private static int limit(String limits, String which) {
        Matcher limit = LIMIT.matcher(limits);
        int number = 0;
        while (limit.find()) {
            number = limit.group(1).equals(which) ? Values.clamped(limit.group(2)) : number;
        }
        return number;
    }

    private List<Address> one(Entry entry, HostPort host, boolean isIpv6) {
        Address address = address(entry, host, isIpv6);
        return address == null ? List.of() : List.of(address);
    }

    private @Nullable Address address(Entry entry, HostPort host, boolean isIpv6) {
        Address address = host.isBracketed() || !isIpv6 ? names.address(host, isIpv6) : null;
        if (address == null) {
            values.error(
                    entry,
                    "`%s` is no address, and no name of one".formatted(host.host()),
                    form(isIpv6));
        }
        return address;
    }

    private List<Address> range(Entry entry, HostPort first, HostPort last, boolean isIpv6) {
        if (isIpv6) {
            values.error(entry, "ranges are for IPv4 only", "write a line for each server");
            return List.of();
        }
        Address from = address(entry, first, false);
        Address to = address(entry, last, false);
        if (from == null || to == null) {
            return List.of();
        }
        long count = (to.low() & 0xffff_ffffL) - (from.low() & 0xffff_ffffL) + 1;
        if (count < 1 || count > MOST_IN_RANGE) {
            values.error(
                    entry,
                    count < 1
                            ? "the range ends before it begins"
                            : "a range of %d servers".formatted(count),
                    "write the lower address first");
            return List.of();
        }
        List<Address> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            addresses.add(Address.ipv4((int) from.low() + i));
        }
        return addresses;
    }
}
