package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.VirtualServer.AtAddress;
import dev.sluice.config.settings.VirtualServer.AtMark;
import dev.sluice.config.settings.VirtualServer.Service;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// `virtual_server_group`, keepalived.md §4.13: every address of a range or block is a service of
/// its own.
final class ServiceGroups {

    /// A /16, and more than a table is good for.
    private static final long MOST_ADDRESSES = 65_536;

    private final Problems problems;
    private final Map<String, List<Service>> groups = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    ServiceGroups(Block top, Problems problems) {
        this.problems = problems;
        for (Block block : top.blocks("virtual_server_group")) {
            List<Service> services = new ArrayList<>();
            block.lines().forEach(line -> services.addAll(entry(line)));
            if (groups.putIfAbsent(block.name(), services) != null) {
                problems.error(
                        block.place(),
                        "there is a virtual_server_group `%s` already".formatted(block.name()),
                        "give this one another name");
            }
            places.putIfAbsent(block.name(), block.place());
            if (services.isEmpty()) {
                problems.adjusted(
                        block.end(), "the group `%s` has no entries".formatted(block.name()), "");
            }
        }
    }

    /// The services of a group that a virtual server names; null and an error if there is none.
    @Nullable List<Service> named(Word name) {
        List<Service> services = groups.get(name.text());
        if (services == null) {
            problems.error(
                    name.place(),
                    "there is no virtual_server_group `%s`".formatted(name),
                    "write virtual_server_group %s { }, anywhere in the file".formatted(name));
            return null;
        }
        used.add(name.text());
        return services.isEmpty() ? null : services;
    }

    void warnAboutUnused() {
        groups.forEach((name, _) -> {
            if (!used.contains(name)) {
                problems.warning(
                        Objects.requireNonNull(places.get(name)),
                        "no virtual_server uses the group `%s`".formatted(name),
                        "write: virtual_server group " + name);
            }
        });
    }

    private List<Service> entry(Arguments line) {
        Word mark = line.option("fwmark");
        if (mark != null) {
            Family family = line.has("inet6") ? Family.IPV6 : Family.IPV4;
            Service service = mark(mark, family, problems);
            return service == null ? List.of() : List.of(service);
        }
        if (line.words().isEmpty()) {
            problems.error(line.place(), "this line names no address and no fwmark");
            return List.of();
        }
        Word word = line.words().getFirst();
        int port = line.words().size() > 1 ? Integer.parseInt(line.words().get(1).text()) : 0;
        List<Service> services = new ArrayList<>();
        for (Address address : addresses(word)) {
            services.add(new AtAddress(line.place(), address, port));
        }
        return services;
    }

    /// `192.0.2.1`, `192.0.2.1-10`, `192.0.2.250-192.0.3.10` or `192.0.2.128/29`.
    private List<Address> addresses(Word word) {
        String[] block = word.text().split("/", 2);
        String[] range = word.text().split("-", 2);
        Address first = address(block.length == 2 ? block[0] : range[0]);
        if (first == null) {
            problems.error(word.place(), "`%s` is no IP address".formatted(word));
            return List.of();
        }
        if (block.length == 2) {
            return block(word, first, block[1]);
        }
        return range.length == 2 ? range(word, first, range[1]) : List.of(first);
    }

    private List<Address> block(Word word, Address first, String length) {
        if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > first.bits()) {
            problems.error(
                    word.place(), "`%s` has no prefix length after its slash".formatted(word));
            return List.of();
        }
        int bits = Integer.parseInt(length);
        if (!first.masked(bits).equals(first)) {
            problems.error(
                    word.place(),
                    "`%s` has bits beyond its prefix".formatted(word),
                    "the block begins at %s/%d".formatted(first.masked(bits), bits));
            return List.of();
        }
        int hostBits = first.bits() - bits;
        if (hostBits > 16) {
            problems.error(word.place(), "`%s` has more than 65536 addresses".formatted(word));
            return List.of();
        }
        return count(first, 1L << hostBits);
    }

    private List<Address> range(Word word, Address first, String end) {
        Address last = last(first, end);
        if (last == null || last.family() != first.family() || last.high() != first.high()) {
            problems.error(word.place(), "`%s` is no range of addresses".formatted(word));
            return List.of();
        }
        long more = last.low() - first.low();
        if (Long.compareUnsigned(last.low(), first.low()) <= 0) {
            problems.error(word.place(), "`%s` ends before it begins".formatted(word));
            return List.of();
        }
        if (more >= MOST_ADDRESSES || more < 0) {
            problems.error(word.place(), "`%s` has more than 65536 addresses".formatted(word));
            return List.of();
        }
        return count(first, more + 1);
    }

    /// The end of a range may be the last part alone, of IPv6 in hexadecimal.
    private static @Nullable Address last(Address first, String end) {
        if (end.contains(".") || end.contains(":")) {
            return address(end);
        }
        boolean isIpv6 = first.isIpv6();
        if (!end.matches(isIpv6 ? "[0-9a-fA-F]{1,4}" : "[0-9]{1,3}")) {
            return null;
        }
        int part = Integer.parseInt(end, isIpv6 ? 16 : 10);
        int width = isIpv6 ? 16 : 8;
        return part >>> width != 0
                ? null
                : new Address(first.family(), first.high(), first.low() >>> width << width | part);
    }

    private static List<Address> count(Address first, long count) {
        List<Address> addresses = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            addresses.add(new Address(first.family(), first.high(), first.low() + i));
        }
        return addresses;
    }

    private static @Nullable Address address(String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    static @Nullable Service mark(Word word, Family family, Problems problems) {
        String text = word.text();
        boolean fits = text.matches("[0-9]{1,10}") && Long.parseLong(text) >>> 32 == 0;
        if (!fits || Long.parseLong(text) == 0) {
            problems.error(
                    word.place(), "`fwmark`: `%s` is no mark".formatted(word), "1 to 4294967295");
            return null;
        }
        return new AtMark(word.place(), Long.parseLong(text), family);
    }

    /// `ADDRESS [PORT]` of a virtual server.
    static @Nullable Service address(List<Word> header, Place place, Problems problems) {
        Address address = address(header.getFirst().text());
        if (address == null) {
            problems.error(
                    header.getFirst().place(),
                    "`virtual_server`: `%s` is no IP address".formatted(header.getFirst()),
                    "or write: virtual_server fwmark N, virtual_server group NAME");
            return null;
        }
        if (header.size() < 2) {
            return new AtAddress(place, address, 0);
        }
        String port = header.get(1).text();
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            problems.error(
                    header.get(1).place(),
                    "`virtual_server`: `%s` is no port".formatted(port),
                    "1 to 65535");
            return null;
        }
        return new AtAddress(place, address, Integer.parseInt(port));
    }
}
