package dev.sluice.net.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The system calls Sluice makes, one line each, all through one downcall to libc's `syscall(2)`.
///
/// They answer as the kernel itself does: a result, or an errno as a negative number. Whoever knows
/// what the call was for turns the latter into words with [LinuxException#check].
///
/// One handle instead of one for each function: linking a handle costs milliseconds at start, and
/// the table of numbers below is all that differs between machines. Memory is handed over by
/// address: a segment must be native and stay alive until the call has returned.
///
/// A call blocks its carrier when made on a virtual thread; whatever may wait belongs on a platform
/// thread.
public final class Kernel {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CAPTURE.varHandle(PathElement.groupElement("errno")).withInvokeExactBehavior();
    private static final MethodHandle SYSCALL =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG, JAVA_LONG),
                    Linker.Option.captureCallState("errno"),
                    Linker.Option.firstVariadicArg(1));
    private static final ThreadLocal<MemorySegment> CAPTURED =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));

    // Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
    //                                               x86_64  aarch64
    private static final int READ = Machine.either(0, 63);
    private static final int WRITE = Machine.either(1, 64);
    private static final int CLOSE = Machine.either(3, 57);
    private static final int MMAP = Machine.either(9, 222);
    private static final int MUNMAP = Machine.either(11, 215);
    private static final int IOCTL = Machine.either(16, 29);
    private static final int GETPID = Machine.either(39, 172);
    private static final int SOCKET = Machine.either(41, 198);
    private static final int CONNECT = Machine.either(42, 203);
    private static final int SENDTO = Machine.either(44, 206);
    private static final int RECVFROM = Machine.either(45, 207);
    private static final int SENDMSG = Machine.either(46, 211);
    private static final int RECVMSG = Machine.either(47, 212);
    private static final int BIND = Machine.either(49, 200);
    private static final int GETSOCKNAME = Machine.either(51, 204);
    private static final int SETSOCKOPT = Machine.either(54, 208);
    private static final int GETSOCKOPT = Machine.either(55, 209);
    private static final int KILL = Machine.either(62, 129);
    private static final int FCNTL = Machine.either(72, 25);
    private static final int GETEUID = Machine.either(107, 175);
    private static final int PRCTL = Machine.either(157, 167);
    private static final int MOUNT = Machine.either(165, 40);
    private static final int UMOUNT2 = Machine.either(166, 39);
    private static final int GETTID = Machine.either(186, 178);
    private static final int SCHED_SETAFFINITY = Machine.either(203, 122);
    private static final int CLOCK_GETTIME = Machine.either(228, 113);
    private static final int OPENAT = Machine.either(257, 56);
    private static final int MKDIRAT = Machine.either(258, 34);
    private static final int MKNODAT = Machine.either(259, 33);
    private static final int PPOLL = Machine.either(271, 73);
    private static final int UNSHARE = Machine.either(272, 97);
    private static final int EVENTFD2 = Machine.either(290, 19);
    private static final int SENDMMSG = Machine.either(307, 269);
    private static final int SETNS = Machine.either(308, 268);
    private static final int SCHED_SETATTR = Machine.either(314, 274);
    private static final int SCHED_GETATTR = Machine.either(315, 275);
    private static final int BPF = Machine.either(321, 280);

    private static final int AT_FDCWD = -100;

    private Kernel() {}

    // Files and descriptors.

    public static int open(String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return result(OPENAT, AT_FDCWD, at(arena.allocateFrom(path)), flags, mode);
        }
    }

    public static int mkdir(String path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return result(MKDIRAT, AT_FDCWD, at(arena.allocateFrom(path)), mode);
        }
    }

    /// Makes a FIFO.
    public static int mkfifo(String path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return result(MKNODAT, AT_FDCWD, at(arena.allocateFrom(path)), Flags.S_IFIFO | mode, 0);
        }
    }

    public static int close(int fd) {
        return result(CLOSE, fd);
    }

    public static int read(int fd, MemorySegment into) {
        return result(READ, fd, at(into), into.byteSize());
    }

    public static int write(int fd, MemorySegment from) {
        return result(WRITE, fd, at(from), from.byteSize());
    }

    public static int write(int fd, byte[] from) {
        try (Arena arena = Arena.ofConfined()) {
            return write(fd, arena.allocateFrom(JAVA_BYTE, from));
        }
    }

    public static int fcntl(int fd, int command, long argument) {
        return result(FCNTL, fd, command, argument);
    }

    public static int ioctl(int fd, long request, MemorySegment argument) {
        return result(IOCTL, fd, request, at(argument));
    }

    public static int eventfd(int initial, int flags) {
        return result(EVENTFD2, initial, flags);
    }

    /// Waits for `struct pollfd`s (8 bytes each).
    ///
    /// @param timeout a `struct timespec`, which the kernel changes to the time that was left, or
    ///   [MemorySegment#NULL] to wait for ever
    public static int ppoll(MemorySegment descriptors, int count, MemorySegment timeout) {
        return result(PPOLL, at(descriptors), count, at(timeout), 0, 8);
    }

    // Memory.

    /// Maps memory; answers its address, or a negative errno.
    public static long mmap(long length, int protection, int flags, int fd, long offset) {
        return call(MMAP, 0, length, protection, flags, fd, offset);
    }

    public static int munmap(long address, long length) {
        return result(MUNMAP, address, length);
    }

    // Sockets.

    public static int socket(int domain, int type, int protocol) {
        return result(SOCKET, domain, type, protocol);
    }

    public static int bind(int fd, MemorySegment address) {
        return result(BIND, fd, at(address), address.byteSize());
    }

    public static int connect(int fd, MemorySegment address) {
        return result(CONNECT, fd, at(address), address.byteSize());
    }

    public static int getsockname(int fd, MemorySegment address, MemorySegment length) {
        return result(GETSOCKNAME, fd, at(address), at(length));
    }

    public static int setsockopt(int fd, int level, int option, MemorySegment value) {
        return result(SETSOCKOPT, fd, level, option, at(value), value.byteSize());
    }

    public static int setsockopt(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            return setsockopt(fd, level, option, arena.allocateFrom(JAVA_INT, value));
        }
    }

    public static int getsockopt(
            int fd, int level, int option, MemorySegment value, MemorySegment length) {
        return result(GETSOCKOPT, fd, level, option, at(value), at(length));
    }

    public static int sendto(int fd, MemorySegment from, int flags, MemorySegment address) {
        return result(
                SENDTO, fd, at(from), from.byteSize(), flags, at(address), address.byteSize());
    }

    public static int recvfrom(int fd, MemorySegment into, int flags) {
        return result(RECVFROM, fd, at(into), into.byteSize(), flags, 0, 0);
    }

    public static int sendmsg(int fd, MemorySegment message, int flags) {
        return result(SENDMSG, fd, at(message), flags);
    }

    public static int recvmsg(int fd, MemorySegment message, int flags) {
        return result(RECVMSG, fd, at(message), flags);
    }

    /// Sends the first `count` of an array of `struct mmsghdr`.
    public static int sendmmsg(int fd, MemorySegment messages, int count, int flags) {
        return result(SENDMMSG, fd, at(messages), count, flags);
    }

    // Processes, threads, namespaces.

    public static int getpid() {
        return result(GETPID);
    }

    public static int gettid() {
        return result(GETTID);
    }

    /// Reads the `struct sched_attr` of a thread (0: the calling one).
    static int schedGetattr(int tid, MemorySegment attributes) {
        return result(SCHED_GETATTR, tid, at(attributes), attributes.byteSize(), 0);
    }

    static int schedSetattr(int tid, MemorySegment attributes) {
        return result(SCHED_SETATTR, tid, at(attributes), 0);
    }

    /// Reads a clock into a `struct timespec`.
    static int clockGettime(int clock, MemorySegment time) {
        return result(CLOCK_GETTIME, clock, at(time));
    }

    public static int geteuid() {
        return result(GETEUID);
    }

    public static int kill(int pid, int signal) {
        return result(KILL, pid, signal);
    }

    public static int prctl(int option, long argument) {
        return result(PRCTL, option, argument, 0, 0, 0);
    }

    /// Keeps a thread (0: the calling one) on the processors whose bits are set.
    public static int schedSetaffinity(int tid, MemorySegment mask) {
        return result(SCHED_SETAFFINITY, tid, mask.byteSize(), at(mask));
    }

    public static int setns(int fd, int type) {
        return result(SETNS, fd, type);
    }

    public static int unshare(int flags) {
        return result(UNSHARE, flags);
    }

    public static int mount(String source, String target, String type, long flags) {
        try (Arena arena = Arena.ofConfined()) {
            return result(
                    MOUNT,
                    at(arena.allocateFrom(source)),
                    at(arena.allocateFrom(target)),
                    at(arena.allocateFrom(type)),
                    flags,
                    0);
        }
    }

    public static int umount2(String target, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return result(UMOUNT2, at(arena.allocateFrom(target)), flags);
        }
    }

    // eBPF.

    /// bpf(2) with a `union bpf_attr` of the segment's size.
    public static int bpf(int command, MemorySegment attributes) {
        return result(BPF, command, at(attributes), attributes.byteSize());
    }

    // The one downcall.

    private static long at(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("the kernel reads native memory only");
        }
        return segment.address();
    }

    private static int result(int number) {
        return (int) call(number, 0, 0, 0, 0, 0, 0);
    }

    private static int result(int number, long a) {
        return (int) call(number, a, 0, 0, 0, 0, 0);
    }

    private static int result(int number, long a, long b) {
        return (int) call(number, a, b, 0, 0, 0, 0);
    }

    private static int result(int number, long a, long b, long c) {
        return (int) call(number, a, b, c, 0, 0, 0);
    }

    private static int result(int number, long a, long b, long c, long d) {
        return (int) call(number, a, b, c, d, 0, 0);
    }

    private static int result(int number, long a, long b, long c, long d, long e) {
        return (int) call(number, a, b, c, d, e, 0);
    }

    private static int result(int number, long a, long b, long c, long d, long e, long f) {
        return (int) call(number, a, b, c, d, e, f);
    }

    private static long call(int number, long a, long b, long c, long d, long e, long f) {
        MemorySegment captured = CAPTURED.get();
        long result;
        try {
            result = (long) SYSCALL.invokeExact(captured, (long) number, a, b, c, d, e, f);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        return result == -1 ? -(int) ERRNO.get(captured, 0L) : result;
    }
}
