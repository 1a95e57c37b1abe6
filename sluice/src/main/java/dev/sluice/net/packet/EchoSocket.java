package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.Icmpv6;
import dev.sluice.wire.IpProtocol;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// ICMP echo to one machine, through the kernel's datagram sockets for it (`ping`): the kernel
/// writes identifier and checksum, and hands over the answers to this socket only. Never waits.
/// Belongs to one thread at a time.
public final class EchoSocket implements AutoCloseable {

    /// As much as keepalived sends.
    private static final int DATA_BYTES = 128;

    /// Which groups may use such sockets; a kernel that nobody told lets nobody.
    private static final Path GROUPS = Path.of("/proc/sys/net/ipv4/ping_group_range");

    private static final String EVERYBODY = "0\t2147483647\n";

    private final boolean isIpv6;
    private final Descriptor socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment packet = arena.allocate(Icmp.HEADER_BYTES + DATA_BYTES, 8);

    /// @param from null: the kernel chooses
    /// @param device null: any
    /// @param mark of the packets; 0: none
    public EchoSocket(Address to, @Nullable Address from, @Nullable String device, int mark) {
        isIpv6 = to.family() == Family.IPV6;
        socket = open(isIpv6, "ICMP echo to " + to);
        try {
            if (mark != 0) {
                socket.check(
                        Kernel.setsockopt(
                                socket.number(), Sockets.SOL_SOCKET, Sockets.SO_MARK, mark),
                        "setsockopt SO_MARK");
            }
            if (device != null) {
                socket.check(
                        Kernel.setsockopt(
                                socket.number(),
                                Sockets.SOL_SOCKET,
                                Sockets.SO_BINDTODEVICE,
                                arena.allocateFrom(
                                        ValueLayout.JAVA_BYTE,
                                        device.getBytes(StandardCharsets.UTF_8))),
                        "setsockopt SO_BINDTODEVICE " + device);
            }
            if (from != null) {
                socket.check(Kernel.bind(socket.number(), sockaddr(from)), "bind " + from);
            }
            socket.check(Kernel.connect(socket.number(), sockaddr(to)), "connect");
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Descriptor open(boolean isIpv6, String name) {
        int result = socket(isIpv6);
        if (result == -Errno.EACCES) {
            allowEverybody();
            result = socket(isIpv6);
        }
        return Descriptor.of(
                result,
                "socket",
                name,
                "let our group use it with: sysctl net.ipv4.ping_group_range");
    }

    private static int socket(boolean isIpv6) {
        return Kernel.socket(
                isIpv6 ? Sockets.AF_INET6 : Sockets.AF_INET,
                Sockets.SOCK_DGRAM | Sockets.SOCK_NONBLOCK | Sockets.SOCK_CLOEXEC,
                isIpv6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
    }

    /// As keepalived and systemd do.
    private static void allowEverybody() {
        try {
            Files.writeString(GROUPS, EVERYBODY);
        } catch (IOException _) {
            // The second attempt says what is wrong.
        }
    }

    private MemorySegment sockaddr(Address address) {
        MemorySegment memory = arena.allocate(isIpv6 ? 28 : 16, 8);
        memory.set(
                ValueLayout.JAVA_SHORT, 0, (short) (isIpv6 ? Sockets.AF_INET6 : Sockets.AF_INET));
        RawIpSocket.writeAddress(memory, isIpv6 ? 8 : 4, address);
        return memory;
    }

    /// Asks once.
    ///
    /// @throws LinuxException when there is no way there
    public void send(int sequence) {
        packet.fill((byte) 0);
        Icmp.type(packet, 0, isIpv6 ? Icmpv6.ECHO_REQUEST : Icmp.ECHO_REQUEST);
        Icmp.sequence(packet, 0, sequence);
        socket.check(Kernel.write(socket.number(), packet), "send");
    }

    /// Whether the answer to a request is there.
    ///
    /// @throws LinuxException when somebody on the way says that there will be none
    public boolean isAnswered(int sequence) {
        while (true) {
            int length = Kernel.recvfrom(socket.number(), packet, Sockets.MSG_DONTWAIT);
            if (length == -Errno.EAGAIN || length == -Errno.EINTR) {
                return false;
            }
            socket.check(length, "receive");
            if (length >= Icmp.HEADER_BYTES && Icmp.sequence(packet, 0) == sequence) {
                return true;
            }
        }
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
