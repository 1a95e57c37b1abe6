package dev.sluice.worker;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Rtnetlink;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The kernel's neighbour tables as its news tell them, so that nobody has to ask; and those who
/// wait to have a neighbour resolved, so that nobody waits for the kernel. As large as the kernel's
/// tables, which have bounds (`net.ipv4.neigh.default.gc_thresh3`).
///
/// Any thread reads and asks; one thread tells the news, and one of its own talks to the kernel.
final class KernelNeighbours implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KernelNeighbours.class);

    /// Neighbours to be resolved or kept fresh: what the kernel does in a tenth of a second.
    private static final int QUEUE = 8192;

    private final Rtnetlink netlink;
    private final Map<HopKey, Long> macs = new ConcurrentHashMap<>();
    private final BlockingQueue<HopKey> toUse = new ArrayBlockingQueue<>(QUEUE);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("neighbours").unstarted(this::run);
    private volatile Consumer<HopKey> refused = key -> {};
    private volatile boolean stopped;

    /// @param netlink for this object alone
    KernelNeighbours(Rtnetlink netlink) {
        this.netlink = netlink;
    }

    /// @param refusedBy told, on this object's thread, which neighbours the kernel will not
    ///   resolve, because its table is full or the interface is gone
    void start(Consumer<HopKey> refusedBy) {
        refused = refusedBy;
        thread.start();
    }

    /// News were lost, or there were none yet.
    void readAll() {
        Map<HopKey, Long> all = new HashMap<>();
        for (Neighbour neighbour : netlink.neighbours().list()) {
            if (neighbour.isUsable()) {
                all.put(key(neighbour), neighbour.macAddress());
            }
        }
        macs.keySet().retainAll(all.keySet()); // a reader misses none that stays
        macs.putAll(all);
    }

    /// A neighbour is new, different or gone.
    ///
    /// @return whether that changes where frames to it go
    boolean tell(Neighbour neighbour, boolean removed) {
        boolean failed = (neighbour.state() & Neighbour.FAILED) != 0;
        if (removed || failed) {
            return macs.remove(key(neighbour)) != null || failed;
        }
        if (!neighbour.isUsable()) {
            return false; // still being resolved
        }
        Long before = macs.put(key(neighbour), neighbour.macAddress());
        return before == null || before != neighbour.macAddress();
    }

    /// The link address in the low 48 bits, or -1.
    long mac(HopKey key) {
        return macs.getOrDefault(key, -1L);
    }

    /// As [RouteSource#use].
    boolean use(HopKey key) {
        return toUse.offer(key);
    }

    private void run() {
        while (!stopped) {
            try {
                HopKey key = toUse.take();
                try {
                    netlink.neighbours().use(key.interfaceIndex(), key.address());
                } catch (LinuxException e) {
                    LOG.debug("neighbour {} not resolved", key, e);
                    refused.accept(key);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static HopKey key(Neighbour neighbour) {
        return new HopKey(neighbour.interfaceIndex(), neighbour.address());
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
