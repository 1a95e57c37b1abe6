package dev.sluice.control;

import static dev.sluice.control.Origin.OPERATOR;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.control.Edit.AddServer;
import dev.sluice.control.Edit.AddService;
import dev.sluice.control.Edit.Clear;
import dev.sluice.control.Edit.DeleteServer;
import dev.sluice.control.Edit.DeleteService;
import dev.sluice.control.Edit.EditServer;
import dev.sluice.control.Edit.EditService;
import dev.sluice.control.Edit.SetTimeouts;
import dev.sluice.control.Refusal.Reason;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Encapsulation.Checksum;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Pick;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.Flow;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

final class TableTest {

    private static final long SECOND = 1_000_000_000L;
    private static final ServiceKey WEB =
            new ServiceKey.AtAddress(Protocol.TCP, Address.parse("192.168.50.100"), 80);
    private static final Address A = Address.parse("10.20.0.11");
    private static final Address B = Address.parse("10.20.0.12");
    private static final ServerSettings NAT = ServerSettings.of(Forwarding.NAT, 1);
    private static final ServiceSettings RR = ServiceSettings.scheduledBy("rr");

    private final List<Configuration> published = new ArrayList<>();
    private final List<String> schedulerEvents = new ArrayList<>();
    private final Table table = table(published::add);

