package dev.sluice.net.linux;

/// A system call that failed: what was called on what, the errno by name, and what to do about it.
public final class LinuxException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String hint;

    /// @param call such as `bind`
    /// @param object what it was called on, such as `AF_PACKET, eth0`
    /// @param hint what the operator can do, or an empty string
    public LinuxException(String call, String object, int errno, String hint) {
        super(
                call
                        + "("
                        + object
                        + "): "
                        + Errno.describe(errno)
                        + (hint.isEmpty() ? "" : "; " + hint));
        this.errno = errno;
        this.hint = hint;
    }

    /// Passes a good result on.
    ///
    /// @param result what a call of [Kernel] answered: negative is an errno
    /// @throws LinuxException when it failed
    public static int check(int result, String call, String object, String hint) {
        if (result < 0) {
            throw new LinuxException(call, object, -result, hint);
        }
        return result;
    }

    public int errno() {
        return errno;
    }

    /// What the operator can do, or what else the kernel said; empty when there is nothing.
    public String hint() {
        return hint;
    }
}
