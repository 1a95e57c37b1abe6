package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.VirtualAddress;
import dev.sluice.config.settings.VirtualAddress.Broadcast;
import dev.sluice.config.settings.VirtualAddress.BroadcastAddress;
import dev.sluice.config.settings.VirtualAddress.HostBits;
import dev.sluice.config.settings.VirtualAddress.NextHop;
import dev.sluice.config.settings.VirtualAddress.Prefix;
import dev.sluice.config.settings.VirtualAddress.Route;
import dev.sluice.config.settings.VirtualAddress.Rule;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Addresses, routes and rules, keepalived.md §4.3.
final class AddressReader {

    private static final List<String> ADDRESS_FLAGS =
            List.of("home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin");
    private static final Set<String> ROUTE_TYPES =
            Set.of(
                    "unicast",
                    "local",
                    "broadcast",
                    "multicast",
                    "throw",
                    "unreachable",
                    "prohibit",
                    "blackhole",
                    "nat");

    /// What has a place of its own in a [Route], and is no option.
    private static final Set<String> ROUTE_WORDS =
            Set.of(
                    "to",
                    "via",
                    "or",
                    "dev",
                    "src",
                    "from",
                    "nexthop",
                    "weight",
                    "onlink",
                    "table",
                    "scope",
                    "metric",
                    "no_track",
                    "track_group",
                    "inet",
                    "inet6");

    private static final Set<String> RULE_WORDS =
            Set.of(
                    "from",
                    "to",
                    "table",
                    "preference",
                    "fwmark",
                    "iif",
                    "oif",
                    "no_track",
                    "track_group");

    private final Problems problems;
    private final Interfaces interfaces;

    AddressReader(Problems problems, Interfaces interfaces) {
        this.problems = problems;
        this.interfaces = interfaces;
    }

    List<VirtualAddress> addresses(Block block, String keyword) {
        return block.lines(keyword).stream().map(this::address).toList();
    }

    private VirtualAddress address(Arguments line) {
        Prefix prefix = prefix(line.words().getFirst());
        Word device = line.option("dev");
        interfaces.check(device);
        Word peer = line.option("peer");
        String preferred = line.text("preferred_lft");
        return new VirtualAddress(
                line.place(),
                prefix,
                text(device),
                line.text("label"),
                broadcast(line, prefix),
                line.text("scope"),
                peer == null ? null : prefix(peer),
                ADDRESS_FLAGS.stream().filter(line::has).toList(),
                preferred == null || preferred.equals("forever") ? null : Long.valueOf(preferred),
                !line.has("no_track"),
                line.text("track_group"),
                line.has("use_vmac"));
    }

    private @Nullable Broadcast broadcast(Arguments line, Prefix prefix) {
        Word word = line.option("brd");
        if (word == null) {
            return null;
        }
        if (prefix.address().isIpv6() || prefix.bits() > 30) {
            problems.adjusted(
                    word.place(),
                    prefix + " has no broadcast address; `brd` is ignored",
                    "write the length of the network: " + prefix.address() + "/24");
            return null;
        }
        return switch (word.text()) {
            case "+" -> new HostBits(true);
            case "-" -> new HostBits(false);
            default -> new BroadcastAddress(Address.parse(word.text()));
        };
    }

    /// Without a length, all bits.
    Prefix prefix(Word word) {
        if (word.text().matches("default|any|all")) {
            return new Prefix(Address.ANY_IPV4, 0);
        }
        if (word.text().equals("default6")) {
            return new Prefix(Address.ANY_IPV6, 0);
        }
        String[] parts = word.text().split("/", 2);
        Address address = Address.parse(parts[0]);
        int bits = parts.length == 1 ? address.bits() : Integer.parseInt(parts[1]);
        if (bits > address.bits()) {
            problems.adjusted(
                    word.place(),
                    "%s has a prefix of more than %d bits; %d are used"
                            .formatted(word, address.bits(), address.bits()),
                    "");
        }
        return new Prefix(address, Math.min(bits, address.bits()));
    }

    List<Route> routes(Block block, String keyword) {
        return block.lines(keyword).stream().map(this::route).toList();
    }