    @Test
    void everyChangeIsPublishedOnce() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        table.apply(
                new EditServer(
                        OPERATOR, WEB, at(A, 80), ServerSettings.of(Forwarding.DIRECT_ROUTING, 7)));
        table.apply(new SetTimeouts(OPERATOR, 30, 0, 60));
        table.apply(new DeleteServer(OPERATOR, WEB, at(A, 80)));
        table.apply(new DeleteService(OPERATOR, WEB));
        table.apply(new Clear(OPERATOR));
        assertThat(published).hasSize(7);
        assertThat(published.get(2).service(WEB))
                .satisfies(s -> assertThat(only(s).weight()).isEqualTo(7));
        assertThat(published.get(3).timeouts()).isEqualTo(new Timeouts(30, 120, 60));
        assertThat(published.get(1).timeouts()).isEqualTo(Timeouts.DEFAULT);
        assertThat(table.configuration()).isSameAs(published.getLast());
        assertThat(table.configuration().services()).isEmpty();
    }

    @Test
    void aRefusedChangePublishesNothing() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        published.clear();
        ServiceKey other = new ServiceKey.AtMark(Family.IPV4, 7);
        ServerSettings crossed = new ServerSettings(Forwarding.NAT, 1, 5, 6, Encapsulation.IPIP);

        assertRefused(Reason.SERVICE_EXISTS, () -> table.apply(new AddService(OPERATOR, WEB, RR)));
        assertRefused(
                Reason.NO_SUCH_SERVICE, () -> table.apply(new EditService(OPERATOR, other, RR)));
        assertRefused(
                Reason.NO_SUCH_SERVICE, () -> table.apply(new DeleteService(OPERATOR, other)));
        assertThat(table.zero(other)).isFalse();
        assertThat(table.service(other)).isEmpty();
        assertRefused(
                Reason.SERVICE_NOT_DEFINED,
                () -> table.apply(new AddServer(OPERATOR, other, at(A, 80), NAT)));
        assertRefused(
                Reason.SERVICE_NOT_DEFINED,
                () -> table.apply(new EditServer(OPERATOR, other, at(A, 80), NAT)));
        assertRefused(
                Reason.SERVICE_NOT_DEFINED,
                () -> table.apply(new DeleteServer(OPERATOR, other, at(A, 80))));
        assertRefused(
                Reason.DESTINATION_EXISTS,
                () -> table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT)));
        assertRefused(
                Reason.NO_SUCH_DESTINATION,
                () -> table.apply(new EditServer(OPERATOR, WEB, at(A, 81), NAT)));
        assertRefused(
                Reason.NO_SUCH_DESTINATION,
                () -> table.apply(new DeleteServer(OPERATOR, WEB, at(B, 80))));
        assertRefused(
                Reason.OUT_OF_RANGE,
                () -> table.apply(new AddServer(OPERATOR, WEB, at(B, 80), crossed)));
        assertRefused(
                Reason.OUT_OF_RANGE,
                () -> table.apply(new EditServer(OPERATOR, WEB, at(A, 80), crossed)));
        assertThat(published).isEmpty();
    }

    @Test
    void whatTheDirectorCannotDoIsRefused() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        ServiceKey dns = new ServiceKey.AtAddress(Protocol.UDP, B, 53);
        assertRefused(
                Reason.SCHEDULER_NOT_FOUND,
                () ->
                        table.apply(
                                new AddService(OPERATOR, dns, ServiceSettings.scheduledBy("mh"))));
        assertRefused(
                Reason.SCHEDULER_NOT_FOUND,
                () ->
                        table.apply(
                                new AddService(
                                        OPERATOR,
                                        dns,
                                        new ServiceSettings("rr", 0, null, "sip", false))));
    }

    @Test
    void onlyATunnelledServerMayBeOfTheOtherFamily() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        ServerKey other = at(Address.parse("2001:db8::1"), 80);
        table.apply(new AddServer(OPERATOR, WEB, other, ServerSettings.of(Forwarding.TUNNEL, 1)));
        assertRefused(Reason.INVALID, () -> table.apply(new EditServer(OPERATOR, WEB, other, NAT)));
        Encapsulation portless = new Encapsulation(Encapsulation.Type.GUE, 0, Checksum.NONE);
        ServerSettings gue = new ServerSettings(Forwarding.TUNNEL, 1, 0, 0, portless);
        assertRefused(Reason.INVALID, () -> table.apply(new EditServer(OPERATOR, WEB, other, gue)));
    }

    @Test
    void serversAreUnicastAndOfTheServicesFamily() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        for (String address : List.of("224.0.0.1", "255.255.255.255", "0.0.0.0", "2001:db8::1")) {
            assertRefused(
                    Reason.INVALID,
                    () ->
                            table.apply(
                                    new AddServer(
                                            OPERATOR, WEB, at(Address.parse(address), 80), NAT)));
        }
        ServiceKey web6 =
                new ServiceKey.AtAddress(Protocol.TCP, Address.parse("2001:db8::100"), 80);
        table.apply(new AddService(OPERATOR, web6, RR));
        for (String address : List.of("ff02::1", "fe80::1", "febf::1", "::", "10.0.0.1")) {
            assertRefused(
                    Reason.INVALID,
                    () ->
                            table.apply(
                                    new AddServer(
                                            OPERATOR, web6, at(Address.parse(address), 80), NAT)));
        }
        table.apply(new AddServer(OPERATOR, web6, at(Address.parse("fec0::1"), 80), NAT));
        table.apply(new AddServer(OPERATOR, web6, at(Address.parse("::1"), 80), NAT));
        table.apply(new AddServer(OPERATOR, WEB, at(Address.parse("127.0.0.1"), 80), NAT));
    }

    @Test
    void theNewestServerIsFirstAndAnEditDoesNotMoveIt() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        table.apply(new AddServer(OPERATOR, WEB, at(B, 80), NAT));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 81), NAT));
        table.apply(new EditServer(OPERATOR, WEB, at(A, 80), ServerSettings.of(Forwarding.NAT, 9)));
        assertThat(servers()).extracting(RealServer::port).containsExactly(81, 80, 80);
        assertThat(servers()).extracting(RealServer::address).containsExactly(A, B, A);
        table.apply(new DeleteServer(OPERATOR, WEB, at(A, 80)));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        assertThat(servers()).extracting(RealServer::address).containsExactly(A, A, B);
    }

    @Test
    void anEditKeepsServersAndCountersAndReplacesTheRest() throws Exception {
        Persistence hour = new Persistence(3600, 0, 0xffff_ffffL);
        table.apply(new AddService(OPERATOR, WEB, new ServiceSettings("wrr", 0, hour, "", false)));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        VirtualService before = service();
        before.tally().add(0, Count.CONNECTIONS, 5);
        table.apply(new EditService(OPERATOR, WEB, RR));
        VirtualService after = service();
        assertThat(after.persistence()).isNull();
        assertThat(after.servers().get(0).address()).isEqualTo(A);
        assertThat(after.tally()).isSameAs(before.tally());
        assertThat(after.id()).isEqualTo(before.id());
        assertThat(table.service(WEB).orElseThrow().totals().connections()).isEqualTo(5);
    }

    @Test
    void schedulersSeeEveryChangeInOrderAndANewOneMeetsAllServersAtOnce() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        table.apply(new AddServer(OPERATOR, WEB, at(B, 80), NAT));
        table.apply(new EditServer(OPERATOR, WEB, at(B, 80), NAT));
        table.apply(new EditService(OPERATOR, WEB, RR));
        table.apply(new EditService(OPERATOR, WEB, ServiceSettings.scheduledBy("lc")));
        table.apply(new DeleteServer(OPERATOR, WEB, at(A, 80)));
        assertThat(schedulerEvents)
                .containsExactly(
                        "rr with 0",
                        "rr 0 -> 1",
                        "rr 1 -> 2",
                        "rr 2 -> 2",
                        "lc with 2",
                        "lc 2 -> 1");
    }

    @Test
    void aRemovedServerStaysKnownByItsIdAndIsRevivedWithItsConnections() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        RealServer before = only(service());
        before.tally().add(0, Count.ACTIVE, 2);
        before.tally().add(0, Count.CONNECTIONS, 2);

        table.apply(new DeleteServer(OPERATOR, WEB, at(A, 80)));
        assertThat(service().servers().size()).isZero();
        RealServer removed = Objects.requireNonNull(table.configuration().server(before.id()));
        assertThat(removed.available()).isFalse();
        assertThat(removed.tally()).isSameAs(before.tally());

        table.apply(new AddServer(OPERATOR, WEB, at(B, 80), NAT));
        assertThat(only(service()).id()).isNotEqualTo(before.id());

        table.apply(
                new AddServer(
                        OPERATOR, WEB, at(A, 80), ServerSettings.of(Forwarding.DIRECT_ROUTING, 3)));
        RealServer revived = servers().getFirst();
        assertThat(revived.id()).isEqualTo(before.id());
        assertThat(revived.available()).isTrue();
        assertThat(revived.weight()).isEqualTo(3);
        ServerStatus status = table.service(WEB).orElseThrow().newestFirst().getFirst();
        assertThat(status.activeConnections()).isEqualTo(2);
        assertThat(status.totals().connections()).isEqualTo(2);
    }

    @Test
    void aServerRevivedInAServiceMadeAnewIsCountedFromZero() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        only(service()).tally().add(0, Count.ACTIVE, 1);
        only(service()).tally().add(0, Count.CONNECTIONS, 4);
        int id = service().id();
        table.apply(new DeleteService(OPERATOR, WEB));
        table.apply(new AddService(OPERATOR, WEB, RR));
        assertThat(service().id()).as("templates find it again").isEqualTo(id);
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        ServerStatus status = table.service(WEB).orElseThrow().newestFirst().getFirst();
        assertThat(status.activeConnections()).isEqualTo(1);
        assertThat(status.totals()).isEqualTo(Figures.ZERO);
    }

    @Test
    void anIdIsFreeAgainTwoMinutesAfterNothingRefersToIt() throws Exception {
        table.poll(0);
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        int id = only(service()).id();
        only(service()).tally().add(0, Count.INACTIVE, 1);
        RealServer old = only(service());
        table.apply(new DeleteServer(OPERATOR, WEB, at(A, 80)));
        table.poll(600 * SECOND);
        assertThat(table.configuration().server(id)).isNotNull();

        old.tally().add(0, Count.INACTIVE, -1);
        table.poll(660 * SECOND); // marked idle
        table.poll(720 * SECOND);
        assertThat(table.configuration().server(id)).isNotNull();
        table.apply(new AddServer(OPERATOR, WEB, at(B, 80), NAT));
        assertThat(only(service()).id()).isNotEqualTo(id);

        table.poll(780 * SECOND);
        assertThat(table.configuration().server(id)).isNull();
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        RealServer fresh = servers().getFirst();
        assertThat(fresh.id()).isEqualTo(id);
        assertThat(fresh.tally()).isNotSameAs(old.tally());
    }

    @Test
    void aHigherUpperThresholdEndsAnOverloadAndTheSameOneDoesNot() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        ServerSettings two = new ServerSettings(Forwarding.NAT, 1, 2, 0, Encapsulation.IPIP);
        ServerSettings three = new ServerSettings(Forwarding.NAT, 1, 3, 0, Encapsulation.IPIP);
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), two));
        only(service()).tally().add(0, Count.ACTIVE, 2);
        only(service()).afterBinding();
        table.apply(new EditServer(OPERATOR, WEB, at(A, 80), two));
        assertThat(only(service()).isOverloaded()).isTrue();
        table.apply(new EditServer(OPERATOR, WEB, at(A, 80), three));
        assertThat(only(service()).isOverloaded()).isFalse();
    }

    @Test
    void zeroHidesWhatWasCountedAndKeepsConnections() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        service().tally().add(0, Count.IN_PACKETS, 10);
        only(service()).tally().add(0, Count.IN_PACKETS, 10);
        only(service()).tally().add(0, Count.ACTIVE, 3);
        table.zero(WEB);
        ServiceStatus status = table.service(WEB).orElseThrow();
        assertThat(status.totals()).isEqualTo(Figures.ZERO);
        assertThat(status.newestFirst().getFirst().totals()).isEqualTo(Figures.ZERO);
        assertThat(status.newestFirst().getFirst().activeConnections()).isEqualTo(3);
        service().tally().add(0, Count.IN_PACKETS, 1);
        assertThat(table.service(WEB).orElseThrow().totals().inPackets()).isEqualTo(1);
        table.zeroAll();
        assertThat(table.service(WEB).orElseThrow().totals()).isEqualTo(Figures.ZERO);
    }

    @Test
    void ratesTickEveryTwoSeconds() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.poll(0);
        service().tally().add(0, Count.IN_PACKETS, 100);
        assertThat(table.nextDeadlineNanos(0)).isEqualTo(2 * SECOND);
        table.poll(2 * SECOND - 1);
        assertThat(table.service(WEB).orElseThrow().perSecond().inPackets()).isZero();
        table.poll(2 * SECOND);
        assertThat(table.service(WEB).orElseThrow().perSecond().inPackets()).isEqualTo(12);
        table.poll(4 * SECOND);
        assertThat(table.service(WEB).orElseThrow().perSecond().inPackets()).isEqualTo(9);
    }

    @Test
    void fact71WithoutEstimationRatesStandStill() throws Exception {
        table.apply(new AddService(OPERATOR, WEB, RR));
        table.apply(new Edit.SetSetting(OPERATOR, Setting.RUN_ESTIMATION, "0"));
        table.poll(0);
        service().tally().add(0, Count.IN_PACKETS, 100);
        table.poll(2 * SECOND);
        assertThat(table.service(WEB).orElseThrow().perSecond().inPackets()).isZero();
    }

    @Test
    void measuresOfDefenceBeginAndEndWithShortMemory() throws Exception {
        long[] free = {2000};
        Table watching = new Table(Capabilities.DIRECTOR, 1, published::add, () -> free[0]);
        watching.poll(0);
        assertThat(watching.nextDeadlineNanos(0)).isEqualTo(2 * SECOND);
        watching.apply(new Edit.SetSetting(OPERATOR, Setting.DROP_ENTRY, "1"));
        assertThat(watching.nextDeadlineNanos(0)).as("looks each second").isEqualTo(SECOND);
        int before = published.size();
        watching.poll(SECOND);
        assertThat(published).as("nothing to tell").hasSize(before);

        free[0] = 1000;
        watching.poll(2 * SECOND);
        assertThat(watching.desired().policy().get(Setting.DROP_ENTRY)).isEqualTo(2);
        assertThat(published.getLast().policy().isInForce(Setting.DROP_ENTRY)).isTrue();
        free[0] = 3000;
        watching.poll(3 * SECOND);
        assertThat(published.getLast().policy().isInForce(Setting.DROP_ENTRY)).isFalse();

        free[0] = 0;
        watching.apply(new Edit.SetSetting(OPERATOR, Setting.SECURE_TCP, "1"));
        assertThat(watching.desired().policy().get(Setting.SECURE_TCP))
                .as("looked at with each setting too")
                .isEqualTo(2);
    }

    @Test
    void whenPublishingFailsNothingHasChanged() throws Exception {
        boolean[] broken = {false};
        Table fragile =
                table(configuration -> {
                    if (broken[0]) {
                        throw new IllegalStateException("map full");
                    }
                    published.add(configuration);
                });
        fragile.apply(new AddService(OPERATOR, WEB, RR));
        fragile.apply(new AddServer(OPERATOR, WEB, at(A, 80), NAT));
        broken[0] = true;
        assertThatExceptionOfType(PublicationException.class)
                .isThrownBy(() -> fragile.apply(new AddServer(OPERATOR, WEB, at(B, 80), NAT)));
        assertThatExceptionOfType(PublicationException.class)
                .isThrownBy(() -> fragile.apply(new DeleteServer(OPERATOR, WEB, at(A, 80))));
        assertThatExceptionOfType(PublicationException.class)
                .isThrownBy(() -> fragile.apply(new Clear(OPERATOR)));
        broken[0] = false;
        assertThat(fragile.service(WEB).orElseThrow().newestFirst())
                .extracting(ServerStatus::address)
                .containsExactly(A);
        fragile.apply(new AddServer(OPERATOR, WEB, at(B, 80), NAT));
        assertThat(fragile.configuration().services().getFirst().servers().size()).isEqualTo(2);
    }

    @Test
    void whenPublishingFailsAServerStaysOverloaded() throws Exception {
        boolean[] broken = {false};
        Table fragile =
                table(_ -> {
                    if (broken[0]) {
                        throw new IllegalStateException("map full");
                    }
                });
        fragile.apply(new AddService(OPERATOR, WEB, RR));
        fragile.apply(
                new AddServer(
                        OPERATOR,
                        WEB,
                        at(A, 80),
                        new ServerSettings(Forwarding.NAT, 1, 2, 0, Encapsulation.IPIP)));
        RealServer server = only(fragile.configuration().services().getFirst());
        server.tally().add(0, Count.ACTIVE, 2);
        server.afterBinding();
        broken[0] = true;
        assertThatExceptionOfType(PublicationException.class)
                .isThrownBy(() -> fragile.apply(new EditServer(OPERATOR, WEB, at(A, 80), NAT)));
        assertThat(server.isOverloaded()).isTrue();
    }

    @Test
    void randomChangesNeverShareAnIdOrLoseAReference() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            Table busy = table(_ -> {});
            Set<RealServer> referred = new HashSet<>();
            for (int step = 0; step < 1000; step++) {
                ServiceKey key = new ServiceKey.AtMark(Family.IPV4, 1 + random.nextInt(3));
                Address address = Address.ipv4(0x0a000001 + random.nextInt(5));
                try {
                    switch (random.nextInt(8)) {
                        case 0 -> busy.apply(new AddService(OPERATOR, key, RR));
                        case 1, 2, 3 ->
                                busy.apply(new AddServer(OPERATOR, key, at(address, 80), NAT));
                        case 4, 5 -> busy.apply(new DeleteServer(OPERATOR, key, at(address, 80)));
                        case 6 -> {
                            if (random.nextInt(4) == 0) {
                                busy.apply(new DeleteService(OPERATOR, key));
                            }
                        }
                        default -> busy.poll(step * 61L * SECOND);
                    }
                } catch (RefusedException _) {
                    // Half of them are; that is part of the life.
                }
                Set<Integer> ids = new HashSet<>();
                for (VirtualService service : busy.configuration().services()) {
                    for (int i = 0; i < service.servers().size(); i++) {
                        RealServer server = service.servers().get(i);
                        assertThat(ids.add(server.id())).as("seed %d", seed).isTrue();
                        assertThat(busy.configuration().server(server.id())).isSameAs(server);
                        if (random.nextInt(20) == 0) {
                            server.tally().add(0, Count.ACTIVE, 1);
                            referred.add(server);
                        }
                    }
                }
                for (RealServer server : referred) {
                    RealServer now = busy.configuration().server(server.id());
                    assertThat(now == null ? null : now.tally())
                            .as("seed %d", seed)
                            .isSameAs(server.tally());
                }
            }
        }
    }

    private VirtualService service() {
        return Objects.requireNonNull(table.configuration().service(WEB));
    }

    private List<RealServer> servers() {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < service().servers().size(); i++) {
            servers.add(service().servers().get(i));
        }
        return servers;
    }

    private static RealServer only(@Nullable VirtualService service) {
        ServerList servers = Objects.requireNonNull(service).servers();
        assertThat(servers.size()).isEqualTo(1);
        return servers.get(0);
    }

    private static ServerKey at(Address address, int port) {
        return new ServerKey(address, port);
    }

    private static void assertRefused(Reason reason, ThrowingCallable change) {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(change)
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(reason));
    }

    private Table table(Consumer<Configuration> publisher) {
        Set<String> known = Set.of("rr", "wrr", "lc", "wlc");
        return new Table(
                new Capabilities(
                        name ->
                                known.contains(name)
                                        ? _ -> new Recorder(name, schedulerEvents)
                                        : null,
                        Capabilities.DIRECTOR.protocols(),
                        Capabilities.DIRECTOR.engines()),
                2,
                publisher);
    }

    private record Recorder(String name, List<String> events) implements Scheduler {

        @Override
        public Pick compile(ServerList present, int flags) {
            events.add(name + " with " + present.size());
            return new Recorded(name, present, events);
        }
    }

    private record Recorded(String name, ServerList servers, List<String> events) implements Pick {

        @Override
        public @Nullable RealServer server(Flow flow, long nowNanos) {
            return null;
        }

        @Override
        public @Nullable RealServer preview(Flow flow, long nowNanos) {
            return null;
        }

        @Override
        public Pick edited(ServerList after, int flags) {
            events.add(name + " " + servers.size() + " -> " + after.size());
            return new Recorded(name, after, events);
        }
    }
}
