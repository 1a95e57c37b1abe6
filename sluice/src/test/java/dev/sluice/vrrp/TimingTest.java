package dev.sluice.vrrp;

import static dev.sluice.vrrp.Simulation.MILLI;
import static dev.sluice.vrrp.Simulation.SECOND;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// When things happen between two routers on a good network: keepalived's measured times.
final class TimingTest {

    private final Simulation network = new Simulation(new SplittableRandom(0));

    private static RouterSettings router(Consumer<RouterSettings.Changes> changes) {
        return RouterSettings.of(Family.IPV4)
                .with(it -> it.addresses = List.of(Address.parse("192.0.2.100")))
                .with(changes);
    }

    private static RouterSettings priority(int priority) {
        return router(it -> it.priority = priority);
    }

    private Simulation.Host started(String name, RouterSettings settings) {
        Simulation.Host host = network.host(name, settings);
        host.start();
        return host;
    }

    /// The last advertisement of one to the first of the other.
    private double takeOverSeconds(Simulation.Host before, Simulation.Host after) {
        return (network.sentBy(after).getFirst().atNanos()
                        - network.sentBy(before).getLast().atNanos())
                / 1e9;
    }

    @ParameterizedTest
    @CsvSource({"2, 100, 3.609", "3, 100, 3.609", "3, 10, 0.361", "3, 1, 0.0361"})
    void aKilledRoutersPlaceIsTakenAfterThreeIntervalsAndTheSkew(
            int version, int centis, double seconds) {
        Simulation.Host first =
                started(
                        "first",
                        router(it -> {
                            it.version = version;
                            it.intervalCentis = centis;
                            it.priority = 150;
                        }));
        Simulation.Host second =
                started(
                        "second",
                        router(it -> {
                            it.version = version;
                            it.intervalCentis = centis;
                        }));
        network.run(20 * SECOND);
        assertThat(second.transitions()).containsExactly("VI_1 BACKUP 100");
        first.kill();
        network.run(20 * SECOND);
        assertThat(takeOverSeconds(first, second)).isCloseTo(seconds, within(0.001));
        assertThat(second.transitions()).containsExactly("VI_1 BACKUP 100", "VI_1 MASTER 100");
    }

    @Test
    void aStoppedRoutersPlaceIsTakenAfterTheSkew() {
        Simulation.Host first = started("first", priority(150));
        Simulation.Host second = started("second", priority(100));
        network.run(10 * SECOND);
        first.stop();
        assertThat(network.sentBy(first).getLast().priority()).isZero();
        network.run(SECOND);
        assertThat(takeOverSeconds(first, second)).isCloseTo(0.609, within(0.001));
        assertThat(first.transitions())
                .containsExactly("VI_1 BACKUP 150", "VI_1 MASTER 150", "VI_1 STOP 150");
        assertThat(first.holdsAddresses("VI_1")).isFalse();
    }

    @Test
    void aBackupRouterStopsInSilence() {
        Simulation.Host only = started("only", priority(100));
        network.run(SECOND);
        only.stop();
        network.run(10 * SECOND);
        assertThat(network.sent()).isEmpty();
    }

    @Test
    void aLonelyRouterWaitsBeforeItIsActive() {
        started("only", priority(150));
        network.run(10 * SECOND);
        assertThat(network.sent().getFirst().atNanos() / 1e9).isCloseTo(3.414, within(0.001));
    }

    @Test
    void thePreemptDelayIsNotForARouterThatIsAlone() {
        started(
                "only",
                router(it -> {
                    it.priority = 100;
                    it.intervalCentis = 300;
                    it.preemptDelayNanos = 60 * SECOND;
                }));
        network.run(20 * SECOND);
        assertThat(network.sent().getFirst().atNanos() / 1e9).isCloseTo(9.609, within(0.001));
    }

    @Test
    void theStartupDelayComesFirst() {
        started(
                "only",
                router(it -> {
                    it.priority = 150;
                    it.startupDelayNanos = 10 * SECOND;
                }));
        network.run(20 * SECOND);
        assertThat(network.sent().getFirst().atNanos() / 1e9).isCloseTo(13.414, within(0.001));
    }

    @Test
    void anOwnerThatWantsToIsActiveAtOnce() {
        Simulation.Host owner =
                started(
                        "owner",
                        router(it -> {
                            it.priority = 255;
                            it.startsActive = true;
                        }));
        network.run(1);
        assertThat(network.sent()).hasSize(1);
        assertThat(owner.transitions()).containsExactly("VI_1 MASTER 255");
    }

