package dev.sluice.gate;

import dev.sluice.net.bpf.BpfFileSystem;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Where programs' maps and links are pinned for one network namespace, so that they outlive a
/// director that is killed: `sluice/<netns inode>` on the bpf file system.
final class Pins {

    private static final Logger LOG = LoggerFactory.getLogger(Pins.class);

    private final Path directory;

    private Pins(Path directory) {
        this.directory = directory;
    }

    /// Those of the calling thread's network namespace, if there are any.
    static Pins here() {
        Path root = BpfFileSystem.mounted().resolve("sluice");
        try (NetworkNamespace here = NetworkNamespace.current()) {
            return new Pins(root.resolve(Long.toString(here.inode())));
        }
    }

    Path directory() {
        return directory;
    }

    void createDirectory() {
        try {
            Files.createDirectories(directory);
        } catch (AccessDeniedException e) {
            throw new LinuxException(
                    "create",
                    directory.toString(),
                    Errno.EACCES,
                    "an ordinary user's director needs "
                            + directory.getParent()
                            + " as its own, made for it by root");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void delete(List<String> names) {
        try {
            for (String name : names) {
                Files.deleteIfExists(directory.resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes what is pinned for network namespaces that are gone: a killed director's pins
    /// outlive it, and nobody comes back there to take them over. Without links, as with clsact,
    /// nothing tells such a directory from one in use, and it stays. Those here are let alone.
    boolean removeThoseOfVanished() {
        boolean any = false;
        try (Stream<Path> directories = Files.list(directory.getParent())) {
            for (Path each : directories.toList()) {
                if (!each.equals(directory) && TcxAttachments.areDefunct(each)) {
                    any |= new Pins(each).remove();
                    LOG.info("removed what was pinned for a network namespace that is gone");
                }
            }
        } catch (IOException | UncheckedIOException | LinuxException e) {
            // Somebody else removes it at the same time, or owns it.
            LOG.debug("could not look for pins of other network namespaces", e);
        }
        return any;
    }

    /// Deletes the directory with what is in it, and the one above when it is empty then.
    ///
    /// @return whether there was anything
    boolean remove() {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> pins = Files.list(directory)) {
            List<Path> all = pins.toList();
            for (Path pin : all) {
                Files.delete(pin);
            }
            deleteIfEmpty();
            return !all.isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes the directory, and the one above when it is empty then; neither if something is
    /// there.
    void deleteIfEmpty() throws IOException {
        try {
            Files.deleteIfExists(directory);
            Files.deleteIfExists(directory.getParent());
        } catch (DirectoryNotEmptyException inUse) {
            // By another director.
        } catch (AccessDeniedException given) {
            // The one above was made for us by root, and stays.
        }
    }
}
