package dev.sluice.worker;

import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.NetworkEvent;
import dev.sluice.net.netlink.Notifications;
import dev.sluice.net.netlink.Notifications.Topic;
import dev.sluice.net.netlink.Prefix;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Family;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Listens to the kernel's notifications and tells the workers what concerns them: neighbours one
/// by one, which destinations may have another route now, and how routes and rules cut the
/// addresses.
final class KernelWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KernelWatch.class);

    private static final int AWAIT_MILLIS = 500;

    /// Until a worker has emptied its box a little.
    private static final long PATIENCE_NANOS = 100_000;

    /// More changed prefixes at once, and everything is asked anew.
    private static final int MAXIMUM_CHANGED = 16;

    /// Cuts of routes that are gone, beside those that were there, until all are read anew.
    private static final int STALE_CUTS = 4096;

    private final Notifications notifications =
            Notifications.subscribe(
                    Topic.LINKS,
                    Topic.NEIGHBOURS,
                    Topic.ADDRESSES,
                    Topic.ROUTES,
                    Topic.RULES,
                    Topic.NEXT_HOPS);
    private final Rtnetlink netlink;
    private final KernelNeighbours neighbours;
    private final Runnable addressesChanged;
    private final Thread thread;
    private List<WorkerThread> workers = List.of();
    private AddressPieces pieces = AddressPieces.WHOLE;
    private int piecesRead;
    private volatile boolean stopped;

    /// Subscribes first and reads the tables then, so that nothing falls between.
    ///
    /// @param netlink for this object alone
    /// @param addressesChanged called when links or addresses changed, on this watch's thread
    KernelWatch(Rtnetlink netlink, KernelNeighbours neighbours, Runnable addressesChanged) {
        this.netlink = netlink;
        this.neighbours = neighbours;
        this.addressesChanged = addressesChanged;
        thread = Thread.ofPlatform().daemon().name("kernel-watch").unstarted(this::run);
        readPieces();
        neighbours.readAll();
    }

    /// As routes and rules cut the addresses, before [#start].
    AddressPieces pieces() {
        return pieces;
    }

    void start(List<WorkerThread> told) {
        workers = List.copyOf(told);
        neighbours.start(this::refused);
        thread.start();
    }

    private void readPieces() {
        List<Prefix> some = new ArrayList<>();
        pieces = AddressPieces.WHOLE;
        for (Family family : Family.values()) {
            netlink.rules().list(family).forEach(rule -> some.add(rule.destination()));
            netlink.routes().prefixes(family, some::add);
        }
        pieces = pieces.cutAt(some);
        piecesRead = pieces.count();
    }

    /// What goes wrong with news, an interface that is gone again, is said, and other news follow.
    /// Without any news this thread is of no use, and what ends it ends the daemon.
    private void run() {
        while (!stopped) {
            List<NetworkEvent> news = notifications.await(AWAIT_MILLIS);
            try {
                tell(news);
            } catch (RuntimeException e) {
                LOG.warn("could not follow a change of routes, neighbours or interfaces", e);
            }
        }
    }

    private void tell(List<NetworkEvent> events) {
        List<Prefix> changed = new ArrayList<>();
        boolean everything = false;
        boolean addresses = false;
        boolean lost = false;
        for (NetworkEvent event : events) {
            switch (event) {
                case NetworkEvent.NeighbourEvent news -> tell(news.neighbour(), news.removed());
                case NetworkEvent.RouteEvent news -> changed.add(news.route().prefix());
                case NetworkEvent.RuleEvent news -> {
                    changed.add(news.rule().destination());
                    everything = true;
                }
                case NetworkEvent.NextHopEvent _ -> everything = true;
                case NetworkEvent.LinkEvent _, NetworkEvent.AddressEvent _ -> {
                    everything = true;
                    addresses = true;
                }
                case NetworkEvent.Lost _ -> {
                    lost = true;
                    addresses = true;
                }
            }
        }
        pieces = pieces.cutAt(changed);
        if (lost || pieces.count() > 2 * piecesRead + STALE_CUTS) {
            readPieces();
            everything = true;
        }
        if (lost) {
            neighbours.readAll();
        }
        if (everything || changed.size() > MAXIMUM_CHANGED) {
            tellAll(pieces);
        } else if (!changed.isEmpty()) {
            tell(pieces, changed);
        }
        if (addresses) {
            addressesChanged.run();
        }
    }

    private void tellAll(AddressPieces now) {
        post((worker, _) -> {
            worker.routesChanged(now);
            return Mailbox.Progress.DONE;
        });
    }

    private void tell(AddressPieces now, List<Prefix> changed) {
        post((worker, _) -> {
            worker.routesChanged(now, changed);
            return Mailbox.Progress.DONE;
        });
    }

    private void tell(Neighbour neighbour, boolean removed) {
        if (neighbours.tell(neighbour, removed)) {
            HopKey key = new HopKey(neighbour.interfaceIndex(), neighbour.address());
            tell(key, neighbours.mac(key));
        }
    }

    private void refused(HopKey key) {
        tell(key, neighbours.mac(key));
    }

    private void tell(HopKey key, long mac) {
        post((worker, nowNanos) -> {
            worker.neighbourChanged(key, mac, nowNanos);
            return Mailbox.Progress.DONE;
        });
    }

    /// Waits while a worker's box is full: news must not be lost.
    private void post(Mailbox.Task task) {
        for (WorkerThread worker : workers) {
            while (!worker.post(task) && worker.isAlive() && !stopped) {
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
