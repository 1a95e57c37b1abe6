package dev.sluice.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;

/// Next hops on the way to real servers that do not answer, and the news of them for whoever tells
/// operators. Workers report, which costs something only where a neighbour is given up or comes
/// back; another thread takes the news. Both are bounded: who comes too late goes untold.
public final class LostHops {

    private static final int MAXIMUM = 1024;

    /// A next hop does not answer, or answers again.
    public record News(HopKey hop, boolean lost) {}

    private final Set<HopKey> lost = ConcurrentHashMap.newKeySet();
    private final Queue<News> news = new ArrayBlockingQueue<>(MAXIMUM);

    /// Packets for a real server waited for it in vain.
    void lost(HopKey hop) {
        if (lost.size() >= MAXIMUM) {
            lost.clear(); // those that are still dead are told once more
        }
        if (lost.add(hop)) {
            boolean _ = news.offer(new News(hop, true));
        }
    }

    /// It has a link address.
    void found(HopKey hop) {
        if (!lost.isEmpty() && lost.remove(hop)) {
            boolean _ = news.offer(new News(hop, false));
        }
    }

    /// What happened since the last call, in its order.
    public List<News> take() {
        List<News> taken = new ArrayList<>();
        for (News next = news.poll(); next != null; next = news.poll()) {
            taken.add(next);
        }
        return taken;
    }
}
