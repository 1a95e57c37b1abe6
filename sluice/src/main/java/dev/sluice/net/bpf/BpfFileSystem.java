package dev.sluice.net.bpf;

import dev.sluice.net.bpf.BpfCall.Command;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The file system that holds maps, programs and links by name (`bpffs`). What is pinned there
/// outlives its process.
public final class BpfFileSystem {

    private static final Path USUAL = Path.of("/sys/fs/bpf");
    private static final Path PRIVATE = Path.of("/run/sluice/bpf");

    private BpfFileSystem() {}

    /// The directory of the file system, mounted first when need be: at `/sys/fs/bpf`, where
    /// systemd and every tool expect it, or below `/run` where sysfs cannot be mounted on.
    ///
    /// A mount lasts as long as the mount namespace of the process. `ip netns exec` makes a
    /// namespace for each program: what is pinned there dies with the program.
    public static Path mounted() {
        for (Path place : List.of(USUAL, PRIVATE)) {
            if (isMounted(place)) {
                return place;
            }
        }
        int refused = mount(USUAL);
        if (refused == 0) {
            return USUAL;
        }
        try {
            Files.createDirectories(PRIVATE);
        } catch (AccessDeniedException e) {
            throw new LinuxException(
                    "mount bpf",
                    USUAL.toString(),
                    Errno.EPERM,
                    "an ordinary user's director needs it mounted by root: mount -t bpf bpf "
                            + USUAL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LinuxException.check(
                mount(PRIVATE), "mount bpf", PRIVATE.toString(), "or mount it at " + USUAL);
        return PRIVATE;
    }

    static void pin(Descriptor object, String path) {
        try (BpfCall call = new BpfCall(Command.OBJ_PIN)) {
            call.text(0, path).u32(8, object.number()).on(object + " as " + path);
        }
    }

    /// What is pinned at a path, or null.
    static @Nullable Descriptor get(String path) {
        try (BpfCall call = new BpfCall(Command.OBJ_GET)) {
            int result = call.text(0, path).attempt();
            return result == -Errno.ENOENT ? null : Descriptor.of(result, call.name(), path, "");
        }
    }

    private static int mount(Path place) {
        return Kernel.mount("bpf", place.toString(), "bpf", 0);
    }

    private static boolean isMounted(Path place) {
        try {
            return Files.isDirectory(place) && Files.getFileStore(place).type().equals("bpf");
        } catch (IOException e) {
            return false;
        }
    }
}
