package dev.sluice.net.linux;

import java.util.concurrent.atomic.AtomicInteger;

/// An open file descriptor and what it is, for error messages. Closing twice is harmless: a number
/// that was closed may already be somebody else's.
public final class Descriptor implements AutoCloseable {

    private static final int CLOSED = -1;

    private final AtomicInteger number;
    private final String name;

    private Descriptor(int number, String name) {
        this.number = new AtomicInteger(number);
        this.name = name;
    }

    /// Takes over what a call answered.
    ///
    /// @param result a descriptor, or a negative errno
    /// @param call the call, such as `socket`
    /// @param name what was opened, such as `AF_PACKET`
    public static Descriptor of(int result, String call, String name, String hint) {
        return new Descriptor(LinuxException.check(result, call, name, hint), name);
    }

    /// Opens a file.
    public static Descriptor open(String path, int flags) {
        return of(Kernel.open(path, flags | Flags.O_CLOEXEC, 0), "open", path, "");
    }

    /// A new socket that programs started later do not inherit.
    public static Descriptor socket(int domain, int type, int protocol, String name) {
        return of(
                Kernel.socket(domain, type | Sockets.SOCK_CLOEXEC, protocol),
                "socket",
                name,
                "are CAP_NET_RAW and CAP_NET_ADMIN there?");
    }

    /// The number to hand to [Kernel].
    ///
    /// @throws IllegalStateException when closed
    public int number() {
        int open = number.getAcquire();
        if (open == CLOSED) {
            throw new IllegalStateException(name + " is closed");
        }
        return open;
    }

    public boolean isOpen() {
        return number.getAcquire() != CLOSED;
    }

    /// Throws when a call on this descriptor failed.
    ///
    /// @param result what the call answered
    public int check(int result, String call) {
        return LinuxException.check(result, call, name, "");
    }

    @Override
    public void close() {
        int open = number.getAndSet(CLOSED);
        if (open != CLOSED) {
            Kernel.close(open);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
