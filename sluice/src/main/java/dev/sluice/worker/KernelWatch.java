package dev.sluice.worker;

import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.NetworkEvent;
import dev.sluice.net.netlink.Notifications;
import dev.sluice.net.netlink.Notifications.Topic;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Listens to the kernel's notifications and tells the workers what concerns them: neighbours one
/// by one, everything else as "ask anew".
final class KernelWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KernelWatch.class);

    private static final int AWAIT_MILLIS = 500;

    /// Until a worker has emptied its box a little.
    private static final long PATIENCE_NANOS = 100_000;

    private final Notifications notifications =
            Notifications.subscribe(
                    Topic.LINKS, Topic.NEIGHBOURS, Topic.ADDRESSES, Topic.ROUTES, Topic.RULES);
    private final List<WorkerThread> workers;
    private final Runnable addressesChanged;
    private final Thread thread;
    private volatile boolean stopped;

    /// @param addressesChanged called when links or addresses changed, on this watch's thread
    KernelWatch(List<WorkerThread> workers, Runnable addressesChanged) {
        this.workers = List.copyOf(workers);
        this.addressesChanged = addressesChanged;
        thread = Thread.ofPlatform().daemon().name("kernel-watch").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!stopped) {
            try {
                tell(notifications.await(AWAIT_MILLIS));
            } catch (RuntimeException e) {
                if (!stopped) {
                    LOG.warn("could not follow the kernel's routes and neighbours", e);
                }
            }
        }
    }

    private void tell(List<NetworkEvent> events) {
        boolean routes = false;
        boolean addresses = false;
        for (NetworkEvent event : events) {
            switch (event) {
                case NetworkEvent.NeighbourEvent news -> tell(news.neighbour(), news.removed());
                case NetworkEvent.LinkEvent _, NetworkEvent.AddressEvent _, NetworkEvent.Lost _ -> {
                    routes = true;
                    addresses = true;
                }
                case NetworkEvent.RouteEvent _, NetworkEvent.RuleEvent _ -> routes = true;
            }
        }
        if (routes) {
            post((worker, _) -> {
                worker.routesChanged();
                return Mailbox.Progress.DONE;
            });
        }
        if (addresses) {
            addressesChanged.run();
        }
    }

    private void tell(Neighbour neighbour, boolean removed) {
        boolean lost = removed || (neighbour.state() & Neighbour.FAILED) != 0;
        if (!lost && !neighbour.isUsable()) {
            return; // still being resolved
        }
        long mac = lost ? -1 : neighbour.macAddress();
        post((worker, nowNanos) -> {
            worker.neighbourChanged(neighbour.interfaceIndex(), neighbour.address(), mac, nowNanos);
            return Mailbox.Progress.DONE;
        });
    }

    /// Waits while a worker's box is full: news must not be lost.
    private void post(Mailbox.Task task) {
        for (WorkerThread worker : workers) {
            while (!worker.post(task) && !stopped) {
                LockSupport.parkNanos(PATIENCE_NANOS);
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        notifications.close();
    }
}
