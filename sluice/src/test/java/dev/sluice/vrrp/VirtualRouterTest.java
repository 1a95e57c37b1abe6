package dev.sluice.vrrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What one router, or the group it is in, does: trackers, words, orders.
final class VirtualRouterTest {

    private static final long SECOND = 1_000_000_000L;
    private static final Address SOURCE = Address.parse("192.0.2.2");
    private static final Address OTHER = Address.parse("192.0.2.1");

    private long now = 77 * SECOND;

    private static RouterSettings settings(Consumer<RouterSettings.Changes> changes) {
        return RouterSettings.of(Family.IPV4)
                .with(it -> {
                    it.addresses = List.of(Address.parse("192.0.2.100"));
                    it.priority = 150;
                })
                .with(changes);
    }

    private List<Action> startedBackup(VirtualRouter router) {
        router.handle(new Event.SourceChanged(SOURCE), now);
        return router.handle(new Event.Started(), now);
    }

    private List<Action> madeActive(VirtualRouter router) {
        startedBackup(router);
        now += 4 * SECOND;
        return router.handle(new Event.TimePassed(), now);
    }

    private static Event heard(VirtualRouter router, int priority) {
        return heard(router, priority, ChecksumForm.PSEUDO_HEADER, 0);
    }

    private static Event heard(
            VirtualRouter router, int priority, ChecksumForm checksum, long sequence) {
        RouterSettings settings = router.settings();
        return new Event.Heard(
                new Reception.Judgement.Accepted(
                        OTHER,
                        new Advertisement(
                                settings.version(),
                                settings.routerId(),
                                priority,
                                settings.intervalCentis(),
                                settings.authentication().type(),
                                0,
                                settings.addresses()),
                        checksum,
                        sequence));
    }

    private static List<String> said(List<Action> actions) {
        List<String> said = new ArrayList<>();
        for (Action action : actions) {
            if (action instanceof Action.Say(String text)) {
                said.add(text);
            } else if (action instanceof Action.Complain(String text)) {
                said.add(text);
            }
        }
        return said;
    }

    private static List<Class<?>> done(List<Action> actions) {
        List<Class<?>> done = new ArrayList<>();
        actions.stream()
                .filter(action ->
                        !(action instanceof Action.Say || action instanceof Action.Complain))
                .forEach(action -> done.add(action.getClass()));
        return done;
    }

    @Test
    void theAdvertisementGoesOutBeforeTheAddressesAreThere() {
        List<Action> actions = madeActive(new VirtualRouter(settings(it -> {})));
        assertThat(done(actions))
                .containsExactly(
                        Action.Send.class,
                        Action.InstallAddresses.class,
                        Action.Announce.class,
                        Action.Entered.class);
        assertThat(said(actions))
                .containsExactly(
                        "(VI_1) Receive advertisement timeout", "(VI_1) Entering MASTER STATE");
    }

    @Test
    void addressesLeftBehindByAnEarlierProcessAreRemovedAtTheStart() {
        List<Action> actions = startedBackup(new VirtualRouter(settings(it -> {})));
        assertThat(done(actions))
                .containsExactly(Action.RemoveAddresses.class, Action.Entered.class);
        assertThat(said(actions)).containsExactly("(VI_1) Entering BACKUP STATE (init)");
    }

    @Test
    void whoStopsSaysSoAndLetsGo() {
        VirtualRouter router = new VirtualRouter(settings(it -> {}));
        madeActive(router);
        List<Action> actions = router.handle(new Event.StopRequested(), now);
        assertThat(done(actions))
                .containsExactly(
                        Action.Send.class, Action.RemoveAddresses.class, Action.Entered.class);
        assertThat(((Action.Send) actions.getFirst()).advertisement().priority()).isZero();
        assertThat(said(actions)).containsExactly("(VI_1) sent 0 priority");
    }

