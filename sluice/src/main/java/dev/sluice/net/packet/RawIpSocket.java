package dev.sluice.net.packet;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Sockets;
import dev.sluice.wire.Address;
import dev.sluice.wire.Bytes;
import dev.sluice.wire.Family;
import dev.sluice.wire.Ipv6;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// Whole IP packets of one protocol, out of and into one interface, or any.
///
/// The kernel shows an IPv6 receiver no header; it is put together again here from what comes
/// beside the packet, so that both families look alike. Belongs to one thread.
public final class RawIpSocket implements AutoCloseable {

    // include/uapi/linux/in.h, in6.h, asm-generic/socket.h
    private static final int SOL_IP = 0;
    private static final int IP_HDRINCL = 3;
    private static final int IP_MULTICAST_IF = 32;
    private static final int IP_MULTICAST_LOOP = 34;
    private static final int IP_ADD_MEMBERSHIP = 35;
    private static final int IP_MULTICAST_ALL = 49;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_MULTICAST_IF = 17;
    private static final int IPV6_MULTICAST_LOOP = 19;
    private static final int IPV6_JOIN_GROUP = 20;
    private static final int IPV6_MULTICAST_ALL = 29;
    private static final int IPV6_HDRINCL = 36;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_PKTINFO = 50;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int IPV6_HOPLIMIT = 52;
    private static final int SO_PRIORITY = 12;

    /// Above what user programs get: before their packets when an interface is full.
    private static final int NETWORK_CONTROL = 7;

    /// Several seconds of what many neighbours send, should the reader be paused.
    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int SOCKADDR_IN6_BYTES = 28;
    private static final int MSGHDR_BYTES = 56;
    private static final int CONTROL_BYTES = 256;
    private static final int CMSGHDR_BYTES = 16;

