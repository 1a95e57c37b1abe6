package dev.sluice.control;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.locks.LockSupport;

/// The thread that tells a [Table] the time.
public final class Housekeeping implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Thread thread;
    private volatile boolean closed;

    private Housekeeping(Table table) {
        thread = Thread.ofVirtual().name("housekeeping").unstarted(() -> run(table));
    }

    public static Housekeeping start(Table table) {
        Housekeeping housekeeping = new Housekeeping(table);
        housekeeping.thread.start();
        return housekeeping;
    }

    private void run(Table table) {
        while (!closed) {
            long nowNanos = System.nanoTime();
            try {
                table.poll(nowNanos);
            } catch (RuntimeException e) {
                // Only publishing can fail, and what was not published is tried again.
                LOG.warn("could not publish the table without its removed servers", e);
            }
            LockSupport.parkNanos(table.nextDeadlineNanos(nowNanos) - nowNanos);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
