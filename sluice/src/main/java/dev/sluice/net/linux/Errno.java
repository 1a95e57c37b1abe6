package dev.sluice.net.linux;

import java.util.Map;

/// Error numbers of Linux (asm-generic), by name.
public final class Errno {

    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int E2BIG = 7;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EMSGSIZE = 90;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ENOBUFS = 105;
    public static final int EHOSTUNREACH = 113;

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(EPERM, "EPERM, operation not permitted"),
                    Map.entry(ENOENT, "ENOENT, no such file or entry"),
                    Map.entry(EINTR, "EINTR, interrupted"),
                    Map.entry(E2BIG, "E2BIG, argument too large"),
                    Map.entry(EAGAIN, "EAGAIN, try again"),
                    Map.entry(ENOMEM, "ENOMEM, out of memory"),
                    Map.entry(EACCES, "EACCES, permission denied"),
                    Map.entry(EBUSY, "EBUSY, device or resource busy"),
                    Map.entry(EEXIST, "EEXIST, exists already"),
                    Map.entry(ENODEV, "ENODEV, no such device"),
                    Map.entry(EINVAL, "EINVAL, invalid argument"),
                    Map.entry(ENOSPC, "ENOSPC, no space left"),
                    Map.entry(EMSGSIZE, "EMSGSIZE, message too long"),
                    Map.entry(EOPNOTSUPP, "EOPNOTSUPP, operation not supported"),
                    Map.entry(EADDRINUSE, "EADDRINUSE, address in use"),
                    Map.entry(ENETDOWN, "ENETDOWN, network is down"),
                    Map.entry(ENETUNREACH, "ENETUNREACH, network unreachable"),
                    Map.entry(ENOBUFS, "ENOBUFS, no buffer space"),
                    Map.entry(EHOSTUNREACH, "EHOSTUNREACH, no route to host"));

    private Errno() {}

    /// The name and meaning of an error number, or the bare number.
    public static String describe(int errno) {
        return NAMES.getOrDefault(errno, "errno " + errno);
    }
}
