package dev.sluice.vrrp;

import static dev.sluice.vrrp.Simulation.MILLI;
import static dev.sluice.vrrp.Simulation.SECOND;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Whole lives of two to four routers, from seeds: `-Dsluice.seed=…` repeats one.
final class SimulationTest {

    private enum Misfortune {
        CUT,
        KILL,
        STOP,
        PAUSE,
        WAKE,
        START,
        FAULT,
        CURE,
        WEIGHT,
        ADDRESS_LOST,
        HEAL
    }

    private static final String[] NAMES = {"inside", "outside"};

    /// Whatever happens: when the network has been whole and the machines well for a while, exactly
    /// one is active, the one that should be, and it has the addresses.
    @Test
    void inTheEndExactlyOneIsActive() {
        long count = Seeded.count("sluice.lives", 300);
        Met<Misfortune> met = new Met<>(Misfortune.class);
        Seeded.forAll(count, random -> life(random, met));
        if (Seeded.isWhole(count, 300)) {
            met.assertAll(List.of());
        }
    }

    private static void life(SplittableRandom random, Met<Misfortune> met) {
        Simulation network = new Simulation(random);
        boolean inGroup = random.nextBoolean();
        RouterSettings common = anySettings(random);
        long interval = common.intervalCentis() * 10L * MILLI;
        network.loss = random.nextDouble(0.3);
        network.duplication = random.nextDouble(0.2);
        network.maxDelayNanos = network.minDelayNanos + random.nextLong(interval);
        int hosts = 2 + random.nextInt(3);
        for (int i = 0; i < hosts; i++) {
            RouterSettings own = common.with(it -> it.priority = 1 + random.nextInt(254));
            network.host(
                    "router" + i,
                    0.98 + random.nextDouble(0.04),
                    inGroup
                            ? List.of(named(own, NAMES[0]), named(own, NAMES[1]))
                            : List.of(named(own, NAMES[0])),
                    inGroup ? Map.of("G", List.of(NAMES)) : Map.of());
        }
        network.hosts().forEach(Simulation.Host::start);
        for (int i = 0; i < 40; i++) {
            network.run(random.nextLong(8 * interval));
            Misfortune misfortune = Misfortune.values()[random.nextInt(Misfortune.values().length)];
            met.add(misfortune);
            befall(misfortune, network, inGroup, random);
        }
        getWell(network, inGroup);
        // Start-up, a preempt delay, and two contests with the clocks' differences.
        network.run(Math.round(15 * interval + common.preemptDelayNanos() * 1.1) + 2 * SECOND);
        assertOneIsActive(network, common, inGroup);
    }

    private static RouterSettings anySettings(SplittableRandom random) {
        Family family = random.nextBoolean() ? Family.IPV4 : Family.IPV6;
        return RouterSettings.of(family)
                .with(it -> {
                    boolean isVersion3 = family == Family.IPV6 || random.nextBoolean();
                    it.version = isVersion3 ? 3 : 2;
                    it.intervalCentis =
                            isVersion3 ? 1 + random.nextInt(200) : 100 * (1 + random.nextInt(3));
                    it.addresses =
                            List.of(
                                    Address.parse(
                                            family == Family.IPV4 ? "192.0.2.100" : "fe80::100"));
                    it.preempts = random.nextInt(4) > 0;
                    it.preemptDelayNanos = random.nextBoolean() ? 0 : random.nextLong(5 * SECOND);
                    it.answersLower = random.nextInt(4) > 0;
                    it.lastWord = random.nextInt(4) == 0;
                    it.comparesAddresses = random.nextBoolean();
                    if (!isVersion3) {
                        it.authentication =
                                switch (random.nextInt(3)) {
                                    case 0 -> Authentication.NONE;
                                    case 1 -> Authentication.password("1111");
                                    default -> Authentication.header("1111");
                                };
                    }
                    it.trackers =
                            List.of(
                                    Tracker.required("interface eth1"),
                                    new Tracker(
                                            "script",
                                            Tracker.Kind.YES_OR_NO,
                                            -60,
                                            false,
                                            Tracker.Initially.GOOD));
                });
    }

    private static RouterSettings named(RouterSettings settings, String name) {
        return settings.with(it -> it.name = name);
    }

