package dev.sluice.director;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/// What the packet path asks of a configuration, answered without allocation: open-addressed tables
/// at most half full, built when a snapshot is taken.
final class ServiceIndex {

    /// By [#slot] of the key, null where free.
    private final @Nullable VirtualService[] byKey;

    private final long[] highs;
    private final long[] lows;

    /// Port, protocol (0: the low half is a mark) and family.
    private final int[] rests;

    /// The addresses that replies may come from, by [#slot].
    private final long[] replierHighs;

    private final long[] replierLows;
    private final boolean[] replierUsed;

    /// The service of a server that is in one, by server id.
    private final @Nullable VirtualService[] byServer;

    private final boolean anyMark;
    private final boolean anyPortZero;
    private final Address clientMask4;
    private final Address clientMask6;

    ServiceIndex(Configuration configuration) {
        clientMask4 = configuration.clientMask(Family.IPV4);
        clientMask6 = configuration.clientMask(Family.IPV6);
        List<VirtualService> services = configuration.services();
        RealServer[] servers = servers(configuration);
        int size = tableSize(services.size());
        byKey = new VirtualService[size];
        highs = new long[size];
        lows = new long[size];
        rests = new int[size];
        int repliers = tableSize(services.size() + servers.length);
        replierHighs = new long[repliers];
        replierLows = new long[repliers];
        replierUsed = new boolean[repliers];
        byServer = new VirtualService[configuration.serverIdLimit()];
        boolean marks = false;
        boolean portZero = false;
        for (VirtualService service : services) {
            switch (service.key()) {
                case ServiceKey.AtAddress at -> {
                    portZero |= at.port() == 0;
                    addReplier(at.address());
                    Address address = at.address();
                    int rest = rest(address.isIpv6(), at.protocol().number(), at.port());
                    add(address.high(), address.low(), rest, service);
                }
                case ServiceKey.AtMark(var family, var mark) -> {
                    marks = true;
                    boolean ipv6 = family == Family.IPV6;
                    add(0, mark & 0xffff_ffffL, rest(ipv6, 0, 0), service);
                }
            }
            for (int i = 0; i < service.servers().size(); i++) {
                byServer[service.servers().get(i).id()] = service;
            }
        }
        for (RealServer server : servers) {
            addReplier(server.address());
        }
        anyMark = marks;
        anyPortZero = portZero;
    }

    /// The service that balances a packet without a connection (ipvs.md §1.3): by its mark first,
    /// then at exactly its destination, then at all ports of it. The rules for FTP data belong
    /// between the last two.
    @Nullable VirtualService find(PacketView packet) {
        boolean ipv6 = packet.isIpv6();
        if (packet.mark() != 0 && anyMark) {
            VirtualService marked = get(0, packet.mark() & 0xffff_ffffL, rest(ipv6, 0, 0));
            if (marked != null) {
                return marked;
            }
        }
        long high = packet.destinationHigh();
        long low = packet.destinationLow();
        int protocol = packet.protocol();
        VirtualService exact = get(high, low, rest(ipv6, protocol, packet.destinationPort()));
        return exact == null && anyPortZero ? get(high, low, rest(ipv6, protocol, 0)) : exact;
    }

    /// See [Configuration#clientMask].
    Address clientMask(boolean ipv6) {
        return ipv6 ? clientMask6 : clientMask4;
    }

    /// The service that a server is in, or null when it was removed.
    @Nullable VirtualService serviceOf(int serverId) {
        return serverId >= 0 && serverId < byServer.length ? byServer[serverId] : null;
    }

    /// False if no reply of a connection can come from this address: most packets of clients are
    /// spared a look-up by this. Real servers send replies, removed ones too, and under direct
    /// routing virtual addresses do; those of mark services are not known.
    boolean maySendReplies(long high, long low) {
        if (anyMark) {
            return true;
        }
        int mask = replierUsed.length - 1;
        for (int i = slot(high, low, 0, mask); replierUsed[i]; i = i + 1 & mask) {
            if (replierLows[i] == low && replierHighs[i] == high) {
                return true;
            }
        }
        return false;
    }

    private @Nullable VirtualService get(long high, long low, int rest) {
        int mask = byKey.length - 1;
        int i = slot(high, low, rest, mask);
        for (VirtualService at = byKey[i]; at != null; at = byKey[i]) {
            if (lows[i] == low && rests[i] == rest && highs[i] == high) {
                return at;
            }
            i = i + 1 & mask;
        }
        return null;
    }

    private void add(long high, long low, int rest, VirtualService service) {
        int mask = byKey.length - 1;
        int i = slot(high, low, rest, mask);
        while (byKey[i] != null) {
            i = i + 1 & mask;
        }
        byKey[i] = service;
        highs[i] = high;
        lows[i] = low;
        rests[i] = rest;
    }

    private void addReplier(Address address) {
        int mask = replierUsed.length - 1;
        int i = slot(address.high(), address.low(), 0, mask);
        while (replierUsed[i]) {
            if (replierLows[i] == address.low() && replierHighs[i] == address.high()) {
                return;
            }
            i = i + 1 & mask;
        }
        replierUsed[i] = true;
        replierHighs[i] = address.high();
        replierLows[i] = address.low();
    }

    private static RealServer[] servers(Configuration configuration) {
        RealServer[] found = new RealServer[configuration.serverIdLimit()];
        int count = 0;
        for (int id = 0; id < found.length; id++) {
            RealServer server = configuration.server(id);
            if (server != null) {
                found[count++] = server;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /// A power of two, at least twice the entries.
    private static int tableSize(int entries) {
        return Math.max(4, Integer.highestOneBit(Math.max(1, entries)) * 4);
    }

    private static int rest(boolean ipv6, int protocol, int port) {
        return port | protocol << 16 | (ipv6 ? 1 << 24 : 0);
    }

    private static int slot(long high, long low, int rest, int mask) {
        long h = (low ^ Long.rotateLeft(high, 32) ^ (long) rest << 20) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 32) & mask;
    }
}
