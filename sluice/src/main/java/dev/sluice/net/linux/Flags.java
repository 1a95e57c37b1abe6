package dev.sluice.net.linux;

/// Flags of the calls about files, memory, mounts and namespaces (`include/uapi`).
public final class Flags {

    // fcntl.h. The four below the line differ on aarch64 (arch/arm64/include/uapi/asm/fcntl.h).
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_TRUNC = 0x200;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    public static final int O_DIRECT = Machine.either(0x4000, 0x10000);
    public static final int O_LARGEFILE = Machine.either(0, 0x20000);
    public static final int O_DIRECTORY = Machine.either(0x10000, 0x4000);
    public static final int O_NOFOLLOW = Machine.either(0x20000, 0x8000);

    public static final int S_IFIFO = 0x1000;

    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;

    public static final int EFD_NONBLOCK = O_NONBLOCK;
    public static final int EFD_CLOEXEC = O_CLOEXEC;

    // poll.h
    public static final short POLLIN = 0x1;
    public static final short POLLOUT = 0x4;
    public static final short POLLERR = 0x8;
    public static final short POLLHUP = 0x10;

    // mman.h
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 0x1;
    public static final int MAP_PRIVATE = 0x2;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_LOCKED = 0x2000;
    public static final int MAP_POPULATE = 0x8000;

    // mount.h
    public static final long MS_BIND = 0x1000;
    public static final long MS_REC = 0x4000;
    public static final long MS_PRIVATE = 0x40000;
    public static final long MS_SLAVE = 0x80000;
    public static final long MS_SHARED = 0x100000;
    public static final int MNT_DETACH = 2;

    // sched.h
    public static final int CLONE_NEWNS = 0x20000;
    public static final int CLONE_NEWUSER = 0x10000000;
    public static final int CLONE_NEWNET = 0x40000000;

    // prctl.h
    public static final int PR_SET_PDEATHSIG = 1;

    private Flags() {}
}
