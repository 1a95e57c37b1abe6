package dev.sluice.ldirectord;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The servers that somebody has put down, by files in a folder that are named after them:
/// `ADDR:PORT`, `ADDR`, or either with the full or the short name in place of the address.
///
/// @param files in the folder, at the beginning of a round
record Maintenance(Set<String> files, String folder) {

    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final int MOST_FILES = 100_000;

    /// Asked once for each address: a name server that is down would hold up each round.
    private static final Map<Address, String> NAMES = new ConcurrentHashMap<>();

    static Maintenance now(@Nullable String folder) {
        if (folder == null) {
            return new Maintenance(Set.of(), "");
        }
        try (Stream<Path> inside = Files.list(Path.of(folder))) {
            return new Maintenance(
                    inside.limit(MOST_FILES)
                            .map(path -> path.getFileName().toString())
                            .collect(Collectors.toUnmodifiableSet()),
                    folder);
        } catch (IOException | UncheckedIOException | InvalidPathException e) {
            LOG.warn(
                    "maintenancedir {} cannot be read, nobody counts as under maintenance: {}",
                    folder,
                    e.getMessage());
            return new Maintenance(Set.of(), folder);
        }
    }

    /// Why a server is down; null if it is not.
    @Nullable String reason(Address address, int port) {
        if (files.isEmpty()) {
            return null;
        }
        List<String> names = new ArrayList<>();
        names.add(address.isIpv6() ? "[" + address + "]" : address.toString());
        // Asking for names is slow, and needed only if a file may be one.
        if (files.stream().anyMatch(file -> file.matches(".*[g-zG-Z].*"))) {
            String name = NAMES.computeIfAbsent(address, Maintenance::name);
            names.add(name);
            names.add(name.split("\\.", 2)[0]);
        }
        for (String name : names) {
            for (String file : List.of(name + ":" + port, name)) {
                if (files.contains(file)) {
                    return "maintenance: there is " + folder + "/" + file;
                }
            }
        }
        return null;
    }

    private static String name(Address address) {
        try {
            return InetAddress.getByAddress(address.bytes()).getCanonicalHostName();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
        }
    }
}