    @Test
    void operatorsReadTheLinesTheyKnow() {
        VirtualRouter router = new VirtualRouter(settings(it -> {}));
        madeActive(router);
        assertThat(said(router.handle(heard(router, 100), now)))
                .containsExactly(
                        "(VI_1) Received advert from 192.0.2.1 with lower priority 100, ours 150,"
                                + " forcing new election");
        assertThat(said(router.handle(heard(router, 0), now)))
                .containsExactly("(VI_1) Master received priority 0 message");
        assertThat(said(router.handle(heard(router, 200), now)))
                .containsExactly(
                        "(VI_1) Master received advert from 192.0.2.1 with higher priority 200,"
                                + " ours 150",
                        "(VI_1) Entering BACKUP STATE");
        assertThat(said(router.handle(heard(router, 100), now)))
                .containsExactly(
                        "(VI_1) received lower priority (100) advert from 192.0.2.1 - discarding");
        assertThat(said(router.handle(heard(router, 0), now)))
                .containsExactly("(VI_1) Backup received priority 0 advertisement");
    }

    @Test
    void oneLastWordWhereAskedFor() {
        VirtualRouter router = new VirtualRouter(settings(it -> it.lastWord = true));
        madeActive(router);
        List<Action> actions = router.handle(heard(router, 200), now);
        assertThat(done(actions))
                .containsExactly(
                        Action.Send.class, Action.RemoveAddresses.class, Action.Entered.class);
        Action.Send sent =
                actions.stream()
                        .filter(Action.Send.class::isInstance)
                        .map(Action.Send.class::cast)
                        .findFirst()
                        .orElseThrow();
        assertThat(sent.advertisement().priority()).isEqualTo(150);
    }

    @ParameterizedTest
    @CsvSource({
        // weight, reverse, when good, when bad
        "60, false, 210, 150",
        "-60, false, 150, 90",
        "60, true, 90, 150",
        "-60, true, 150, 210",
        "253, false, 254, 150",
        "-253, false, 150, 1"
    })
    void trackersAddAndTakeAway(int weight, boolean reverse, int whenGood, int whenBad) {
        VirtualRouter router =
                new VirtualRouter(
                        settings(it ->
                                it.trackers =
                                        List.of(
                                                new Tracker(
                                                        "chk",
                                                        Tracker.Kind.YES_OR_NO,
                                                        weight,
                                                        reverse,
                                                        Tracker.Initially.GOOD))));
        assertThat(router.priority()).isEqualTo(whenGood);
        List<Action> actions = router.handle(new Event.Tracked("chk", 0), now);
        assertThat(router.priority()).isEqualTo(whenBad);
        assertThat(said(actions))
                .containsExactly(
                        "(VI_1) Changing effective priority from " + whenGood + " to " + whenBad);
        router.handle(new Event.Tracked("chk", 1), now);
        assertThat(router.priority()).isEqualTo(whenGood);
    }

    @ParameterizedTest
    @CsvSource({
        // weight, reverse, number, priority, fault
        "1, false, 30, 180, false",
        "1, false, 300, 254, false",
        "-2, false, 30, 90, false",
        "1, true, 30, 120, false",
        "1, false, -253, 1, false",
        "1, false, -254, 1, true",
        "0, false, 0, 150, false",
        "0, false, 7, 150, true",
        "0, true, 7, 150, false"
    })
    void aFilesNumberIsMultiplied(
            int weight, boolean reverse, int number, int priority, boolean isFault) {
        Tracker file =
                new Tracker(
                        "file", Tracker.Kind.NUMBER, weight, reverse, Tracker.Initially.AWAITED);
        VirtualRouter router = new VirtualRouter(settings(it -> it.trackers = List.of(file)));
        router.handle(new Event.Tracked("file", number), now);
        startedBackup(router);
        assertThat(router.priority()).isEqualTo(priority);
        assertThat(router.state() instanceof State.Fault).isEqualTo(isFault);
    }

    @Test
    void anOwnersPriorityNeverChanges() {
        VirtualRouter router =
                new VirtualRouter(
                        settings(it -> {
                            it.priority = 255;
                            it.trackers =
                                    List.of(
                                            new Tracker(
                                                    "chk",
                                                    Tracker.Kind.YES_OR_NO,
                                                    -60,
                                                    false,
                                                    Tracker.Initially.GOOD));
                        }));
        router.handle(new Event.Tracked("chk", 0), now);
        assertThat(router.priority()).isEqualTo(255);
    }

