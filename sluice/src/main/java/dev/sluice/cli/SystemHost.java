package dev.sluice.cli;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;

/// This machine: its resolver, `/etc/services`, and its interfaces. Thread-safe.
public final class SystemHost implements Host {

    /// @param written when the file was last changed
    private record Services(
            FileTime written, Map<String, Integer> ports, Map<String, String> names) {}

    private final Path file;
    private volatile @Nullable Services services;

    /// @param services the file of port names, such as `/etc/services`
    public SystemHost(Path services) {
        file = services;
    }

    @Override
    public @Nullable Address address(String name) {
        if (name.chars().noneMatch(Character::isLetter) || name.indexOf(':') >= 0) {
            return null;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(name)) {
                if (address instanceof Inet4Address) {
                    return Address.of(address.getAddress());
                }
            }
        } catch (UnknownHostException _) {
            // The caller says which word it was.
        }
        return null;
    }

    @Override
    public @Nullable String name(Address address) {
        try {
            InetAddress numeric = InetAddress.getByAddress(address.bytes());
            String name = numeric.getCanonicalHostName();
            return name.equals(numeric.getHostAddress()) ? null : name;
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
        }
    }

    @Override
    public int port(String service, Protocol protocol) {
        return services().ports().getOrDefault(service + "/" + protocolName(protocol), -1);
    }

    @Override
    public @Nullable String service(int port, Protocol protocol) {
        return services().names().get(port + "/" + protocolName(protocol));
    }

    @Override
    public boolean hasInterface(String name) {
        try {
            return NetworkInterface.getByName(name) != null;
        } catch (SocketException _) {
            return false;
        }
    }

    /// Reads the file when it has changed. Without one there are no names.
    private Services services() {
        Services known = services;
        try {
            FileTime written = Files.getLastModifiedTime(file);
            if (known == null || !known.written().equals(written)) {
                // Latin-1 reads any bytes; names are ASCII.
                known = parse(Files.readString(file, StandardCharsets.ISO_8859_1), written);
                services = known;
            }
            return known;
        } catch (IOException _) {
            return new Services(FileTime.fromMillis(0), Map.of(), Map.of());
        }
    }

    /// Lines of `name port/protocol alias... # comment`; the first line about a port names it.
    private static Services parse(String text, FileTime written) {
        Map<String, Integer> ports = new HashMap<>();
        Map<String, String> names = new HashMap<>();
        text.lines()
                .forEach(line -> {
                    int comment = line.indexOf('#');
                    StringTokenizer words =
                            new StringTokenizer(comment < 0 ? line : line.substring(0, comment));
                    if (words.countTokens() < 2) {
                        return;
                    }
                    String name = words.nextToken();
                    String portAndProtocol = words.nextToken();
                    int slash = portAndProtocol.indexOf('/');
                    Long port =
                            slash < 0
                                    ? null
                                    : Decimal.parse(portAndProtocol.substring(0, slash), 0, 65535);
                    if (port == null) {
                        return;
                    }
                    String protocol = portAndProtocol.substring(slash);
                    names.putIfAbsent(port + protocol, name);
                    ports.putIfAbsent(name + protocol, port.intValue());
                    while (words.hasMoreTokens()) {
                        ports.putIfAbsent(words.nextToken() + protocol, port.intValue());
                    }
                });
        return new Services(written, ports, names);
    }

    private static String protocolName(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }
}
