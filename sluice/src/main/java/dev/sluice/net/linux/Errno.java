package dev.sluice.net.linux;

import java.util.Map;

/// Error numbers of Linux (asm-generic), by name.
public final class Errno {

    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EINVAL = 22;
    public static final int EMFILE = 24;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int ERANGE = 34;
    public static final int ENOSYS = 38;
    public static final int EMSGSIZE = 90;
    public static final int ENOPROTOOPT = 92;
    public static final int EPROTONOSUPPORT = 93;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ENOBUFS = 105;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(EPERM, "EPERM, operation not permitted"),
                    Map.entry(ENOENT, "ENOENT, no such file or entry"),
                    Map.entry(ESRCH, "ESRCH, no such process or entry"),
                    Map.entry(EINTR, "EINTR, interrupted"),
                    Map.entry(EIO, "EIO, input/output error"),
                    Map.entry(ENXIO, "ENXIO, no such device or address"),
                    Map.entry(E2BIG, "E2BIG, argument too large"),
                    Map.entry(EBADF, "EBADF, not an open descriptor"),
                    Map.entry(EAGAIN, "EAGAIN, try again"),
                    Map.entry(ENOMEM, "ENOMEM, out of memory"),
                    Map.entry(EACCES, "EACCES, permission denied"),
                    Map.entry(EFAULT, "EFAULT, bad address"),
                    Map.entry(EBUSY, "EBUSY, device or resource busy"),
                    Map.entry(EEXIST, "EEXIST, exists already"),
                    Map.entry(ENODEV, "ENODEV, no such device"),
                    Map.entry(ENOTDIR, "ENOTDIR, not a directory"),
                    Map.entry(EINVAL, "EINVAL, invalid argument"),
                    Map.entry(EMFILE, "EMFILE, too many open files"),
                    Map.entry(ENOSPC, "ENOSPC, no space left"),
                    Map.entry(EROFS, "EROFS, read-only file system"),
                    Map.entry(ERANGE, "ERANGE, out of range"),
                    Map.entry(ENOSYS, "ENOSYS, no such system call"),
                    Map.entry(EMSGSIZE, "EMSGSIZE, message too long"),
                    Map.entry(ENOPROTOOPT, "ENOPROTOOPT, no such socket option"),
                    Map.entry(EPROTONOSUPPORT, "EPROTONOSUPPORT, protocol not supported"),
                    Map.entry(EOPNOTSUPP, "EOPNOTSUPP, operation not supported"),
                    Map.entry(EAFNOSUPPORT, "EAFNOSUPPORT, address family not supported"),
                    Map.entry(EADDRINUSE, "EADDRINUSE, address in use"),
                    Map.entry(EADDRNOTAVAIL, "EADDRNOTAVAIL, no such local address"),
                    Map.entry(ENETDOWN, "ENETDOWN, network is down"),
                    Map.entry(ENETUNREACH, "ENETUNREACH, network unreachable"),
                    Map.entry(ENOBUFS, "ENOBUFS, no buffer space"),
                    Map.entry(ETIMEDOUT, "ETIMEDOUT, timed out"),
                    Map.entry(ECONNREFUSED, "ECONNREFUSED, connection refused"),
                    Map.entry(EHOSTUNREACH, "EHOSTUNREACH, no route to host"));

    private Errno() {}

    /// The name and meaning of an error number, or the bare number.
    public static String describe(int errno) {
        return NAMES.getOrDefault(errno, "errno " + errno);
    }
}