    private static void befall(
            Misfortune misfortune, Simulation network, boolean inGroup, SplittableRandom random) {
        List<Simulation.Host> hosts = network.hosts();
        Simulation.Host host = hosts.get(random.nextInt(hosts.size()));
        String router = NAMES[inGroup ? random.nextInt(2) : 0];
        switch (misfortune) {
            case CUT -> {
                Simulation.Host other = hosts.get(random.nextInt(hosts.size()));
                if (other != host) {
                    network.cut(host, other, router);
                }
            }
            case HEAL -> network.healNetwork();
            case KILL -> host.kill();
            case STOP -> host.stop();
            case START -> {
                host.kill();
                host.start();
            }
            case PAUSE -> host.pause();
            case WAKE -> host.wake();
            case FAULT -> host.tell(router, new Event.Tracked("interface eth1", 0));
            case CURE -> host.tell(router, new Event.Tracked("interface eth1", 1));
            case WEIGHT -> host.tell(router, new Event.Tracked("script", random.nextInt(2)));
            case ADDRESS_LOST -> {
                Address lost = host.router(router).settings().addresses().getFirst();
                host.tell(router, new Event.AddressLost(lost));
            }
        }
    }

    private static void getWell(Simulation network, boolean inGroup) {
        network.healNetwork();
        network.loss = 0;
        for (Simulation.Host host : network.hosts()) {
            host.wake();
            if (!host.isUsable()) {
                host.start();
            }
            for (String router : inGroup ? NAMES : new String[] {NAMES[0]}) {
                host.tell(router, new Event.Tracked("interface eth1", 1));
                host.tell(router, new Event.Tracked("script", 1));
            }
        }
    }

    private static void assertOneIsActive(
            Simulation network, RouterSettings common, boolean inGroup) {
        for (String router : inGroup ? NAMES : new String[] {NAMES[0]}) {
            List<Simulation.Host> active = network.active(router);
            assertThat(active).as(() -> router + "\n" + network.diary()).hasSize(1);
            assertThat(active.getFirst().holdsAddresses(router)).isTrue();
            if (common.preempts()) {
                int highest =
                        network.hosts().stream()
                                .map(host -> host.router(router).priority())
                                .max(Comparator.naturalOrder())
                                .orElseThrow();
                assertThat(active.getFirst().router(router).priority())
                        .as(() -> router + "\n" + network.diary())
                        .isEqualTo(highest);
            }
        }
    }

    /// Nothing happens while the active router is well and never more than two advertisements in a
    /// row are lost: not when packets are late or doubled, nor when clocks differ, nor when a
    /// backup router was paused and finds what it missed.
    @Test
    void nobodyTakesOverFromARouterThatIsWell() {
        Seeded.forAll(
                Seeded.count("sluice.lives", 100),
                random -> {
                    Simulation network = new Simulation(random);
                    RouterSettings common = anySettings(random);
                    long interval = common.intervalCentis() * 10L * MILLI;
                    int hosts = 2 + random.nextInt(3);
                    for (int i = 0; i < hosts; i++) {
                        int priority = 200 - 50 * i;
                        network.host(
                                "router" + i,
                                0.995 + random.nextDouble(0.01),
                                List.of(common.with(it -> it.priority = priority)),
                                Map.of());
                    }
                    network.hosts().forEach(Simulation.Host::start);
                    network.run(8 * interval + 8 * SECOND);
                    List<List<String>> before = transitions(network);
                    assertThat(network.active("VI_1")).containsExactly(network.hosts().getFirst());
                    network.loss = random.nextDouble();
                    network.mostLostInARow = 2;
                    network.duplication = 0.3;
                    network.maxDelayNanos = network.minDelayNanos + interval / 8;
                    for (int i = 0; i < 100; i++) {
                        network.run(random.nextLong(20 * interval));
                        Simulation.Host backup = network.hosts().get(1 + random.nextInt(hosts - 1));
                        backup.pause();
                        // Long enough to have heard something.
                        network.run(random.nextLong(20 * interval));
                        backup.wake();
                    }
                    assertThat(transitions(network)).as(network::diary).isEqualTo(before);
                });
    }

    private static List<List<String>> transitions(Simulation network) {
        List<List<String>> all = new ArrayList<>();
        network.hosts().forEach(host -> all.add(List.copyOf(host.transitions())));
        return all;
    }

