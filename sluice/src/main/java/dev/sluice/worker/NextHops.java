package dev.sluice.worker;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// The neighbours that a worker sends to, gateways and machines on the link: as many as there is
/// room for, those not used lately giving way first (a clock's hand goes round and takes the first
/// that was not used since it last came by). The kernel's tables stay the authority: what was
/// forgotten is read from there again.
///
/// Belongs to one thread.
final class NextHops {

    /// 150 bytes each.
    static final int CAPACITY = 1 << 16;

    /// What waits for link addresses, over all neighbours; the neighbour that waits for the longest
    /// time gives way.
    private static final int MAXIMUM_WAITING = 4096;

    private static final int MAXIMUM_WAITING_BYTES = 16 << 20;

    /// How far the hand looks for an unused one.
    private static final int PATIENCE = 64;

    private final RouteSource kernel;
    private final Losses losses;
    private final Map<HopKey, NextHop> byKey = new HashMap<>();
    private final @Nullable NextHop[] clock = new NextHop[CAPACITY];

    /// Those that frames wait for, in the order in which that began.
    private final LinkedHashSet<NextHop> waiting = new LinkedHashSet<>();

    private int waitingBytes;
    private int hand;

    /// Places that were ever taken.
    private int filled;

    /// What is left of the round that tells the kernel who is in use.
    private int refreshAt;

    private int refreshEnd;

    NextHops(RouteSource kernel, Losses losses) {
        this.kernel = kernel;
        this.losses = losses;
    }

    @Nullable NextHop find(HopKey key) {
        return byKey.get(key);
    }

    /// A neighbour on an interface of this link address, as the kernel knows it now.
    NextHop get(HopKey key, long sourceMac) {
        NextHop hop = byKey.get(key);
        if (hop == null) {
            hop = new NextHop(key);
            byKey.put(key, hop);
            clock[freePlace()] = hop;
        }
        hop.sourceMac(sourceMac);
        long mac = kernel.linkAddress(key);
        if (mac >= 0) {
            hop.resolve(mac);
        }
        return hop;
    }

    private int freePlace() {
        for (int looked = 0; ; looked++) {
            int place = hand;
            hand = hand + 1 & CAPACITY - 1;
            NextHop there = clock[place];
            if (there == null) {
                filled = Math.max(filled, place + 1);
                return place;
            }
            if (!there.isWaitedFor() && (!there.takeRecent() || looked > PATIENCE)) {
                there.forget();
                byKey.remove(there.key());
                return place;
            }
        }
    }

    /// Keeps a frame until its neighbour is resolved.
    void hold(NextHop hop, NextHop.Held frame) {
        if (!hop.isAskedFor()) {
            hop.askedFor(kernel.use(hop.key()));
        }
        NextHop.Held oldest = hop.hold(frame);
        waitingBytes += frame.bytes().length;
        if (oldest != null) {
            waitingBytes -= oldest.bytes().length;
            losses.count(Loss.WAITING_ROOM_FULL);
        }
        waiting.add(hop);
        while (waiting.size() > MAXIMUM_WAITING || waitingBytes > MAXIMUM_WAITING_BYTES) {
            NextHop longest = waiting.getFirst();
            for (NextHop.Held _ : takeHeld(longest)) {
                losses.count(Loss.WAITING_ROOM_FULL);
            }
        }
    }

    /// The frames that waited for a neighbour, oldest first; they wait no longer.
    List<NextHop.Held> takeHeld(NextHop hop) {
        waiting.remove(hop);
        List<NextHop.Held> held = hop.takeHeld();
        for (NextHop.Held frame : held) {
            waitingBytes -= frame.bytes().length;
        }
        return held;
    }

    /// Those that frames wait for, as they are now.
    NextHop[] waiting() {
        return waiting.toArray(NextHop[]::new);
    }

    int size() {
        return byKey.size();
    }

    /// Begins to tell the kernel which neighbours are in use.
    void beginRefresh() {
        refreshAt = 0;
        refreshEnd = filled;
    }

    /// Goes on with that.
    ///
    /// @param limit places to look at
    void refresh(int limit) {
        int end = Math.min(refreshEnd, refreshAt + limit);
        for (; refreshAt < end; refreshAt++) {
            NextHop hop = clock[refreshAt];
            if (hop != null && (hop.takeUsed() || hop.isWaitedFor())) {
                kernel.use(hop.key());
            }
        }
    }
}
