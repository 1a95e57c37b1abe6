package dev.sluice.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Capabilities;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.RefusedException;
import dev.sluice.control.ServerKey;
import dev.sluice.control.ServerSettings;
import dev.sluice.control.ServiceSettings;
import dev.sluice.control.Table;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// Tables that follow every change by its difference.
final class GateTablesLifeTest {

    private static final long MINUTE = 60_000_000_000L;

    @Test
    void whatLivesIsThereAndWhenAllIsForgottenSoAreTheDifferences() {
        Seeded.forAll(
                40,
                random -> {
                    List<Configuration> published = new ArrayList<>();
                    Table table = new Table(Capabilities.DIRECTOR, 1, published::add);
                    GateTables tables = GateTables.EMPTY;
                    Map<GateTables.Place, Integer> mirrored = new HashMap<>();
                    Map<Address, Integer> roles = new HashMap<>();
                    long nowNanos = 0;
                    for (int step = 0; step < 300; step++) {
                        try {
                            table.apply(edit(random));
                        } catch (RefusedException _) {
                            continue;
                        }
                        if (random.nextInt(10) == 0) {
                            nowNanos += MINUTE;
                            table.poll(nowNanos);
                        }
                        // Sometimes several configurations at once.
                        if (random.nextInt(3) != 0) {
                            tables = follow(tables, table.configuration(), mirrored, roles);
                            livingIsThere(tables, table.configuration());
                        }
                    }
                    // Nothing refers to any server: after two minutes only what lives is left.
                    for (int minute = 0; minute < 5; minute++) {
                        nowNanos += MINUTE;
                        table.poll(nowNanos);
                    }
                    tables = follow(tables, table.configuration(), mirrored, roles);
                    livingIsThere(tables, table.configuration());
                    table.apply(new Edit.Clear(Origin.OPERATOR));
                    for (int minute = 0; minute < 5; minute++) {
                        nowNanos += MINUTE;
                        table.poll(nowNanos);
                    }
                    tables = follow(tables, table.configuration(), mirrored, roles);
                    assertThat(tables.endpoints()).isEmpty();
                    assertThat(tables.marks()).isEmpty();
                    assertThat(tables.roles()).isEmpty();
                });
    }

    @Test
    void theEditOfAWeightIsNoDifference() throws Exception {
        Table table = new Table(Capabilities.DIRECTOR, 1, _ -> {});
        ServiceKey service =
                new ServiceKey.AtAddress(Protocol.TCP, Address.parse("192.168.1.100"), 80);
        ServerKey server = new ServerKey(Address.parse("10.0.0.11"), 80);
        ServerSettings nat = ServerSettings.of(Forwarding.NAT, 1);
        table.apply(new Edit.AddService(Origin.FILE, service, ServiceSettings.scheduledBy("rr")));
        table.apply(new Edit.AddServer(Origin.FILE, service, server, nat));
        GateTables before = GateTables.EMPTY.next(table.configuration());
        table.apply(new Edit.SetWeight(Origin.AGENT, service, server, 7));
        GateTables after = before.next(table.configuration());
        GateTables.changedPlaces(
                before,
                after,
                (place, _, _) -> {
                    throw new AssertionError(place + " changed");
                });
    }

    /// Goes on to the next tables, and holds what is told of the difference to them.
    private static GateTables follow(
            GateTables before,
            Configuration configuration,
            Map<GateTables.Place, Integer> mirrored,
            Map<Address, Integer> roles) {
        GateTables after = before.next(configuration);
        GateTables.changedPlaces(
                before,
                after,
                (place, old, fresh) -> {
                    assertThat(mirrored.getOrDefault(place, 0)).isEqualTo(old);
                    replace(mirrored, place, fresh);
                });
        GateTables.changedAddresses(
                before,
                after,
                (address, old, fresh) -> {
                    assertThat(roles.getOrDefault(address, 0)).isEqualTo(old);
                    replace(roles, address, fresh);
                });
        Map<GateTables.Place, Integer> all = new HashMap<>(after.endpoints());
        all.putAll(after.marks());
        assertThat(mirrored).isEqualTo(all);
        assertThat(roles).isEqualTo(after.roles());
        return after;
    }

    /// What a configuration needs by itself is in the tables that followed its whole life; what is
    /// there beyond that lingers for a server that is still held.
    private static void livingIsThere(GateTables tables, Configuration configuration) {
        GateTables alone = GateTables.EMPTY.next(configuration);
        alone.endpoints()
                .forEach((endpoint, flags) ->
                        assertThat(tables.endpoints().getOrDefault(endpoint, 0) & flags)
                                .as("%s", endpoint)
                                .isEqualTo(flags));
        alone.marks()
                .forEach((mark, flags) ->
                        assertThat(tables.marks().getOrDefault(mark, 0) & flags).isEqualTo(flags));
        Set<Address> held = new HashSet<>(alone.roles().keySet());
        boolean anyHeld = false;
        for (int id = 0; id < configuration.serverIdLimit(); id++) {
            anyHeld |= configuration.server(id) != null;
        }
        if (!anyHeld) {
            assertThat(tables.roles().keySet()).isEqualTo(held);
            assertThat(tables.endpoints()).isEqualTo(alone.endpoints());
            assertThat(tables.marks()).isEqualTo(alone.marks());
        }
    }

    private static Edit edit(SplittableRandom random) {
        Origin origin = Origin.OPERATOR;
        ServiceKey service =
                switch (random.nextInt(6)) {
                    case 0 -> new ServiceKey.AtMark(Family.IPV4, 1 + random.nextInt(2));
                    case 1, 2 ->
                            new ServiceKey.AtAddress(
                                    Protocol.TCP, Address.ipv4(0x0a000001 + random.nextInt(2)), 21);
                    default ->
                            new ServiceKey.AtAddress(
                                    random.nextBoolean() ? Protocol.TCP : Protocol.UDP,
                                    Address.ipv4(0x0a000001 + random.nextInt(3)),
                                    80);
                };
        ServerKey server =
                new ServerKey(
                        Address.ipv4(0x0b000001 + random.nextInt(4)),
                        random.nextInt(3) == 0 ? 0 : 80);
        ServiceSettings settings =
                new ServiceSettings(
                        "rr",
                        0,
                        random.nextBoolean() ? null : new Persistence(300, 0, 0xffff_ffffL),
                        "",
                        false);
        ServerSettings serverSettings =
                ServerSettings.of(
                        random.nextInt(4) == 0 ? Forwarding.DIRECT_ROUTING : Forwarding.NAT,
                        random.nextInt(3));
        return switch (random.nextInt(10)) {
            case 0, 1 -> new Edit.AddService(origin, service, settings);
            case 2 -> new Edit.EditService(origin, service, settings);
            case 3 -> new Edit.DeleteService(origin, service);
            case 4, 5, 6 -> new Edit.AddServer(origin, service, server, serverSettings);
            case 7, 8 -> new Edit.DeleteServer(origin, service, server);
            default -> new Edit.EditServer(origin, service, server, serverSettings);
        };
    }

    private static <K> void replace(Map<K, Integer> map, K key, int flags) {
        if (flags == 0) {
            map.remove(key);
        } else {
            map.put(key, flags);
        }
    }
}
