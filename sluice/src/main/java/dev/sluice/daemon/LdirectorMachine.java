package dev.sluice.daemon;

import dev.sluice.cli.SystemHost;
import dev.sluice.config.ldirectord.Machine;
import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// What a ldirectord.cf asks of this machine: names of hosts and of ports, and whether files could
/// be written.
final class LdirectorMachine implements Machine {

    private final SystemHost host = new SystemHost(Path.of("/etc/services"));

    @Override
    public @Nullable Address address(String name, Family family) {
        try {
            for (InetAddress found : InetAddress.getAllByName(name)) {
                Address address = Address.of(found.getAddress());
                if (address.family() == family) {
                    return address;
                }
            }
        } catch (UnknownHostException _) {
            // Whoever asked says which word it was.
        }
        return null;
    }

    @Override
    public @Nullable Integer port(String service, String transport) {
        int port = host.port(service, transport.equals("udp") ? Protocol.UDP : Protocol.TCP);
        return port < 0 ? null : port;
    }

    @Override
    public boolean isFolder(String path) {
        try {
            return Files.isDirectory(Path.of(path));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    @Override
    public boolean canAppend(String path) {
        try {
            Path file = Path.of(path).toAbsolutePath();
            Path folder = file.getParent();
            return Files.exists(file)
                    ? Files.isWritable(file) && !Files.isDirectory(file)
                    : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
        } catch (InvalidPathException _) {
            return false;
        }
    }
}