    @Test
    void aHigherPriorityTakesOverAfterItsOwnTimer() {
        Simulation.Host first = network.host("first", priority(100));
        Simulation.Host second = network.host("second", priority(150));
        first.start();
        network.run(20 * SECOND);
        second.start();
        long start = network.now();
        network.run(20 * SECOND);
        double after = (network.sentBy(second).getFirst().atNanos() - start) / 1e9;
        assertThat(after).isCloseTo(3.414, within(0.001));
        assertThat(first.transitions())
                .containsExactly("VI_1 BACKUP 100", "VI_1 MASTER 100", "VI_1 BACKUP 100");
        assertThat(first.holdsAddresses("VI_1")).isFalse();
    }

    @Test
    void aHigherPriorityLeavesTheOtherAloneForThePreemptDelay() {
        Simulation.Host first = network.host("first", priority(100));
        Simulation.Host second =
                network.host(
                        "second",
                        router(it -> {
                            it.priority = 150;
                            it.preemptDelayNanos = 5 * SECOND;
                        }));
        first.start();
        network.run(20 * SECOND);
        second.start();
        long start = network.now();
        network.run(20 * SECOND);
        double after = (network.sentBy(second).getFirst().atNanos() - start) / 1e9;
        assertThat(after).isBetween(8.0, 9.0);
    }

    @Test
    void withoutPreemptionTheOtherStays() {
        Simulation.Host first = network.host("first", priority(100));
        Simulation.Host second =
                network.host(
                        "second",
                        router(it -> {
                            it.priority = 150;
                            it.preempts = false;
                        }));
        first.start();
        network.run(20 * SECOND);
        second.start();
        network.run(60 * SECOND);
        assertThat(second.transitions()).containsExactly("VI_1 BACKUP 150");
        first.kill();
        network.run(10 * SECOND);
        assertThat(second.isActive("VI_1")).isTrue();
    }

    @Test
    void whoLosesItsScriptIsReplacedByTheOther() {
        RouterSettings tracked =
                router(it -> {
                    it.priority = 150;
                    it.trackers =
                            List.of(
                                    new Tracker(
                                            "chk",
                                            Tracker.Kind.YES_OR_NO,
                                            -60,
                                            false,
                                            Tracker.Initially.AWAITED));
                });
        Simulation.Host first = started("first", tracked);
        Simulation.Host second = started("second", priority(100));
        network.run(20 * SECOND + 500 * MILLI);
        long failed = network.now();
        first.tell("VI_1", new Event.Tracked("chk", 0));
        network.run(20 * SECOND);
        assertThat(network.sentBy(first)).anyMatch(advert -> advert.priority() == 90);
        double after = (network.sentBy(second).getFirst().atNanos() - failed) / 1e9;
        assertThat(after).isBetween(2.6, 3.61);
        assertThat(network.active("VI_1")).containsExactly(second);

        long recovered = network.now();
        first.tell("VI_1", new Event.Tracked("chk", 1));
        network.run(20 * SECOND);
        assertThat(network.active("VI_1")).containsExactly(first);
        long back =
                network.sentBy(first).stream()
                        .filter(advert -> advert.atNanos() > recovered)
                        .findFirst()
                        .orElseThrow()
                        .atNanos();
        assertThat((back - recovered) / 1e9).isBetween(2.4, 3.62);
    }

    @Test
    void aFaultIsToldAndLeavesOnlyTheSkewToWait() {
        RouterSettings tracked =
                router(it -> {
                    it.priority = 150;
                    it.trackers = List.of(Tracker.required("interface eth1"));
                });
        Simulation.Host first = started("first", tracked);
        Simulation.Host second = started("second", priority(100));
        network.run(20 * SECOND);
        first.tell("VI_1", new Event.Tracked("interface eth1", 0));
        network.run(5 * SECOND);
        assertThat(takeOverSeconds(first, second)).isCloseTo(0.609, within(0.001));
        assertThat(first.transitions()).endsWith("VI_1 FAULT 150");
        first.tell("VI_1", new Event.Tracked("interface eth1", 1));
        long cured = network.now();
        network.run(5 * SECOND);
        assertThat(first.transitions()).endsWith("VI_1 BACKUP 150", "VI_1 MASTER 150");
        long back = network.sentBy(first).getLast().atNanos();
        assertThat((back - cured) / 1e9).isGreaterThan(3.4);
    }

    @Test
    void whoLosesAnAddressIsElectedAgainAfterItsSkew() {
        Simulation.Host first = started("first", priority(150));
        Simulation.Host second = started("second", priority(100));
        network.run(20 * SECOND);
        long lost = network.now();
        first.tell("VI_1", new Event.AddressLost(Address.parse("192.0.2.100")));
        assertThat(network.sentBy(first).getLast().priority()).isZero();
        network.run(SECOND);
        long back = network.sentBy(first).getLast().atNanos();
        assertThat((back - lost) / 1e9).isCloseTo(0.414, within(0.001));
        assertThat(second.transitions()).containsExactly("VI_1 BACKUP 100");
    }

