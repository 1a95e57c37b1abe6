package dev.sluice.router;

import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.packet.RawIpSocket;
import dev.sluice.vrrp.Authentication;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.IpProtocol;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The sockets of all virtual routers: one for each interface and family, and one for each family
/// without multicast. AH is a protocol, and so a socket, of its own.
final class AdvertSockets implements AutoCloseable {

    /// @param interfaceIndex 0 for unicast, which may come in anywhere
    record Key(Family family, int protocol, int interfaceIndex, Address group) {}

    private final Map<Key, RawIpSocket> sockets = new LinkedHashMap<>();

    static Key key(RouterSettings router, int interfaceIndex) {
        boolean hasHeader = router.authentication() instanceof Authentication.Header;
        return new Key(
                router.family(),
                hasHeader ? IpProtocol.AH : IpProtocol.VRRP,
                router.isUnicast() ? 0 : interfaceIndex,
                router.group());
    }

    /// The socket of a key, which is opened when it is not yet.
    RawIpSocket open(Key key, String interfaceName) {
        RawIpSocket known = sockets.get(key);
        if (known != null) {
            return known;
        }
        RawIpSocket opened;
        if (key.interfaceIndex == 0) {
            opened = RawIpSocket.open(key.family, key.protocol);
        } else {
            opened = RawIpSocket.on(key.family, key.protocol, key.interfaceIndex, interfaceName);
            try {
                opened.join(key.group);
            } catch (RuntimeException e) {
                opened.close();
                throw e;
            }
        }
        sockets.put(key, opened);
        return opened;
    }

    boolean isOpen(Key key) {
        return sockets.containsKey(key);
    }

    /// Closes those that nobody needs: their interface is gone.
    ///
    /// @return whether there were any
    boolean retain(List<Key> needed) {
        List<Key> gone = sockets.keySet().stream().filter(key -> !needed.contains(key)).toList();
        gone.forEach(key -> Objects.requireNonNull(sockets.remove(key)).close());
        return !gone.isEmpty();
    }

    List<Key> keys() {
        return List.copyOf(sockets.keySet());
    }

    @Nullable RawIpSocket get(Key key) {
        return sockets.get(key);
    }

    Descriptor[] descriptors(Descriptor... more) {
        Descriptor[] all = new Descriptor[sockets.size() + more.length];
        System.arraycopy(more, 0, all, 0, more.length);
        int next = more.length;
        for (RawIpSocket socket : sockets.values()) {
            all[next++] = socket.descriptor();
        }
        return all;
    }

    @Override
    public void close() {
        sockets.values().forEach(RawIpSocket::close);
        sockets.clear();
    }
}