    private final Family family;
    private final int protocol;
    private final int interfaceIndex;
    private final Descriptor socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment destination = arena.allocate(SOCKADDR_IN6_BYTES, 8);
    private final MemorySegment sender = arena.allocate(SOCKADDR_IN6_BYTES, 8);
    private final MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
    private final MemorySegment part = arena.allocate(16, 8); // struct iovec
    private final MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);

    private RawIpSocket(Family family, int protocol, int interfaceIndex, String name) {
        this.family = family;
        this.protocol = protocol;
        this.interfaceIndex = interfaceIndex;
        boolean isIpv6 = family == Family.IPV6;
        socket =
                Descriptor.socket(
                        isIpv6 ? Sockets.AF_INET6 : Sockets.AF_INET,
                        Sockets.SOCK_RAW | Sockets.SOCK_NONBLOCK,
                        protocol,
                        "raw " + family + " protocol " + protocol + " on " + name);
        try {
            if (isIpv6) {
                set(SOL_IPV6, IPV6_HDRINCL, 1, "IPV6_HDRINCL");
                set(SOL_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
                set(SOL_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
                set(SOL_IPV6, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
                set(SOL_IPV6, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL");
            } else {
                set(SOL_IP, IP_HDRINCL, 1, "IP_HDRINCL");
                set(SOL_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
                set(SOL_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
            }
            PacketSocket.bufferBytes(
                    socket, Sockets.SO_RCVBUFFORCE, Sockets.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            // A nicety: it takes CAP_NET_ADMIN.
            Kernel.setsockopt(socket.number(), Sockets.SOL_SOCKET, SO_PRIORITY, NETWORK_CONTROL);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// For every interface.
    public static RawIpSocket open(Family family, int protocol) {
        return new RawIpSocket(family, protocol, 0, "any interface");
    }

    /// For one interface.
    public static RawIpSocket on(Family family, int protocol, int interfaceIndex, String name) {
        RawIpSocket opened = new RawIpSocket(family, protocol, interfaceIndex, name);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment device =
                    arena.allocateFrom(
                            ValueLayout.JAVA_BYTE, name.getBytes(StandardCharsets.UTF_8));
            opened.set(Sockets.SOL_SOCKET, Sockets.SO_BINDTODEVICE, device, "SO_BINDTODEVICE");
            if (family == Family.IPV6) {
                opened.set(SOL_IPV6, IPV6_MULTICAST_IF, interfaceIndex, "IPV6_MULTICAST_IF");
            } else {
                opened.set(
                        SOL_IP,
                        IP_MULTICAST_IF,
                        membership(arena, Address.ANY_IPV4, interfaceIndex),
                        "IP_MULTICAST_IF");
            }
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /// Hears a multicast group, on the interface.
    public void join(Address group) {
        try (Arena arena = Arena.ofConfined()) {
            if (family == Family.IPV6) {
                MemorySegment request = arena.allocate(20, 4); // struct ipv6_mreq
                writeAddress(request, 0, group);
                request.set(ValueLayout.JAVA_INT, 16, interfaceIndex);
                set(SOL_IPV6, IPV6_JOIN_GROUP, request, "IPV6_JOIN_GROUP " + group);
            } else {
                set(
                        SOL_IP,
                        IP_ADD_MEMBERSHIP,
                        membership(arena, group, interfaceIndex),
                        "IP_ADD_MEMBERSHIP " + group);
            }
        }
    }

    public Descriptor descriptor() {
        return socket;
    }

    /// Sends a packet with its header.
    ///
    /// @param packet native memory, exactly the packet
    /// @throws LinuxException when the kernel does not take it
    public void send(MemorySegment packet, Address to) {
        int bytes;
        if (family == Family.IPV6) {
            bytes = SOCKADDR_IN6_BYTES;
            destination.fill((byte) 0);
            destination.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_INET6);
            writeAddress(destination, 8, to);
            destination.set(ValueLayout.JAVA_INT, 24, isLinkLocal(to) ? interfaceIndex : 0);
        } else {
            bytes = SOCKADDR_IN_BYTES;
            destination.fill((byte) 0);
            destination.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_INET);
            writeAddress(destination, 4, to);
        }
        LinuxException.check(
                Kernel.sendto(
                        socket.number(),
                        packet,
                        Sockets.MSG_DONTWAIT,
                        destination.asSlice(0, bytes)),
                "sendto",
                socket + ", " + to,
                "");
    }

    /// Takes the next packet, with its header.
    ///
    /// @param into native memory
    /// @return its length, 0 when none is waiting
    public int receive(MemorySegment into) {
        return family == Family.IPV6
                ? receiveIpv6(into)
                : received(Kernel.recvfrom(socket.number(), into, Sockets.MSG_DONTWAIT));
    }

    private int receiveIpv6(MemorySegment into) {
        // struct msghdr: name 8, its length 4 (+4), parts 8, their count 8, control 8, its length
        // 8, flags 4.
        part.set(ValueLayout.JAVA_LONG, 0, into.address() + Ipv6.HEADER_BYTES);
        part.set(ValueLayout.JAVA_LONG, 8, into.byteSize() - Ipv6.HEADER_BYTES);
        message.set(ValueLayout.ADDRESS, 0, sender);
        message.set(ValueLayout.JAVA_INT, 8, SOCKADDR_IN6_BYTES);
        message.set(ValueLayout.ADDRESS, 16, part);
        message.set(ValueLayout.JAVA_LONG, 24, 1);
        message.set(ValueLayout.ADDRESS, 32, control);
        message.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
        int length = received(Kernel.recvmsg(socket.number(), message, Sockets.MSG_DONTWAIT));
        if (length == 0) {
            return 0;
        }
        Ipv6.firstWord(into, 0, 0, 0);
        Ipv6.payloadLength(into, 0, length);
        Ipv6.nextHeader(into, 0, protocol);
        Ipv6.hopLimit(into, 0, 0);
        Ipv6.source(into, 0, Bytes.u64(sender, 8), Bytes.u64(sender, 16));
        Ipv6.destination(into, 0, 0, 0);
        readControl(into);
        return Ipv6.HEADER_BYTES + length;
    }

    /// Hop limit and destination come as control messages: length 8, level 4, type 4, value.
    private void readControl(MemorySegment header) {
        long end = message.get(ValueLayout.JAVA_LONG, 40);
        long at = 0;
        while (at + CMSGHDR_BYTES <= end) {
            long length = control.get(ValueLayout.JAVA_LONG, at);
            if (length < CMSGHDR_BYTES || at + length > end) {
                return;
            }
            int level = control.get(ValueLayout.JAVA_INT, at + 8);
            int type = control.get(ValueLayout.JAVA_INT, at + 12);
            long value = at + CMSGHDR_BYTES;
            if (level == SOL_IPV6 && type == IPV6_HOPLIMIT) {
                Ipv6.hopLimit(header, 0, control.get(ValueLayout.JAVA_INT, value));
            } else if (level == SOL_IPV6 && type == IPV6_PKTINFO) {
                Ipv6.destination(
                        header, 0, Bytes.u64(control, value), Bytes.u64(control, value + 8));
            }
            at += length + 7 & ~7L;
        }
    }

    /// An error that waits on the socket (the interface went down) is no packet; what comes after
    /// it is.
    private int received(int result) {
        return switch (-result) {
            case Errno.EAGAIN, Errno.EINTR, Errno.ENETDOWN -> 0;
            default -> socket.check(result, "recv");
        };
    }

    private void set(int level, int option, int value, String what) {
        socket.check(
                Kernel.setsockopt(socket.number(), level, option, value), "setsockopt " + what);
    }

    private void set(int level, int option, MemorySegment value, String what) {
        socket.check(
                Kernel.setsockopt(socket.number(), level, option, value), "setsockopt " + what);
    }

    /// `struct ip_mreqn`: group 4, local address 4, interface 4.
    private static MemorySegment membership(Arena arena, Address group, int interfaceIndex) {
        MemorySegment request = arena.allocate(12, 4);
        writeAddress(request, 0, group);
        request.set(ValueLayout.JAVA_INT, 8, interfaceIndex);
        return request;
    }

    static void writeAddress(MemorySegment memory, long at, Address address) {
        if (address.isIpv6()) {
            Bytes.u64(memory, at, address.high());
            Bytes.u64(memory, at + 8, address.low());
        } else {
            Bytes.u32(memory, at, address.low());
        }
    }

    /// Of a link, unicast or multicast: which one has to be said.
    private static boolean isLinkLocal(Address address) {
        return address.high() >>> 54 == 0xfe80 >>> 6 || address.high() >>> 48 == 0xff02;
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
