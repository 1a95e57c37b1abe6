package dev.sluice.lab.bench;

import java.io.IOException;
import java.nio.channels.Channel;
import java.util.concurrent.locks.LockSupport;

/// Closes a connection on which nothing moves any more, so that whoever waits there wakes up with
/// an exception.
final class TimeLimit implements AutoCloseable {

    static final long GRACE_NANOS = 5_000_000_000L;

    private final Thread thread;
    private volatile boolean met;

    private TimeLimit(Channel channel, long atNanos) {
        thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("deadline")
                        .start(() -> {
                            long left = atNanos - System.nanoTime();
                            while (left > 0 && !met) {
                                LockSupport.parkNanos(left);
                                left = atNanos - System.nanoTime();
                            }
                            if (!met) {
                                close(channel);
                            }
                        });
    }

    static TimeLimit closing(Channel channel, long atNanos) {
        return new TimeLimit(channel, atNanos);
    }

    private static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException alreadyBroken) {
            // It is closed all the same.
        }
    }

    /// Done in time.
    @Override
    public void close() {
        met = true;
        LockSupport.unpark(thread);
    }
}
