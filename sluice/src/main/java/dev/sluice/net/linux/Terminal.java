package dev.sluice.net.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The terminal that a program's output goes to.
public final class Terminal {

    // asm-generic/ioctls.h: struct winsize is four unsigned shorts, rows first
    private static final long TIOCGWINSZ = 0x5413;
    private static final int WINSIZE_BYTES = 8;
    private static final int COLUMNS = 2;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    /// What everybody assumes of a terminal that does not say.
    private static final int ORDINARY_COLUMNS = 80;

    private Terminal() {}

    /// The width of standard output's terminal, or standard error's, now.
    public static int columns() {
        int wide = columns(STDOUT);
        return wide > 0 ? wide : columns(STDERR) > 0 ? columns(STDERR) : ORDINARY_COLUMNS;
    }

    /// @return 0 when the descriptor is no terminal, or one without a size
    private static int columns(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE_BYTES, 8);
            return Kernel.ioctl(descriptor, TIOCGWINSZ, size) < 0
                    ? 0
                    : Short.toUnsignedInt(size.get(JAVA_SHORT, COLUMNS));
        }
    }
}
