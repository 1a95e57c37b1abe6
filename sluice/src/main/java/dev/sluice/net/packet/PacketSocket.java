package dev.sluice.net.packet;

import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// What every AF_PACKET socket of ours has in common (`include/uapi/linux/if_packet.h`).
final class PacketSocket {

    static final int SOL_PACKET = 263;

    static final int PACKET_RX_RING = 5;
    static final int PACKET_STATISTICS = 6;
    static final int PACKET_COPY_THRESH = 7;
    static final int PACKET_VERSION = 10;
    static final int PACKET_RESERVE = 12;
    static final int PACKET_VNET_HDR = 15;
    static final int PACKET_FANOUT = 18;
    static final int PACKET_QDISC_BYPASS = 20;
    static final int PACKET_FANOUT_DATA = 22;
    static final int PACKET_IGNORE_OUTGOING = 23;

    static final int ETH_P_ALL = 3;

    /// `struct sockaddr_ll`.
    static final int ADDRESS_BYTES = 20;

    private static final int FAMILY = 0;
    private static final int PROTOCOL = 2;
    private static final int INTERFACE = 4;

    private PacketSocket() {}

    /// A raw packet socket that carries vnet headers and is not bound yet: it receives nothing.
    static Descriptor open(String name) {
        Descriptor socket =
                Descriptor.socket(Sockets.AF_PACKET, Sockets.SOCK_RAW, 0, "AF_PACKET, " + name);
        socket.check(
                Kernel.setsockopt(socket.number(), SOL_PACKET, PACKET_VNET_HDR, 1),
                "setsockopt PACKET_VNET_HDR");
        return socket;
    }

    static void bind(Descriptor socket, int interfaceIndex, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
            writeAddress(address, 0, interfaceIndex, ETH_P_ALL);
            LinuxException.check(
                    Kernel.bind(socket.number(), address),
                    "bind",
                    "AF_PACKET, " + name,
                    "the interface went away or is not in this network namespace");
        }
    }

    /// Frames that found no room since the last call.
    static long takeDropped(Descriptor socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statistics = arena.allocate(8, 8); // packets 32, drops 32
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 8);
            socket.check(
                    Kernel.getsockopt(
                            socket.number(), SOL_PACKET, PACKET_STATISTICS, statistics, length),
                    "getsockopt PACKET_STATISTICS");
            return Integer.toUnsignedLong(statistics.get(ValueLayout.JAVA_INT, 4));
        }
    }

    static void writeAddress(MemorySegment memory, long at, int interfaceIndex, int etherType) {
        memory.set(ValueLayout.JAVA_SHORT, at + FAMILY, (short) Sockets.AF_PACKET);
        memory.set(ValueLayout.JAVA_SHORT, at + PROTOCOL, Short.reverseBytes((short) etherType));
        memory.set(ValueLayout.JAVA_INT, at + INTERFACE, interfaceIndex);
    }

    /// Sets a buffer size beyond the system's maximum, or as large as an unprivileged user may.
    static void bufferBytes(Descriptor socket, int forceOption, int option, int bytes) {
        int result = Kernel.setsockopt(socket.number(), Sockets.SOL_SOCKET, forceOption, bytes);
        if (result == -Errno.EPERM) {
            socket.check(
                    Kernel.setsockopt(socket.number(), Sockets.SOL_SOCKET, option, bytes),
                    "setsockopt buffer size");
        } else {
            socket.check(result, "setsockopt buffer size");
        }
    }

    /// `struct sock_fprog`: count 16, padding 48, address 64.
    static MemorySegment program(Arena arena, List<ClassicInstruction> code) {
        MemorySegment instructions =
                arena.allocateFrom(ValueLayout.JAVA_BYTE, ClassicInstruction.bytes(code));
        MemorySegment program = arena.allocate(16, 8);
        program.set(ValueLayout.JAVA_SHORT, 0, (short) code.size());
        program.set(ValueLayout.ADDRESS, 8, instructions);
        return program;
    }
}
