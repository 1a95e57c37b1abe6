package dev.sluice.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// What an interface does to packets on behalf of the stack, switched as `ethtool -K` does
/// (SIOCETHTOOL; numbers from `linux/ethtool.h`). Concerns interfaces in the calling thread's
/// namespace.
///
/// Without checksum offload the kernel switches segmentation off too. On veth, off means that
/// packets look as on a wire: complete checksums, nothing above the MTU.
public enum Offload {
    TX_CHECKSUM(0x16, 0x17),
    SCATTER_GATHER(0x18, 0x19),
    TCP_SEGMENTATION(0x1e, 0x1f),
    GENERIC_SEGMENTATION(0x23, 0x24),
    GENERIC_RECEIVE(0x2b, 0x2c);

    private static final int SIOCETHTOOL = 0x8946;
    private static final int INTERFACE_NAME_BYTES = 16;

    private final int read;
    private final int write;

    Offload(int read, int write) {
        this.read = read;
        this.write = write;
    }

    public boolean isOn(String interfaceName) {
        return ethtool(interfaceName, read, 0) != 0;
    }

    public void set(String interfaceName, boolean on) {
        ethtool(interfaceName, write, on ? 1 : 0);
    }

    private int ethtool(String interfaceName, int command, int value) {
        byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
        if (name.length >= INTERFACE_NAME_BYTES) {
            throw new IllegalArgumentException("not an interface: '" + interfaceName + "'");
        }
        try (Arena arena = Arena.ofConfined();
                Descriptor socket =
                        Descriptor.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM, 0, interfaceName)) {
            MemorySegment valueRequest = arena.allocate(8, 4);
            valueRequest.set(ValueLayout.JAVA_INT, 0, command);
            valueRequest.set(ValueLayout.JAVA_INT, 4, value);
            MemorySegment interfaceRequest = arena.allocate(40, 8);
            MemorySegment.copy(name, 0, interfaceRequest, ValueLayout.JAVA_BYTE, 0, name.length);
            interfaceRequest.set(ValueLayout.ADDRESS, INTERFACE_NAME_BYTES, valueRequest);
            socket.check(
                    Kernel.ioctl(socket.number(), SIOCETHTOOL, interfaceRequest),
                    "ioctl SIOCETHTOOL " + this);
            return valueRequest.get(ValueLayout.JAVA_INT, 4);
        }
    }
}
