package dev.sluice.daemon;

import dev.sluice.config.Host;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.stream.Stream;

/// The machine that a configuration is checked on: its interfaces, users and scripts as of now.
final class ThisMachine implements Host {

    private static final UserPrincipalLookupService USERS =
            FileSystems.getDefault().getUserPrincipalLookupService();

    @Override
    public boolean hasInterface(String name) {
        try {
            return NetworkInterface.getByName(name) != null;
        } catch (SocketException _) {
            return false;
        }
    }

    @Override
    public boolean hasUser(String name) {
        try {
            USERS.lookupPrincipalByName(name);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Override
    public boolean hasGroup(String name) {
        try {
            USERS.lookupPrincipalByGroupName(name);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Override
    public @Nullable String scriptComplaint(String path) {
        try {
            Path file = path.contains("/") ? Path.of(path) : inSearchPath(path);
            if (file == null || !Files.exists(file)) {
                return "there is no such file";
            }
            if (!Files.isRegularFile(file)) {
                return "it is not a regular file";
            }
            return Files.isExecutable(file) ? null : "it is not executable";
        } catch (InvalidPathException e) {
            return e.getReason();
        }
    }

    private static @Nullable Path inSearchPath(String name) {
        String folders = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.of(folders.split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }
}
