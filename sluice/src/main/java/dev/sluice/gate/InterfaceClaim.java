package dev.sluice.gate;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// One living director for each interface: an abstract Unix socket name, which belongs to the
/// network namespace and is free again the moment its holder dies, however it dies.
final class InterfaceClaim implements AutoCloseable {

    private static final int FAMILY_BYTES = 2;

    private final Descriptor socket;

    private InterfaceClaim(Descriptor socket) {
        this.socket = socket;
    }

    /// Claims an interface.
    ///
    /// @throws LinuxException when another director holds it
    static InterfaceClaim of(String interfaceName) {
        Descriptor socket =
                Descriptor.socket(Sockets.AF_UNIX, Sockets.SOCK_STREAM, 0, "AF_UNIX, claim");
        byte[] name = ("\0sluice/director/" + interfaceName).getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(FAMILY_BYTES + name.length, 8);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, FAMILY_BYTES, name.length);
            int result = Kernel.bind(socket.number(), address);
            if (result < 0) {
                socket.close();
            }
            LinuxException.check(
                    result,
                    "claim",
                    interfaceName,
                    result == -Errno.EADDRINUSE
                            ? "another director runs on this interface; stop it with: sluice stop"
                            : "");
        }
        return new InterfaceClaim(socket);
    }

    @Override
    public void close() {
        socket.close();
    }
}