    private Route route(Arguments line) {
        Prefix destination = prefix(line.words().getFirst());
        Map<String, String> options = new LinkedHashMap<>();
        String type = "unicast";
        for (Arguments.Option option : line.options()) {
            if (ROUTE_TYPES.contains(option.name())) {
                type = option.name();
            } else if (!ROUTE_WORDS.contains(option.name())) {
                options.put(option.name(), option.values().isEmpty() ? "" : option.value().text());
            }
        }
        List<NextHop> hops = nextHops(line);
        boolean isIpv6 = destination.address().isIpv6();
        String source = line.text("src");
        Word from = line.option("from");
        if (line.has("inet6") && destination.bits() == 0) {
            destination = new Prefix(Address.ANY_IPV6, 0);
            isIpv6 = true;
        }
        Address first = hops.isEmpty() ? null : hops.getFirst().gateway();
        boolean firstIsIpv6 = first != null && first.isIpv6();
        if (destination.bits() == 0 && firstIsIpv6) {
            destination = new Prefix(Address.ANY_IPV6, 0);
            isIpv6 = true;
        }
        for (NextHop hop : hops) {
            if (hop.gateway() != null && hop.gateway().isIpv6() != isIpv6 && isIpv6) {
                mixed(line.place());
            }
        }
        if (source != null && Address.parse(source).isIpv6() != isIpv6) {
            mixed(line.place());
        }
        String metric = line.text("metric");
        return new Route(
                line.place(),
                type,
                destination,
                from == null ? null : prefix(from),
                hops,
                source == null ? null : Address.parse(source),
                line.text("table"),
                metric == null ? null : Long.decode(metric),
                line.text("scope"),
                options,
                !line.has("no_track"),
                line.text("track_group"));
    }

    private void mixed(Place place) {
        problems.error(place, "this route mixes IPv4 and IPv6 addresses");
    }

    /// `via` and `dev` of the route itself, or those that follow each `nexthop`.
    private List<NextHop> nextHops(Arguments line) {
        List<NextHop> hops = new ArrayList<>();
        Address gateway = null;
        String device = null;
        int weight = 1;
        boolean onLink = false;
        for (Arguments.Option option : line.options()) {
            switch (option.name()) {
                case "nexthop" -> {
                    add(hops, gateway, device, weight, onLink);
                    gateway = null;
                    device = null;
                    weight = 1;
                    onLink = false;
                }
                case "via" -> gateway = Address.parse(option.value().text());
                case "dev" -> {
                    interfaces.check(option.value());
                    device = option.value().text();
                }
                case "weight" -> weight = Integer.parseInt(option.value().text());
                case "onlink" -> onLink = true;
                case "or" -> {
                    problems.warning(
                            option.value().place(),
                            "`or` is an old way to name a second gateway",
                            "write: nexthop via A nexthop via B");
                    add(hops, gateway, device, weight, onLink);
                    gateway = Address.parse(option.value().text());
                }
                default -> {}
            }
        }
        add(hops, gateway, device, weight, onLink);
        return hops;
    }

    private static void add(
            List<NextHop> hops,
            @Nullable Address gateway,
            @Nullable String device,
            int weight,
            boolean onLink) {
        if (gateway != null || device != null) {
            hops.add(new NextHop(gateway, device, weight, onLink));
        }
    }

    List<Rule> rules(Block block, String keyword) {
        return block.lines(keyword).stream().map(this::rule).toList();
    }

    private Rule rule(Arguments line) {
        Map<String, String> options = new LinkedHashMap<>();
        for (Arguments.Option option : line.options()) {
            if (!RULE_WORDS.contains(option.name())) {
                options.put(option.name(), option.values().isEmpty() ? "" : option.value().text());
            }
        }
        String preference = line.text("preference");
        if (preference == null) {
            problems.adjusted(
                    line.place(),
                    "this rule has no preference, and gets one from 16384 on",
                    "write: preference N");
        }
        Word from = line.option("from");
        Word to = line.option("to");
        interfaces.check(line.option("iif"));
        interfaces.check(line.option("oif"));
        return new Rule(
                line.place(),
                from == null ? null : prefix(from),
                to == null ? null : prefix(to),
                preference == null ? null : Long.decode(preference),
                line.text("table"),
                line.text("fwmark"),
                line.text("iif"),
                line.text("oif"),
                options,
                !line.has("no_track"),
                line.text("track_group"));
    }

    private static @Nullable String text(@Nullable Word word) {
        return word == null ? null : word.text();
    }
}
