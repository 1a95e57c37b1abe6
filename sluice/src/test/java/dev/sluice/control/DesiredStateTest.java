package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.control.Refusal.Reason;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

final class DesiredStateTest {

    private static final ServiceKey WEB =
            new ServiceKey.AtAddress(Protocol.TCP, Address.parse("192.168.50.100"), 80);
    private static final ServerKey A = new ServerKey(Address.parse("10.20.0.11"), 80);
    private static final ServerKey B = new ServerKey(Address.parse("10.20.0.12"), 80);
    private static final ServerSettings NAT = ServerSettings.of(Forwarding.NAT, 4);
    private static final ServiceSettings WRR = ServiceSettings.scheduledBy("wrr");

    @Test
    void anEditThatIsComputedAndThrownAwayLeavesNoTrace() {
        // Two tables live the same life; at one of them every edit is also tried out and dropped,
        // with schedulers, ids, overload and all.
        Seeded.forAll(
                20,
                random -> {
                    SplittableRandom same = random.split();
                    long seed = same.nextLong();
                    assertThat(life(new SplittableRandom(seed), true))
                            .isEqualTo(life(new SplittableRandom(seed), false));
                });
    }

    /// What schedulers picked and how the table looked, step by step.
    private static List<Object> life(SplittableRandom random, boolean tryOut) throws Exception {
        Table table = table();
        List<Object> seen = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            Edit edit = edit(random);
            if (tryOut) {
                Snapshots before = table.snapshots();
                try {
                    DesiredState after = table.desired().with(edit);
                    before.with(edit, after).with(new Edit.Clear(Origin.FILE), after);
                } catch (RefusedException _) {
                    // as it will be below
                }
            }
            try {
                table.apply(edit);
            } catch (RefusedException refused) {
                seen.add(refused.reason());
            }
            for (DesiredService service : table.desired().services()) {
                VirtualService published =
                        Objects.requireNonNull(table.configuration().service(service.key()));
                RealServer picked = published.pick().server(new Flow(), step);
                seen.add(published.id());
                if (picked != null) {
                    seen.add(picked.id() + " " + picked.address());
                    picked.tally().add(0, Count.ACTIVE, random.nextInt(2));
                    picked.afterBinding();
                }
            }
            table.poll(step * 20_000_000_000L);
        }
        return seen;
    }

    @Test
    void allEditsOfAListAreDoneOrNone() throws Exception {
        List<Configuration> published = new ArrayList<>();
        Table table = new Table(Capabilities.DIRECTOR, 1, published::add);
        List<Edit> edits =
                List.of(
                        new Edit.AddService(Origin.FILE, WEB, WRR),
                        new Edit.AddServer(Origin.FILE, WEB, A, NAT),
                        new Edit.AddServer(Origin.FILE, WEB, B, NAT));
        table.apply(edits);
        assertThat(published).as("one publication").hasSize(1);
        DesiredState before = table.desired();
        Edit.DeleteServer wrong =
                new Edit.DeleteServer(
                        Origin.FILE, WEB, new ServerKey(Address.parse("10.20.0.13"), 80));
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> table.apply(List.of(new Edit.Clear(Origin.FILE), wrong)))
                .satisfies(e ->
                        assertThat(e.refusal())
                                .isEqualTo(new Refusal(wrong, Reason.SERVICE_NOT_DEFINED)));
        assertThat(published).hasSize(1);
        assertThat(table.desired()).isSameAs(before);
    }

    @Test
    void editsThatAreEachForThemselvesGoOnAfterOneThatIsRefused() {
        List<Configuration> published = new ArrayList<>();
        Table table = new Table(Capabilities.DIRECTOR, 1, published::add);
        Edit twice = new Edit.AddService(Origin.OPERATOR, WEB, WRR);
        Edit server = new Edit.AddServer(Origin.OPERATOR, WEB, A, NAT);
        assertThat(table.applyEach(List.of(twice, twice, server)))
                .extracting(refusal -> refusal.map(Refusal::reason).orElse(null))
                .containsExactly(null, Reason.SERVICE_EXISTS, null);
        assertThat(published).hasSize(1);
        assertThat(table.applyEach(List.of(twice))).hasSize(1);
        assertThat(published).as("nothing to publish").hasSize(1);
    }

    @Test
    void aWeightIsWhatTheOneWithTheSayWants() throws Exception {
        DesiredState state =
                DesiredState.empty(Capabilities.DIRECTOR)
                        .with(new Edit.AddService(Origin.FILE, WEB, WRR))
                        .with(new Edit.AddServer(Origin.FILE, WEB, A, NAT));
        assertThat(weight(state)).isEqualTo(4);
        DesiredState busy = state.with(word(Origin.AGENT, 2));
        assertThat(weight(busy)).isEqualTo(2);
        DesiredState failed = busy.with(word(Origin.CHECK, 0));
        assertThat(weight(failed)).as("a failed check outdoes all").isZero();
        assertThat(weight(failed.with(word(Origin.CHECK, null)))).isEqualTo(2);
        DesiredState drained = failed.with(word(Origin.OPERATOR, 0));
        assertThat(weight(drained.with(word(Origin.CHECK, null))))
                .as("drained by hand, whatever checks and agents say")
                .isZero();
        DesiredState back =
                drained.with(word(Origin.CHECK, null)).with(word(Origin.OPERATOR, null));
        assertThat(weight(back)).isEqualTo(2);
        assertThat(weight(back.with(word(Origin.AGENT, null)))).isEqualTo(4);
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> back.with(word(Origin.AGENT, -1)));
    }

    @Test
    void aPlanLeadsFromOneStateToAnother() {
        Seeded.forAll(
                50,
                random -> {
                    DesiredState before = state(random);
                    DesiredState wanted = state(random);
                    DesiredState after = before;
                    for (Edit edit : Plan.between(before, wanted, Origin.FILE)) {
                        after = after.with(edit);
                    }
                    assertThat(contents(after)).isEqualTo(contents(wanted));
                    assertThat(after.timeouts()).isEqualTo(wanted.timeouts());
                    assertThat(after.policy().get(Setting.CONN_REUSE_MODE))
                            .isEqualTo(wanted.policy().get(Setting.CONN_REUSE_MODE));
                    assertThat(Plan.between(after, wanted, Origin.FILE)).isEmpty();
                });
    }

    private static Map<ServiceKey, Object> contents(DesiredState state) {
        Map<ServiceKey, Object> contents = new HashMap<>();
        for (DesiredService service : state.services()) {
            Map<ServerKey, ServerSettings> servers = new HashMap<>();
            service.servers().forEach((key, server) -> servers.put(key, server.settings()));
            contents.put(service.key(), List.of(service.settings(), servers));
        }
        return contents;
    }

    private static DesiredState state(SplittableRandom random) {
        DesiredState state = DesiredState.empty(Capabilities.DIRECTOR);
        for (int i = 0; i < 100; i++) {
            try {
                state = state.with(edit(random));
            } catch (RefusedException _) {
                // part of the life
            }
        }
        return state;
    }

    private static Edit edit(SplittableRandom random) {
        Origin origin = Origin.FILE;
        ServiceKey service =
                new ServiceKey.AtAddress(
                        Protocol.TCP, Address.ipv4(0x0a000001 + random.nextInt(4)), 80);
        ServerKey server = new ServerKey(Address.ipv4(0x0b000001 + random.nextInt(6)), 80);
        ServiceSettings settings =
                ServiceSettings.scheduledBy(List.of("rr", "wrr", "lc").get(random.nextInt(3)));
        ServerSettings serverSettings =
                new ServerSettings(
                        Forwarding.NAT, random.nextInt(5), random.nextInt(4) * 4, 0, NAT.tunnel());
        return switch (random.nextInt(13)) {
            case 0, 1 -> new Edit.AddService(origin, service, settings);
            case 2 -> new Edit.EditService(origin, service, settings);
            case 3 -> new Edit.DeleteService(origin, service);
            case 4, 5, 6 -> new Edit.AddServer(origin, service, server, serverSettings);
            case 7 -> new Edit.EditServer(origin, service, server, serverSettings);
            case 8 -> new Edit.DeleteServer(origin, service, server);
            case 9, 10 -> new Edit.SetWeight(origin, service, server, random.nextInt(5));
            case 11 ->
                    new Edit.SetSetting(
                            origin, Setting.CONN_REUSE_MODE, String.valueOf(random.nextInt(4)));
            default -> new Edit.SetTimeouts(origin, random.nextInt(3), 5, random.nextInt(9));
        };
    }

    private static Edit word(Origin origin, @Nullable Integer weight) {
        return new Edit.SetWeight(origin, WEB, A, weight);
    }

    private static int weight(DesiredState state) {
        DesiredService service = Objects.requireNonNull(state.service(WEB));
        return Objects.requireNonNull(service.servers().get(A)).settings().weight();
    }

    private static Table table() {
        return new Table(Capabilities.DIRECTOR, 1, _ -> {});
    }
}
