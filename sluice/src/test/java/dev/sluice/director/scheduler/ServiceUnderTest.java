package dev.sluice.director.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Pick;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;
import dev.sluice.wire.IpProtocol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// A service with a scheduler and real servers 10.0.0.N, edited as `ipvsadm` would. Every pick
/// makes a connection that stays.
final class ServiceUnderTest {

    private Scheduler scheduler;
    private ServerList servers = ServerList.EMPTY;
    private Pick pick;
    private long nowNanos;
    private Count counted = Count.ACTIVE;
    private final Flow flow =
            new Flow()
                    .of(false, IpProtocol.TCP)
                    .from(0, 0xac10_0001L, 1024)
                    .to(0, 0xc0a8_0164L, 80);
    private boolean eachFromAnother;

    private ServiceUnderTest(String scheduler) {
        this.scheduler = create(scheduler);
        pick = this.scheduler.compile(servers, 0);
    }

    private ServiceUnderTest(ServiceUnderTest live) {
        scheduler = live.scheduler;
        servers = live.servers;
        pick = live.pick;
        counted = live.counted;
    }

    /// This service, to be edited in thought: its servers and its turns are the live ones.
    ServiceUnderTest supposing() {
        return new ServiceUnderTest(this);
    }

    static ServiceUnderTest scheduledBy(String scheduler) {
        return new ServiceUnderTest(scheduler);
    }

    /// Servers 11, 12, 13 … with these weights, added in this order.
    ServiceUnderTest weights(int... weights) {
        for (int i = 0; i < weights.length; i++) {
            add(11 + i, weights[i]);
        }
        return this;
    }

    /// From now on connections count as inactive.
    ServiceUnderTest overUdp() {
        counted = Count.INACTIVE;
        return this;
    }

    /// From now on each connection is that of the next client address, from 172.16.0.1 on.
    ServiceUnderTest eachFromAnother() {
        eachFromAnother = true;
        return this;
    }

    /// From now on connections go to this address.
    ServiceUnderTest to(String address) {
        Address parsed = Address.parse(address);
        flow.to(parsed.high(), parsed.low(), 80);
        return this;
    }

    /// Time passes, and control looks after the scheduler every two seconds.
    ServiceUnderTest pass(int seconds) {
        for (long end = nowNanos + seconds * 1_000_000_000L; nowNanos < end; ) {
            nowNanos = Math.min(end, nowNanos + 2_000_000_000L);
            scheduler.poll(nowNanos, Policy.DEFAULT);
        }
        return this;
    }

    ServiceUnderTest add(int server, int weight) {
        return add(server, weight, 0, 0);
    }

    ServiceUnderTest add(int server, int weight, int upper, int lower) {
        RealServer added =
                RealServer.added(
                        server,
                        Address.ipv4(0x0a000000 | server),
                        80,
                        Forwarding.NAT,
                        weight,
                        upper,
                        lower,
                        new Tally(1));
        List<RealServer> after = list();
        after.addFirst(added);
        return change(after);
    }

    ServiceUnderTest edit(int server, int weight) {
        RealServer old = servers.get(servers.indexOf(server));
        return edit(server, weight, old.upperThreshold(), old.lowerThreshold());
    }

    ServiceUnderTest edit(int server, int weight, int upper, int lower) {
        List<RealServer> after = list();
        after.replaceAll(old ->
                old.id() == server ? old.edited(old.forwarding(), weight, upper, lower) : old);
        return change(after);
    }

    ServiceUnderTest delete(int server) {
        List<RealServer> after = list();
        after.removeIf(old -> old.id() == server);
        return change(after);
    }

    ServiceUnderTest switchTo(String newScheduler) {
        scheduler = create(newScheduler);
        pick = scheduler.compile(servers, 0);
        return this;
    }

    /// The next picks, in this order; `-` stands for none.
    ServiceUnderTest picks(String expected) {
        int count = expected.strip().split("[ |]+", -1).length;
        StringJoiner picked = new StringJoiner(" ");
        for (int i = 0; i < count; i++) {
            RealServer server = connect();
            picked.add(server == null ? "-" : String.valueOf(server.id()));
        }
        assertThat(picked.toString()).isEqualTo(expected.replaceAll("[ |]+", " ").strip());
        return this;
    }

    /// Ends `count` connections of a server.
    ServiceUnderTest expire(int server, int count) {
        for (int i = 0; i < count; i++) {
            RealServer owner = servers.get(servers.indexOf(server));
            owner.tally().add(0, counted, -1);
            owner.afterUnbinding();
        }
        return this;
    }

    /// Who would be picked, by its id; -1 for nobody.
    int preview() {
        RealServer server = pick.preview(flow, nowNanos);
        return server == null ? -1 : server.id();
    }

    ServiceUnderTest publish() {
        pick.published();
        return this;
    }

    int size() {
        return servers.size();
    }

    int serverAt(int index) {
        return servers.get(index).id();
    }

    @Nullable RealServer connect() {
        RealServer server = pick.server(flow, nowNanos);
        if (eachFromAnother) {
            flow.from(0, flow.sourceLow() + 1, 1024);
        }
        if (server != null) {
            server.tally().add(0, counted, 1);
            server.afterBinding();
        }
        return server;
    }

    private ServiceUnderTest change(List<RealServer> after) {
        ServerList changed = new ServerList(after);
        pick = pick.edited(changed, 0);
        servers = changed;
        return this;
    }

    private List<RealServer> list() {
        List<RealServer> list = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            list.add(servers.get(i));
        }
        return list;
    }

    private static Scheduler create(String name) {
        Schedulers.Factory factory = Schedulers.named(name);
        if (factory == null) {
            throw new AssertionError("no scheduler " + name);
        }
        return factory.create(0);
    }
}