    @Test
    void aRouterAwaitsTheFirstResultOfWhatCouldBeAFault() {
        Tracker script =
                new Tracker("chk", Tracker.Kind.YES_OR_NO, 0, false, Tracker.Initially.AWAITED);
        VirtualRouter router = new VirtualRouter(settings(it -> it.trackers = List.of(script)));
        startedBackup(router);
        assertThat(router.state()).isInstanceOf(State.Initial.class);
        assertThat(router.deadline()).isEqualTo(Deadline.NEVER);
        router.handle(new Event.Tracked("chk", 1), now);
        assertThat(router.state()).isInstanceOf(State.Backup.class);
    }

    @Test
    void withoutASourceAddressThereIsNothingToSay() {
        VirtualRouter router = new VirtualRouter(settings(it -> {}));
        router.handle(new Event.Started(), now);
        assertThat(router.state()).isEqualTo(new State.Fault(List.of("source address")));
        router.handle(new Event.SourceChanged(SOURCE), now);
        assertThat(router.state()).isInstanceOf(State.Backup.class);
    }

    @Test
    void oldUnicastChecksumsAreAnsweredInKind() {
        RouterSettings unicast =
                settings(it -> {
                    it.version = 3;
                    it.peers = List.of(RouterSettings.Peer.of(OTHER));
                });
        assertThat(checksumAfterAnOldOne(unicast)).isEqualTo(ChecksumForm.OLD_UNICAST);
        assertThat(checksumAfterAnOldOne(unicast.with(it -> it.guessesChecksum = false)))
                .isEqualTo(ChecksumForm.PSEUDO_HEADER);
    }

    private ChecksumForm checksumAfterAnOldOne(RouterSettings settings) {
        VirtualRouter router = new VirtualRouter(settings);
        startedBackup(router);
        router.handle(heard(router, 1, ChecksumForm.OLD_UNICAST, 0), now);
        now += 4 * SECOND;
        return ((Action.Send)
                        router.handle(new Event.TimePassed(), now).stream()
                                .filter(Action.Send.class::isInstance)
                                .findFirst()
                                .orElseThrow())
                .checksum();
    }

    @Test
    void aRepeatedSequenceNumberIsSomebodysCopy() {
        VirtualRouter router =
                new VirtualRouter(settings(it -> it.authentication = Authentication.header("x")));
        startedBackup(router);
        router.handle(heard(router, 200, ChecksumForm.PSEUDO_HEADER, 7), now);
        Deadline before = router.deadline();
        now += SECOND;
        router.handle(heard(router, 200, ChecksumForm.PSEUDO_HEADER, 7), now);
        assertThat(router.deadline()).isEqualTo(before);
        assertThat(router.statistics().rejected()).containsEntry(Rejection.SEQUENCE, 1L);
        router.handle(heard(router, 200, ChecksumForm.PSEUDO_HEADER, 8), now);
        assertThat(router.deadline()).isNotEqualTo(before);
    }

    /// Or the others would drop what it says after its silence.
    @Test
    void anActiveRouterCountsOnFromWhereALowerOneIs() {
        VirtualRouter router =
                new VirtualRouter(settings(it -> it.authentication = Authentication.header("x")));
        madeActive(router);
        List<Action> actions =
                router.handle(heard(router, 100, ChecksumForm.PSEUDO_HEADER, 500), now);
        Action.Send answer =
                (Action.Send)
                        actions.stream()
                                .filter(Action.Send.class::isInstance)
                                .findFirst()
                                .orElseThrow();
        assertThat(answer.sequence()).isEqualTo(501);
    }

