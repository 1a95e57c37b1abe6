package dev.sluice.gate;

import dev.sluice.director.scheduler.RoundRobin;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Writes configurations:
///
/// ```java
/// new TestServices().tcp("192.168.1.100", 80).nat("10.0.0.11", 8080).configuration()
/// ```
final class TestServices {

    private final List<VirtualService> services = new ArrayList<>();
    private final List<@Nullable RealServer> servers = new ArrayList<>();

    TestServices tcp(String address, int port) {
        return add(new ServiceKey.AtAddress(Protocol.TCP, Address.parse(address), port));
    }

    TestServices udp(String address, int port) {
        return add(new ServiceKey.AtAddress(Protocol.UDP, Address.parse(address), port));
    }

    TestServices mark(Family family, int mark) {
        return add(new ServiceKey.AtMark(family, mark));
    }

    /// The service added last.
    TestServices persistent() {
        VirtualService last = services.removeLast();
        long high = last.key().family() == Family.IPV6 ? -1 : 0;
        long low = last.key().family() == Family.IPV6 ? -1 : 0xffff_ffffL;
        Persistence persistence = new Persistence(300, high, low);
        services.add(last.withPersistence(persistence));
        return this;
    }

    TestServices nat(String address, int port) {
        return server(address, port, Forwarding.NAT);
    }

    TestServices directRouting(String address) {
        return server(address, 0, Forwarding.DIRECT_ROUTING);
    }

    TestServices tunnel(String address, Encapsulation encapsulation) {
        server(address, 0, Forwarding.TUNNEL);
        VirtualService last = services.removeLast();
        List<RealServer> all = new ArrayList<>();
        for (int i = 0; i < last.servers().size(); i++) {
            all.add(last.servers().get(i));
        }
        all.set(0, all.getFirst().wrapped(encapsulation));
        servers.set(all.getFirst().id(), all.getFirst());
        services.add(last.withServers(new ServerList(all)));
        return this;
    }

    /// Removes a service; its servers stay known, as long as connections refer to them.
    TestServices removeService(int index) {
        services.remove(index);
        return this;
    }

    TestServices removeServer(int service, int server) {
        VirtualService changed = services.get(service);
        List<RealServer> left = new ArrayList<>();
        for (int i = 0; i < changed.servers().size(); i++) {
            if (i != server) {
                left.add(changed.servers().get(i));
            }
        }
        services.set(service, changed.withServers(new ServerList(left)));
        return this;
    }

    /// No connection refers to the server any more.
    TestServices forget(int id) {
        servers.set(id, null);
        return this;
    }

    Configuration configuration() {
        return new Configuration(
                services, servers.toArray(RealServer[]::new), Timeouts.DEFAULT, new Tally(1));
    }

    private TestServices add(ServiceKey key) {
        services.add(
                VirtualService.of(services.size(), key, new RoundRobin(), 0, null, new Tally(1)));
        return this;
    }

    private TestServices server(String address, int port, Forwarding forwarding) {
        RealServer server =
                RealServer.added(
                        servers.size(),
                        Address.parse(address),
                        port,
                        forwarding,
                        1,
                        0,
                        0,
                        new Tally(1));
        servers.add(server);
        VirtualService last = services.removeLast();
        List<RealServer> all = new ArrayList<>(List.of(server));
        for (int i = 0; i < last.servers().size(); i++) {
            all.add(last.servers().get(i));
        }
        services.add(last.withServers(new ServerList(all)));
        return this;
    }
}