    /// Seen from outside: while one is active and another takes over, both may be for as long as
    /// their packets do not meet, and no longer.
    @Test
    void aPausedActiveRouterThatWakesUpYieldsBeforeItSpeaks() {
        Seeded.forAll(
                100,
                random -> {
                    Simulation network = new Simulation(random);
                    RouterSettings common = anySettings(random);
                    long interval = common.intervalCentis() * 10L * MILLI;
                    Simulation.Host first =
                            network.host("first", common.with(it -> it.priority = 100));
                    Simulation.Host second =
                            network.host(
                                    "second",
                                    common.with(it -> {
                                        it.priority = 150;
                                        it.preempts = false;
                                    }));
                    first.start();
                    network.run(6 * interval + 2 * SECOND);
                    second.start();
                    network.run(6 * interval + 2 * SECOND);
                    assertThat(network.active("VI_1")).containsExactly(first);
                    first.pause();
                    network.run(20 * interval);
                    int spoken = network.sentBy(first).size();
                    first.wake();
                    assertThat(network.active("VI_1")).containsExactly(second);
                    int lastWord = common.lastWord() ? 1 : 0;
                    assertThat(network.sentBy(first)).hasSize(spoken + lastWord);
                });
    }

    /// The machine as drawn: from every state every event leads somewhere sensible, and nowhere
    /// else.
    @Test
    void everyStateTakesEveryEvent() {
        RouterSettings settings =
                RouterSettings.of(Family.IPV4)
                        .with(it -> {
                            it.addresses = List.of(Address.parse("192.0.2.100"));
                            it.trackers = List.of(Tracker.required("interface eth1"));
                        });
        Address other = Address.parse("192.0.2.9");
        List<Event> events =
                List.of(
                        new Event.Started(),
                        new Event.TimePassed(),
                        heard(settings, other, 200),
                        heard(settings, other, 100),
                        heard(settings, other, 1),
                        heard(settings, other, 0),
                        new Event.Tracked("interface eth1", 0),
                        new Event.Tracked("interface eth1", 1),
                        new Event.Tracked("nobody's", 0),
                        new Event.SourceChanged(null),
                        new Event.AddressLost(settings.addresses().getFirst()),
                        new Event.GroupReady(),
                        new Event.GroupYielded(),
                        new Event.GroupContested(),
                        new Event.AnnouncementsWanted(),
                        new Event.StopRequested());
        String table =
                """
                INIT   : BACKUP INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   INIT   STOP
                BACKUP : BACKUP BACKUP BACKUP BACKUP BACKUP BACKUP FAULT  BACKUP BACKUP FAULT  BACKUP BACKUP BACKUP BACKUP BACKUP STOP
                MASTER : MASTER MASTER BACKUP BACKUP MASTER MASTER FAULT  MASTER MASTER FAULT  BACKUP MASTER BACKUP MASTER MASTER STOP
                FAULT  : FAULT  FAULT  FAULT  FAULT  FAULT  FAULT  FAULT  BACKUP FAULT  FAULT  FAULT  FAULT  FAULT  FAULT  FAULT  STOP
                STOP   : STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP   STOP
                """;
        for (String line : table.lines().toList()) {
            String[] words = line.strip().split("\\s+", -1);
            State.Name from = State.Name.valueOf(words[0]);
            IntStream.range(0, events.size())
                    .forEach(i -> {
                        VirtualRouter router = routerIn(from, settings);
                        router.handle(events.get(i), 1_000 * SECOND);
                        assertThat(router.state().name())
                                .as("%s, %s", from, events.get(i))
                                .hasToString(words[2 + i]);
                    });
        }
    }

    private static Event heard(RouterSettings settings, Address from, int priority) {
        return new Event.Heard(
                new Reception.Judgement.Accepted(
                        from,
                        new Advertisement(
                                2, settings.routerId(), priority, 100, 0, 0, settings.addresses()),
                        ChecksumForm.PSEUDO_HEADER,
                        0));
    }

    private static VirtualRouter routerIn(State.Name state, RouterSettings settings) {
        VirtualRouter router = new VirtualRouter(settings);
        long now = 999 * SECOND;
        router.handle(new Event.SourceChanged(Address.parse("192.0.2.1")), now);
        if (state != State.Name.INIT) {
            router.handle(new Event.Started(), now);
        }
        switch (state) {
            case INIT, BACKUP -> {}
            case MASTER -> router.handle(new Event.TimePassed(), now + 10 * SECOND);
            case FAULT -> router.handle(new Event.Tracked("interface eth1", 0), now);
            case STOP -> router.handle(new Event.StopRequested(), now);
        }
        assertThat(router.state().name()).isEqualTo(state);
        return router;
    }
}