    @Test
    void aGroupActsAsOne() {
        VirtualRouters routers =
                group(settings(it -> it.name = "in"), settings(it -> it.name = "out"));
        start(routers);
        now += 4 * SECOND;
        List<VirtualRouters.Order> orders = routers.handle(new Event.TimePassed(), now);
        assertThat(groupOrders(orders)).containsExactly(State.Name.MASTER);
        assertThat(routers.get("in").state()).isInstanceOf(State.Active.class);

        VirtualRouter out = routers.get("out");
        orders = routers.handle(out, new Event.Tracked("interface eth1", 0), now);
        assertThat(groupOrders(orders)).isEmpty(); // nobody asked about eth1

        orders = routers.handle(out, heard(out, 200), now);
        assertThat(groupOrders(orders)).containsExactly(State.Name.BACKUP);
        assertThat(routers.get("in").state()).isInstanceOf(State.Backup.class);

        orders = routers.handle(out, new Event.SourceChanged(null), now);
        assertThat(groupOrders(orders)).containsExactly(State.Name.FAULT);
        assertThat(routers.get("in").state()).isEqualTo(new State.Fault(List.of("sync group G")));

        orders = routers.handle(out, new Event.SourceChanged(SOURCE), now);
        assertThat(groupOrders(orders)).containsExactly(State.Name.BACKUP);
        assertThat(routers.get("in").state()).isInstanceOf(State.Backup.class);
    }

    @Test
    void aGroupWaitsForItsLastMember() {
        VirtualRouters routers =
                group(settings(it -> it.name = "in"), settings(it -> it.name = "out"));
        start(routers);
        VirtualRouter in = routers.get("in");
        now += 3 * SECOND;
        routers.handle(in, heard(in, 200), now);
        now += SECOND;
        assertThat(groupOrders(routers.handle(new Event.TimePassed(), now))).isEmpty();
        assertThat(routers.get("out").state()).isInstanceOf(State.Backup.class);
        now += 3 * SECOND;
        assertThat(groupOrders(routers.handle(new Event.TimePassed(), now)))
                .containsExactly(State.Name.MASTER);
        assertThat(routers.get("out").state()).isInstanceOf(State.Active.class);
    }

    @Test
    void whoeverIsInAGroupIsContestedWithIt() {
        VirtualRouters routers =
                group(settings(it -> it.name = "in"), settings(it -> it.name = "out"));
        start(routers);
        now += 4 * SECOND;
        routers.handle(new Event.TimePassed(), now);
        VirtualRouter in = routers.get("in");
        List<VirtualRouters.Order> orders = routers.handle(in, heard(in, 100), now);
        List<String> announcing = new ArrayList<>();
        for (VirtualRouters.Order order : orders) {
            if (order instanceof VirtualRouters.Order.OfRouter(var router, Action.Announce _)) {
                announcing.add(router.settings().name());
            }
        }
        assertThat(announcing).containsExactly("in", "out");
    }

    @Test
    void groupsAndRoutersAreNamedOnce() {
        RouterSettings one = settings(it -> it.name = "one");
        assertThatThrownBy(() -> new VirtualRouters(List.of(one, one), Map.of()))
                .hasMessage("two virtual routers named one");
        assertThatThrownBy(() -> new VirtualRouters(List.of(one), Map.of("G", List.of("two"))))
                .hasMessage("no virtual router is named two; there are: [one]");
        assertThatThrownBy(
                        () -> new VirtualRouters(List.of(one), Map.of("G", List.of("one", "one"))))
                .hasMessage("one is in the groups G and G");
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> settings(it -> it.routerId = 256))
                .hasMessage("VI_1: virtual router 1-255, not 256");
        assertThatThrownBy(() -> settings(it -> it.intervalCentis = 50))
                .hasMessage("VI_1: version 2 advertises at whole seconds");
        assertThatThrownBy(() -> settings(it -> it.addresses = List.of(Address.ANY_IPV6)))
                .hasMessage("VI_1: :: is not IPV4");
    }

    private void start(VirtualRouters routers) {
        for (VirtualRouter router : routers.all()) {
            routers.handle(router, new Event.SourceChanged(SOURCE), now);
        }
        routers.handle(new Event.Started(), now);
    }

    private static VirtualRouters group(RouterSettings one, RouterSettings other) {
        return new VirtualRouters(
                List.of(one, other), Map.of("G", List.of(one.name(), other.name())));
    }

    private static List<State.Name> groupOrders(List<VirtualRouters.Order> orders) {
        List<State.Name> states = new ArrayList<>();
        for (VirtualRouters.Order order : orders) {
            if (order instanceof VirtualRouters.Order.OfGroup(String _, State.Name state)) {
                states.add(state);
            }
        }
        return states;
    }
}
