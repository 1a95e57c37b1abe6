package dev.sluice.net.linux;

import java.nio.charset.StandardCharsets;

/// A named pipe that lines are written to, whether somebody reads them or not.
public final class Fifo implements AutoCloseable {

    private static final int MODE = 0600;

    private final Descriptor descriptor;

    /// Makes it if it is not there. It is opened for reading too, so that opening does not wait for
    /// a reader.
    public Fifo(String path) {
        int made = Kernel.mkfifo(path, MODE);
        if (made != -Errno.EEXIST) {
            LinuxException.check(made, "mkfifo", path, "is its folder there?");
        }
        descriptor = Descriptor.open(path, Flags.O_RDWR | Flags.O_NONBLOCK);
    }

    /// Writes a line, and never waits: a full pipe that nobody reads loses it.
    ///
    /// @throws LinuxException when it cannot be written for another reason
    public void write(String line) {
        int written =
                Kernel.write(descriptor.number(), (line + "\n").getBytes(StandardCharsets.UTF_8));
        if (written != -Errno.EAGAIN) {
            descriptor.check(written, "write");
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
