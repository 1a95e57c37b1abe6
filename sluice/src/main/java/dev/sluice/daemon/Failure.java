package dev.sluice.daemon;

import org.jspecify.annotations.Nullable;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A thread that matters has died: the first of them, and what was said about it.
///
/// It is reported before anything is said, since saying it may fail as well: a daemon that answers
/// and forwards nothing is worse than one that is gone.
final class Failure {

    /// The exit status (`EX_SOFTWARE`): a bug. A service manager starts the daemon anew.
    static final int EXIT_STATUS = 70;

    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
    private final CountDownLatch said = new CountDownLatch(1);
    private final Runnable reported;
    private final PrintStream errors;

    /// @param reported called at once, by the thread that dies
    /// @param errors where it is said then
    Failure(Runnable reported, PrintStream errors) {
        this.reported = reported;
        this.errors = errors;
    }

    /// Takes note of what ended the calling thread, and says it.
    void report(Throwable broken) {
        boolean isFirst = first.compareAndSet(null, broken);
        reported.run();
        if (isFirst) {
            try {
                say(broken);
            } finally {
                said.countDown();
            }
        }
    }

    boolean happened() {
        return first.get() != null;
    }

    /// Waits until it is said, but not for ever: whoever reads our errors may be stuck.
    void awaitWords() {
        try {
            boolean _ = said.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // a bug, and nothing of ours can be relied upon
    private void say(Throwable broken) {
        errors.println(
                "sluice: thread "
                        + Thread.currentThread().getName()
                        + " died, so the daemon ends with exit status "
                        + EXIT_STATUS
                        + "; packets of virtual services are dropped until it runs again, or until"
                        + " `sluice stop` gives them back to the kernel. This is a bug; please"
                        + " report:");
        broken.printStackTrace(errors);
        errors.flush();
    }
}
