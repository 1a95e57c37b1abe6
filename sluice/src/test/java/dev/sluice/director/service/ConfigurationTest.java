package dev.sluice.director.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.scheduler.RoundRobin;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

final class ConfigurationTest {

    private static final Tally TOTAL = new Tally(1);

    /// What a configuration is made of, written down plainly.
    private record Model(
            Map<ServiceKey, VirtualService> services, Map<Integer, RealServer> servers) {

        Model copy() {
            return new Model(new HashMap<>(services), new HashMap<>(servers));
        }
    }

    private record Snapshot(Configuration configuration, Model model) {}

    @Test
    void everySnapshotAnswersForItsOwnTime() {
        Seeded.forAll(
                20,
                random -> {
                    for (Snapshot each : life(random)) {
                        check(each.configuration, each.model);
                    }
                });
    }

    @Test
    void madeAtOneGoItIsTheSameAsMadeStepByStep() {
        Seeded.forAll(
                20,
                random -> {
                    for (Snapshot each : life(random)) {
                        @Nullable RealServer[] byId = new RealServer[2000];
                        each.model.servers.forEach((id, server) -> byId[id] = server);
                        check(
                                new Configuration(
                                        List.copyOf(each.model.services.values()),
                                        byId,
                                        Timeouts.DEFAULT,
                                        TOTAL),
                                each.model);
                    }
                });
    }

    @Test
    void whatDiffersBetweenTwoIsToldAndNothingElse() {
        Seeded.forAll(
                20,
                random -> {
                    List<Snapshot> snapshots = life(random);
                    Snapshot before = snapshots.get(random.nextInt(snapshots.size()));
                    Snapshot after = snapshots.get(random.nextInt(snapshots.size()));
                    Map<ServiceKey, VirtualService> services = new HashMap<>(before.model.services);
                    Configuration.changedServices(
                            before.configuration,
                            after.configuration,
                            (key, old, fresh) -> {
                                assertThat(services.get(key)).isEqualTo(old);
                                assertThat(fresh).isNotEqualTo(old);
                                replace(services, key, fresh);
                            });
                    assertThat(services).isEqualTo(after.model.services);
                    Map<Integer, RealServer> servers = new HashMap<>(before.model.servers);
                    Configuration.changedServers(
                            before.configuration,
                            after.configuration,
                            (id, old, fresh) -> {
                                assertThat(servers.get(id)).isEqualTo(old);
                                replace(servers, id, fresh);
                            });
                    assertThat(servers).isEqualTo(after.model.servers);
                });
    }

    @Test
    void persistentServicesDecideHowMuchOfAClientCounts() {
        Configuration plain = Configuration.empty(TOTAL);
        assertThat(plain.clientMask(Family.IPV4)).isEqualTo(Address.parse("255.255.255.0"));
        assertThat(plain.clientMask(Family.IPV6)).isEqualTo(Address.parse("ffff:ffff:ffff:ffff::"));
        ServiceKey key = new ServiceKey.AtMark(Family.IPV4, 1);
        Configuration coarse =
                plain.with(service(1, key, new Persistence(1, 0, 0xffff_0000L), List.of()));
        assertThat(coarse.clientMask(Family.IPV4)).isEqualTo(Address.parse("255.255.0.0"));
        assertThat(coarse.with(service(1, key, null, List.of())).clientMask(Family.IPV4))
                .isEqualTo(plain.clientMask(Family.IPV4));
        assertThat(coarse.without(key).clientMask(Family.IPV4))
                .isEqualTo(plain.clientMask(Family.IPV4));
    }

    private static void check(Configuration configuration, Model model) {
        assertThat(configuration.services())
                .containsExactlyInAnyOrderElementsOf(model.services.values());
        ServiceIndex index = configuration.index();
        boolean marks = model.services.keySet().stream().anyMatch(ConfigurationTest::isMark);
        Set<Address> repliers = new HashSet<>();
        Set<Integer> inService = new HashSet<>();
        model.services.forEach((key, service) -> {
            assertThat(configuration.service(key)).isSameAs(service);
            if (key instanceof ServiceKey.AtAddress at) {
                repliers.add(at.address());
            }
            for (int i = 0; i < service.servers().size(); i++) {
                int id = service.servers().get(i).id();
                assertThat(index.tallyOfService(id)).isSameAs(service.tally());
                inService.add(id);
            }
        });
        for (int id = 0; id < configuration.serverIdLimit(); id++) {
            RealServer server = model.servers.get(id);
            assertThat(configuration.server(id)).isSameAs(server);
            if (server != null) {
                repliers.add(server.address());
            }
            if (!inService.contains(id)) {
                assertThat(index.tallyOfService(id)).isNull();
            }
        }
        for (int i = 0; i < 64; i++) {
            for (Address address : List.of(virtual(i), real(i))) {
                assertThat(index.maySendReplies(address.high(), address.low()))
                        .isEqualTo(marks || repliers.contains(address));
            }
        }
    }

