package dev.sluice.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.State;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

/// The real keepalived on one machine, ours on the other, in one virtual router. Times are printed,
/// and held only to what the protocol says is the least.
@Execution(ExecutionMode.CONCURRENT)
final class KeepalivedInteropIT {

    private static final String KEEPALIVED = "192.0.2.1";
    private static final String OURS = "192.0.2.2";

    private VrrpBed bed;

    @BeforeEach
    void build() {
        bed = new VrrpBed();
    }

    @AfterEach
    void clearAway() {
        if (bed != null) {
            bed.close();
        }
    }

    private static State.Name state(VrrpLoop loop) {
        return loop.status().getFirst().state();
    }

    private static void awaitState(VrrpLoop loop, State.Name state) {
        VrrpBed.await("ours " + state, () -> state(loop) == state);
    }

    private void awaitAddresses(VrrpBed.Machine machine, List<Address> addresses) {
        VrrpBed.await("addresses " + addresses, () -> addresses.stream().allMatch(machine::has));
    }

    private void awaitNoAddresses(VrrpBed.Machine machine, List<Address> addresses) {
        VrrpBed.await(
                "no addresses " + addresses, () -> addresses.stream().noneMatch(machine::has));
    }

    private static void measured(String what, double seconds) {
        System.out.printf("  %s: %.4f s%n", what, seconds);
    }

    @ParameterizedTest
    @EnumSource(Virtual.class)
    void keepalivedBelievesOurAdvertisements(Virtual virtual) {
        Keepalived keepalived = bed.first().keepalived(virtual.keepalived(1, 100));
        VrrpLoop ours = bed.second().sluice(virtual.sluice(2, 150));
        awaitState(ours, State.Name.MASTER);
        awaitAddresses(bed.second(), virtual.addresses());
        VrrpBed.await("ten heard", () -> keepalived.statistic("Received:") >= 10);
        for (String error :
                new String[] {
                    "Length:",
                    "TTL:",
                    "Invalid Type:",
                    "Advertisement Interval:",
                    "Address List:",
                    "Type Mismatch:",
                    "Failure:"
                }) {
            assertThat(keepalived.statistic(error)).as(error).isZero();
        }
        assertThat(keepalived.log())
                .doesNotContain("Entering MASTER STATE")
                .doesNotContain("nvalid");
        assertThat(bed.answers(virtual.address())).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Virtual.class)
    void weTakeOverFromAKilledKeepalived(Virtual virtual) {
        WireTap tap = bed.second().tap();
        Keepalived keepalived = bed.first().keepalived(virtual.keepalived(1, 150));
        VrrpLoop ours = bed.second().sluice(virtual.sluice(2, 100));
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpBed.await("three heard", () -> ours.status().getFirst().statistics().received() >= 3);
        RouterStatus status = ours.status().getFirst();
        assertThat(status.state()).isEqualTo(State.Name.BACKUP);
        assertThat(status.active()).hasToString(virtual.sender(1));
        assertThat(status.activePriority()).isEqualTo(150);
        assertThat(status.statistics().rejected()).isEmpty();

        keepalived.kill();
        awaitState(ours, State.Name.MASTER);
        awaitAddresses(bed.second(), virtual.addresses());
        VrrpBed.await("our advert", () -> !tap.adverts(virtual.sender(2)).isEmpty());
        double after = tap.takeOverSeconds(virtual.sender(1), virtual.sender(2));
        measured(virtual + ", take-over from a killed keepalived", after);
        assertThat(after).isGreaterThan(3.608);
    }

    @ParameterizedTest
    @EnumSource(Virtual.class)
    void eachHandsOverToTheOtherWhenItStops(Virtual virtual) {
        WireTap tap = bed.second().tap();
        VrrpLoop ours = bed.second().sluice(virtual.sluice(2, 150));
        Keepalived keepalived = bed.first().keepalived(virtual.keepalived(1, 100));
        awaitState(ours, State.Name.MASTER);
        keepalived.awaitLine("Entering BACKUP STATE");
        VrrpBed.await("three sent", () -> tap.adverts(virtual.sender(2)).size() >= 3);

        ours.close();
        keepalived.awaitLine("Backup received priority 0 advertisement");
        keepalived.awaitLine("Entering MASTER STATE");
        awaitAddresses(bed.first(), virtual.addresses());
        awaitNoAddresses(bed.second(), virtual.addresses());
        measured(
                virtual + ", keepalived after our stop",
                tap.takeOverSeconds(virtual.sender(2), virtual.sender(1)));

        VrrpLoop again = bed.second().sluice(virtual.sluice(2, 90));
        VrrpBed.await("heard", () -> again.status().getFirst().statistics().received() >= 2);
        keepalived.stop();
        awaitState(again, State.Name.MASTER);
        VrrpBed.await(
                "our advert",
                () ->
                        tap.adverts(virtual.sender(2)).getLast().atSeconds()
                                > tap.adverts(virtual.sender(1)).getLast().atSeconds());
        double after = tap.takeOverSeconds(virtual.sender(1), virtual.sender(2));
        measured(virtual + ", ours after keepalived's stop", after);
        assertThat(after).isGreaterThan(0.647);
    }