    @Test
    void version3TakesTheActiveRoutersInterval() {
        Simulation.Host first =
                started(
                        "first",
                        router(it -> {
                            it.version = 3;
                            it.intervalCentis = 20;
                            it.priority = 150;
                        }));
        Simulation.Host second =
                started(
                        "second",
                        router(it -> {
                            it.version = 3;
                            it.intervalCentis = 100;
                        }));
        network.run(20 * SECOND);
        first.kill();
        network.run(20 * SECOND);
        // 3 × 0.2 s and 156/256 of 0.2 s, then at its own pace.
        assertThat(takeOverSeconds(first, second)).isCloseTo(0.722, within(0.001));
        List<Simulation.Sent> adverts = network.sentBy(second);
        assertThat(adverts.get(1).atNanos() - adverts.get(0).atNanos()).isEqualTo(SECOND);
    }

    @Test
    void cachesAreToldFiveTimesAndFiveTimesAgain() {
        Simulation.Host only = started("only", priority(150));
        network.run(20 * SECOND);
        assertThat(only.announcements()).hasSize(10);
        long first = only.announcements().getFirst();
        assertThat(only.announcements().subList(0, 5)).containsOnly(first);
        assertThat(first).isEqualTo(network.sent().getFirst().atNanos());
        assertThat(only.announcements().get(5) - first).isEqualTo(5 * SECOND);
        assertThat(only.announcements().subList(5, 10)).containsOnly(only.announcements().get(5));
    }

    @Test
    void cachesAreToldAgainAndAgainWhenAsked() {
        Simulation.Host only =
                started(
                        "only",
                        router(it -> {
                            it.priority = 150;
                            it.announcing =
                                    new RouterSettings.Announcing(1, 0, 10 * SECOND, 2, 0, 0);
                        }));
        network.run(25 * SECOND);
        assertThat(only.announcements()).hasSize(1 + 2 + 2);
    }

    @Test
    void anActiveRouterThatHearsALowerOneAssertsItself() {
        Simulation.Host first = started("first", priority(150));
        Simulation.Host second = started("second", priority(100));
        network.cut(first, second, "VI_1");
        network.run(20 * SECOND + 500 * MILLI); // the second advertises next
        assertThat(network.active("VI_1")).containsExactly(first, second);
        int before = first.announcements().size();
        network.healNetwork();
        network.run(SECOND + MILLI);
        assertThat(network.active("VI_1")).containsExactly(first);
        network.run(10 * SECOND);
        assertThat(first.announcements().size() - before).isEqualTo(10);
    }

    @Test
    void ofTwoEqualActiveRoutersTheHigherAddressStays() {
        Simulation.Host first = started("first", priority(100));
        Simulation.Host second = started("second", priority(100));
        network.cut(first, second, "VI_1");
        network.run(20 * SECOND);
        network.healNetwork();
        network.run(2 * SECOND);
        assertThat(network.active("VI_1")).containsExactly(second);
    }

    @Test
    void equalPrioritiesDoNotFlap() {
        Simulation.Host first = network.host("first", priority(100));
        Simulation.Host second = network.host("second", priority(100));
        first.start();
        network.run(5 * SECOND);
        second.start();
        network.run(60 * SECOND);
        assertThat(network.active("VI_1")).containsExactly(first);
        assertThat(second.transitions()).containsExactly("VI_1 BACKUP 100");
    }

    @Test
    void ofTwoOwnersOneStays() {
        RouterSettings owner =
                router(it -> {
                    it.priority = 255;
                    it.startsActive = true;
                });
        Simulation.Host first = started("first", owner);
        Simulation.Host second = started("second", owner);
        network.run(10 * SECOND);
        assertThat(network.active("VI_1")).containsExactly(second);
        assertThat(first.router().priority()).isEqualTo(254);
    }

    @Test
    void routersWithDifferentAddressesAreBothActive() {
        Simulation.Host first = started("first", priority(150));
        Simulation.Host second =
                started(
                        "second",
                        router(it -> {
                            it.addresses =
                                    List.of(
                                            Address.parse("192.0.2.100"),
                                            Address.parse("192.0.2.101"));
                        }));
        network.run(20 * SECOND);
        assertThat(network.active("VI_1")).containsExactly(first, second);
        assertThat(second.router().statistics().errors(Rejection.Statistic.ADDRESS_LIST))
                .isPositive();
        assertThat(second.router().statistics().received()).isZero();
    }

    private static Offset<Double> within(double seconds) {
        return Offset.offset(seconds);
    }
}
