package dev.sluice.router;

import dev.sluice.net.packet.PacketSender;
import dev.sluice.vrrp.Deadline;
import dev.sluice.wire.Address;
import dev.sluice.wire.Arp;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.NeighbourAdvertisement;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// Tells everybody on a link where an address lives now: gratuitous ARP, unsolicited neighbour
/// advertisements. With a gap configured they wait in a queue, else they leave at once.
final class Announcer implements AutoCloseable {

    /// `33:33:00:00:00:01`, all IPv6 machines.
    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;

    private static final int FRAME_BYTES = 128;

    /// A queue that is never emptied (a gap of minutes, hundreds of addresses) does not grow for
    /// ever; what does not fit will be announced by the next burst.
    private static final int MAX_WAITING = 10_000;

    record Announcement(int interfaceIndex, long mac, Address address, boolean isRouter) {}

    private final long arpGapNanos;
    private final long neighbourGapNanos;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment frame = arena.allocate(VnetHeader.BYTES + FRAME_BYTES, 8);
    private final PacketSender sender = new PacketSender("announcements", 0);
    private final Deque<Announcement> waiting = new ArrayDeque<>();
    private final Map<Integer, Long> freeAt = new HashMap<>();

    Announcer(long arpGapNanos, long neighbourGapNanos) {
        this.arpGapNanos = arpGapNanos;
        this.neighbourGapNanos = neighbourGapNanos;
    }

    void announce(Announcement announcement, long nowNanos) {
        if (waiting.isEmpty() && gapNanos(announcement) == 0) {
            send(announcement);
        } else if (waiting.size() < MAX_WAITING) {
            waiting.add(announcement);
            sendDue(nowNanos);
        }
    }

    /// Nobody who is not active any more may claim an address.
    void forget(Address address) {
        waiting.removeIf(announcement -> announcement.address.equals(address));
    }

    /// Sends what has waited long enough.
    void sendDue(long nowNanos) {
        while (!waiting.isEmpty() && due(nowNanos).isDue(nowNanos)) {
            Announcement next = waiting.remove();
            send(next);
            freeAt.put(next.interfaceIndex, nowNanos + gapNanos(next));
        }
    }

    Deadline due(long nowNanos) {
        if (waiting.isEmpty()) {
            return Deadline.NEVER;
        }
        Long free = freeAt.get(waiting.element().interfaceIndex);
        return Deadline.at(free == null ? nowNanos : free);
    }

    private long gapNanos(Announcement announcement) {
        return announcement.address.isIpv6() ? neighbourGapNanos : arpGapNanos;
    }

    private void send(Announcement announcement) {
        int length = write(announcement, frame.asSlice(VnetHeader.BYTES));
        VnetHeader.clear(frame, 0);
        sender.send(
                frame,
                0,
                length,
                announcement.interfaceIndex,
                announcement.address.isIpv6() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_ARP);
        sender.flush();
    }

    /// Writes the frame.
    ///
    /// @return its length
    static int write(Announcement announcement, MemorySegment frame) {
        Address address = announcement.address;
        Ethernet.source(frame, 0, announcement.mac);
        if (!address.isIpv6()) {
            Ethernet.destination(frame, 0, Ethernet.BROADCAST);
            Ethernet.type(frame, 0, Ethernet.TYPE_ARP);
            new Arp(Arp.REQUEST, announcement.mac, address.low(), Ethernet.BROADCAST, address.low())
                    .emit(frame, Ethernet.HEADER_BYTES);
            return Ethernet.HEADER_BYTES + Arp.BYTES;
        }
        Ethernet.destination(frame, 0, ALL_NODES_MAC);
        Ethernet.type(frame, 0, Ethernet.TYPE_IPV6);
        NeighbourAdvertisement advertisement =
                new NeighbourAdvertisement(
                        address,
                        NeighbourAdvertisement.ALL_NODES,
                        address,
                        announcement.isRouter,
                        false,
                        true,
                        announcement.mac);
        return Ethernet.HEADER_BYTES + advertisement.emit(frame, Ethernet.HEADER_BYTES);
    }

    @Override
    public void close() {
        sender.close();
        arena.close();
    }
}