    @ParameterizedTest
    @CsvSource({"VERSION_2_TWO_ADDRESSES_PASS", "VERSION_3", "VERSION_3_IPV6"})
    void theHigherPriorityTakesOverFromEither(Virtual virtual) {
        Keepalived keepalived = bed.first().keepalived(virtual.keepalived(1, 100));
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpLoop ours = bed.second().sluice(virtual.sluice(2, 150));
        awaitState(ours, State.Name.MASTER);
        keepalived.awaitLine("with higher priority 150, ours 100");
        awaitNoAddresses(bed.first(), virtual.addresses());
        ours.close();
        awaitAddresses(bed.first(), virtual.addresses());

        keepalived.stop();
        VrrpLoop low = bed.second().sluice(virtual.sluice(2, 100));
        awaitState(low, State.Name.MASTER);
        Keepalived high = bed.first().keepalived(virtual.keepalived(1, 150));
        high.awaitLine("Entering MASTER STATE");
        awaitState(low, State.Name.BACKUP);
        awaitNoAddresses(bed.second(), virtual.addresses());
        awaitAddresses(bed.first(), virtual.addresses());
    }

    @Test
    void withoutPreemptionWeStayBehindALowerKeepalived() {
        Keepalived keepalived = bed.first().keepalived(Virtual.VERSION_2.keepalived(1, 100));
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpLoop ours =
                bed.second().sluice(Virtual.VERSION_2.sluice(2, 150, it -> it.preempts = false));
        VrrpBed.await("ten heard", () -> ours.status().getFirst().statistics().received() >= 10);
        assertThat(state(ours)).isEqualTo(State.Name.BACKUP);
        assertThat(keepalived.log()).doesNotContain("higher priority");
    }

    @Test
    void equalPrioritiesDoNotFlapAndASplitIsHealedByAddress() {
        Keepalived keepalived = bed.first().keepalived(Virtual.VERSION_2.keepalived(1, 100));
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpLoop ours = bed.second().sluice(Virtual.VERSION_2.sluice(2, 100));
        VrrpBed.await("five heard", () -> ours.status().getFirst().statistics().received() >= 5);
        assertThat(state(ours)).isEqualTo(State.Name.BACKUP);

        bed.second().isolate();
        awaitState(ours, State.Name.MASTER);
        bed.second().rejoin();
        // Ours is the higher address.
        keepalived.awaitLine("with same priority 100 but higher IP address than ours");
        awaitNoAddresses(bed.first(), Virtual.VERSION_2.addresses());
        assertThat(state(ours)).isEqualTo(State.Name.MASTER);
    }