    /// Services come, get servers, lose them, and go; removed servers stay known for a while.
    private static List<Snapshot> life(SplittableRandom random) {
        List<Snapshot> snapshots = new ArrayList<>();
        Configuration configuration = Configuration.empty(TOTAL);
        Model model = new Model(new HashMap<>(), new HashMap<>());
        int nextId = 0;
        for (int step = 0; step < 500; step++) {
            ServiceKey key = key(random);
            VirtualService service = model.services.get(key);
            List<RealServer> servers = service == null ? List.of() : servers(service);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    RealServer fresh = server(nextId++, real(random.nextInt(64)));
                    List<RealServer> more = new ArrayList<>(servers);
                    more.addFirst(fresh);
                    VirtualService changed =
                            service == null ? service(step, key, null, more) : with(service, more);
                    configuration = configuration.with(fresh).with(changed);
                    model.servers.put(fresh.id(), fresh);
                    model.services.put(key, changed);
                }
                case 2 -> {
                    if (service != null && !servers.isEmpty()) {
                        List<RealServer> fewer = new ArrayList<>(servers);
                        RealServer gone = fewer.remove(random.nextInt(fewer.size())).removed();
                        VirtualService changed = with(service, fewer);
                        configuration = configuration.with(gone).with(changed);
                        model.servers.put(gone.id(), gone);
                        model.services.put(key, changed);
                    }
                }
                case 3 -> {
                    if (service != null) {
                        for (RealServer server : servers) {
                            RealServer gone = server.removed();
                            configuration = configuration.with(gone);
                            model.servers.put(gone.id(), gone);
                        }
                        configuration = configuration.without(key);
                        model.services.remove(key);
                    }
                }
                default -> {
                    int id = random.nextInt(Math.max(1, nextId));
                    RealServer server = model.servers.get(id);
                    if (server != null && !server.available()) {
                        configuration = configuration.withoutServer(id);
                        model.servers.remove(id);
                    }
                }
            }
            if (step % 50 == 0) {
                snapshots.add(new Snapshot(configuration, model.copy()));
            }
        }
        return snapshots;
    }

    private static ServiceKey key(SplittableRandom random) {
        int number = random.nextInt(32);
        return random.nextInt(16) == 0
                ? new ServiceKey.AtMark(number % 2 == 0 ? Family.IPV4 : Family.IPV6, 1 + number)
                : new ServiceKey.AtAddress(
                        number % 3 == 0 ? Protocol.UDP : Protocol.TCP,
                        virtual(number),
                        number % 5 == 0 ? 0 : 80);
    }

    private static boolean isMark(ServiceKey key) {
        return key instanceof ServiceKey.AtMark;
    }

    private static Address virtual(int number) {
        return number % 4 == 0 ? Address.ipv6(number, 1) : Address.ipv4(0x0a00_0000 + number);
    }

    private static Address real(int number) {
        return number % 4 == 0 ? Address.ipv6(number, 2) : Address.ipv4(0x0b00_0000 + number);
    }

    private static RealServer server(int id, Address address) {
        return RealServer.added(id, address, 80, Forwarding.NAT, 1, 0, 0, new Tally(1));
    }

    private static VirtualService service(
            int id, ServiceKey key, @Nullable Persistence persistence, List<RealServer> servers) {
        return VirtualService.of(id, key, new RoundRobin(), 0, persistence, new Tally(1))
                .withServers(new ServerList(servers));
    }

    private static VirtualService with(VirtualService service, List<RealServer> servers) {
        return service.withServers(new ServerList(servers));
    }

    private static List<RealServer> servers(VirtualService service) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < service.servers().size(); i++) {
            servers.add(service.servers().get(i));
        }
        return servers;
    }

    private static <K, V> void replace(Map<K, V> map, K key, @Nullable V value) {
        if (value == null) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }
}