    @Test
    void afterASplitTheHigherPriorityIsActiveAgain() {
        Keepalived keepalived = bed.first().keepalived(Virtual.VERSION_3.keepalived(1, 150));
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpLoop ours = bed.second().sluice(Virtual.VERSION_3.sluice(2, 100));
        VrrpBed.await("heard", () -> ours.status().getFirst().statistics().received() >= 2);
        bed.second().isolate();
        awaitState(ours, State.Name.MASTER);
        bed.second().rejoin();
        awaitState(ours, State.Name.BACKUP);
        awaitNoAddresses(bed.second(), Virtual.VERSION_3.addresses());
        assertThat(bed.first().has(Virtual.VERSION_3.address())).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0.1, 10, 0.360", "0.01, 1, 0.0360"})
    void subSecondIntervalsTakeOverSooner(String seconds, int centis, double least) {
        WireTap tap = bed.second().tap();
        Keepalived keepalived =
                bed.first()
                        .keepalived(
                                Virtual.VERSION_3.keepalived(1, 150, "  advert_int " + seconds));
        VrrpLoop ours =
                bed.second()
                        .sluice(Virtual.VERSION_3.sluice(2, 100, it -> it.intervalCentis = centis));
        keepalived.awaitLine("Entering MASTER STATE");
        VrrpBed.await("heard", () -> ours.status().getFirst().statistics().received() >= 30);
        keepalived.kill();
        awaitState(ours, State.Name.MASTER);
        VrrpBed.await("our advert", () -> !tap.adverts(OURS).isEmpty());
        double after = tap.takeOverSeconds(KEEPALIVED, OURS);
        measured("advert_int " + seconds + ", take-over from a killed keepalived", after);
        assertThat(after).isGreaterThan(least);
    }

    @Test
    void aPulledCableMovesTheAddressesAndPluggingItInBringsThemBack() {
        Virtual virtual = Virtual.VERSION_2;
        Keepalived keepalived = bed.first().keepalived(virtual.keepalived(1, 100));
        VrrpLoop ours = bed.second().sluice(virtual.sluice(2, 150));
        awaitState(ours, State.Name.MASTER);
        bed.second().pull();
        awaitState(ours, State.Name.FAULT);
        awaitNoAddresses(bed.second(), virtual.addresses());
        keepalived.awaitLine("Entering MASTER STATE");
        bed.second().plug();
        awaitState(ours, State.Name.MASTER);
        awaitAddresses(bed.second(), virtual.addresses());
        awaitNoAddresses(bed.first(), virtual.addresses());
    }

    @Test
    void anAddressDeletedByHandComesBack() {
        Virtual virtual = Virtual.VERSION_2_TWO_ADDRESSES_PASS;
        WireTap tap = bed.second().tap();
        bed.first().keepalived(virtual.keepalived(1, 100));
        VrrpLoop ours = bed.second().sluice(virtual.sluice(2, 150));
        awaitState(ours, State.Name.MASTER);
        awaitAddresses(bed.second(), virtual.addresses());
        bed.second().delete(virtual.address(), 24);
        VrrpBed.await(
                "priority 0",
                () -> tap.adverts(OURS).stream().anyMatch(it -> it.text().contains("prio 0")));
        awaitAddresses(bed.second(), virtual.addresses());
        awaitState(ours, State.Name.MASTER);
    }

    @Test
    void addressesCarryTheirLabelAndCachesAreToldFiveTimesAndFiveTimesAgain() {
        WireTap tap = bed.first().tap();
        Instance instance = Virtual.VERSION_2.sluice(2, 150);
        VirtualAddress labelled =
                VirtualAddress.of(Virtual.VERSION_2.address(), 24).labelled("eth1:18");
        VrrpLoop ours =
                bed.second()
                        .sluice(
                                Instance.of(
                                        instance.router(), VrrpBed.INTERFACE, List.of(labelled)));
        awaitState(ours, State.Name.MASTER);
        awaitAddresses(bed.second(), Virtual.VERSION_2.addresses());
        assertThat(bed.second().ipAddr())
                .contains("inet 192.0.2.100/24 scope global secondary eth1:18");
        String announcement = "Request who-has 192.0.2.100 (ff:ff:ff:ff:ff:ff) tell 192.0.2.100";
        VrrpBed.await(
                "ten announcements",
                () ->
                        tap.seen().stream().filter(it -> it.text().contains(announcement)).count()
                                == 10);
        ours.announce();
        VrrpBed.await(
                "five more on demand",
                () ->
                        tap.seen().stream().filter(it -> it.text().contains(announcement)).count()
                                == 15);
    }

    @Test
    void neighbourAdvertisementsTellWhereIpv6AddressesAre() {
        WireTap tap = bed.first().tap();
        VrrpLoop ours = bed.second().sluice(Virtual.VERSION_3_IPV6.sluice(2, 150));
        awaitState(ours, State.Name.MASTER);
        String announcement = "neighbor advertisement, tgt is 2001:db8::100";
        VrrpBed.await(
                "five announcements",
                () ->
                        tap.seen().stream().filter(it -> it.text().contains(announcement)).count()
                                >= 5);
        assertThat(bed.answers(Virtual.VERSION_3_IPV6.address())).isTrue();
    }

    /// Two virtual routers in a group on both sides; one of ours loses an interface.
    @Test
    void aSynchronisationGroupMovesAsAWhole() {
        int extra = bed.second().addInterface("extra");
        Address one = Address.parse("192.0.2.100");
        Address other = Address.parse("192.0.2.200");
        Keepalived keepalived =
                bed.first()
                        .keepalived(
                                """
                                vrrp_sync_group G {
                                  group {
                                    VI_1
                                    VI_2
                                  }
                                }
                                vrrp_instance VI_1 {
                                  interface eth1
                                  virtual_router_id 51
                                  priority 100
                                  virtual_ipaddress {
                                    192.0.2.100/24
                                  }
                                }
                                vrrp_instance VI_2 {
                                  interface eth1
                                  virtual_router_id 52
                                  priority 100
                                  virtual_ipaddress {
                                    192.0.2.200/24
                                  }
                                }
                                """);
        VrrpLoop ours =
                bed.second()
                        .sluice(
                                new VrrpSettings(
                                        List.of(member("VI_1", 51, one), member("VI_2", 52, other)),
                                        List.of(
                                                new RouterGroup(
                                                        "G",
                                                        List.of("VI_1", "VI_2"),
                                                        Notify.NOBODY)),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        0,
                                        0,
                                        false));
        awaitAddresses(bed.second(), List.of(one, other));
        bed.second().setUp(extra, false);
        awaitAddresses(bed.first(), List.of(one, other));
        awaitNoAddresses(bed.second(), List.of(one, other));
        keepalived.awaitLine("VRRP_Group(G) Syncing instances to MASTER state");
        assertThat(ours.status()).extracting(RouterStatus::state).containsOnly(State.Name.FAULT);
        bed.second().setUp(extra, true);
        awaitAddresses(bed.second(), List.of(one, other));
        awaitNoAddresses(bed.first(), List.of(one, other));
    }

    private static Instance member(String name, int routerId, Address address) {
        RouterSettings router =
                RouterSettings.of(Family.IPV4)
                        .with(it -> {
                            it.name = name;
                            it.routerId = routerId;
                            it.priority = 150;
                            it.trackers = List.of(Instance.interfaceTracker("extra", 0, false));
                        });
        return Instance.of(router, VrrpBed.INTERFACE, List.of(VirtualAddress.of(address, 24)));
    }
}
