package dev.sluice.daemon;

import dev.sluice.health.CheckReport;
import dev.sluice.health.PoolReport;
import dev.sluice.router.Instance;
import dev.sluice.router.RouterStatus;
import dev.sluice.vrrp.Rejection.Statistic;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.State;
import dev.sluice.vrrp.Statistics;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// keepalived's dump files, in its words, for the programs that parse them (keepalived.md §8): on
/// SIGUSR1 the data of routers and virtual servers, on SIGUSR2 statistics and JSON.
///
/// @param folder where they go, `/tmp`
/// @param routers as they are at a moment
/// @param instances as they are configured
record Dumps(
        Path folder,
        Supplier<List<RouterStatus>> routers,
        List<Instance> instances,
        Supplier<List<PoolReport>> pools) {

    private static final Logger LOG = LoggerFactory.getLogger(Dumps.class);

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MICROSECOND = 1_000L;
    private static final int MICROS_PER_CENTI = 10_000;

    Dumps {
        instances = List.copyOf(instances);
    }

    /// SIGUSR1.
    void data() {
        write("keepalived.data", routerData(routers.get()));
        write("keepalived_check.data", checkData(pools.get()));
    }

    /// SIGUSR2.
    void statistics() {
        write("keepalived.stats", statistics(routers.get()));
        write("keepalived.json", json());
    }

    /// Never through a link that somebody else made: the folder is everybody's.
    private void write(String name, String text) {
        Path file = folder.resolve(name);
        try {
            Files.deleteIfExists(file);
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.write(
                    file,
                    text.getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            LOG.warn("cannot write {}: {}", file, e.getMessage());
        }
    }

    static String statistics(List<RouterStatus> routers) {
        StringBuilder text = new StringBuilder();
        for (RouterStatus router : routers) {
            Statistics counted = router.statistics();
            text.append(
                    """
                    VRRP Instance: %s
                      Advertisements:
                        Received: %d
                        Sent: %d
                      Became master: %d
                      Released master: %d
                      Packet Errors:
                        Length: %d
                        TTL: %d
                        Invalid Type: %d
                        Advertisement Interval: %d
                        Address List: %d
                      Authentication Errors:
                        Invalid Type: %d
                        Type Mismatch: %d
                        Failure: %d
                      Priority Zero:
                        Received: %d
                        Sent: %d
                    """
                            .formatted(
                                    router.name(),
                                    counted.received(),
                                    counted.sent(),
                                    counted.becameActive(),
                                    counted.releasedActive(),
                                    counted.errors(Statistic.LENGTH),
                                    counted.errors(Statistic.TTL),
                                    counted.errors(Statistic.INVALID_TYPE),
                                    counted.errors(Statistic.INTERVAL),
                                    counted.errors(Statistic.ADDRESS_LIST),
                                    counted.errors(Statistic.AUTHENTICATION_INVALID),
                                    counted.errors(Statistic.AUTHENTICATION_MISMATCH),
                                    counted.errors(Statistic.AUTHENTICATION_FAILURE),
                                    counted.stoppingReceived(),
                                    counted.stoppingSent()));
        }
        return text.toString();
    }

    private static String routerData(List<RouterStatus> routers) {
        StringBuilder text = new StringBuilder("------< VRRP Topology >------\n");
        for (RouterStatus router : routers) {
            text.append(" VRRP Instance = ").append(router.name()).append('\n');
            text.append("   State = ").append(router.state()).append('\n');
            text.append("   Interface = ").append(router.interfaceName()).append('\n');
            text.append("   Virtual Router ID = ").append(router.routerId()).append('\n');
            text.append("   Effective priority = ").append(router.priority()).append('\n');
        }
        return text.toString();
    }

    static String checkData(List<PoolReport> pools) {
        StringBuilder text = new StringBuilder("------< LVS Topology >------\n");
        for (PoolReport pool : pools) {
            text.append(" VS %s\n".formatted(place("VIP", "VPORT", pool.name())));
            text.append(
                    "   quorum = %d, hysteresis = %d\n"
                            .formatted(pool.quorum(), pool.hysteresis()));
            text.append("   quorum_state_up = %d\n".formatted(pool.hasQuorum() ? 1 : 0));
            for (PoolReport.ServerReport server : pool.servers()) {
                text.append(
                        "   %s, WEIGHT = %d EFF WEIGHT = %d\n"
                                .formatted(
                                        place("RIP", "RPORT", server.name()),
                                        server.configured(),
                                        server.weight()));
                text.append("   alive = %d\n".formatted(server.isAlive() ? 1 : 0));
                for (CheckReport check : server.checks()) {
                    text.append("     %s up = %d\n".formatted(check.kind(), check.isUp() ? 1 : 0));
                }
            }
        }
        return text.toString();
    }

    /// Of `[192.0.2.1]:tcp:80`: `VIP = 192.0.2.1, VPORT = 80`; of a mark its name.
    private static String place(String address, String port, String name) {
        int end = name.lastIndexOf(']');
        return end < 0
                ? name
                : "%s = %s, %s = %s"
                        .formatted(
                                address,
                                name.substring(1, end),
                                port,
                                name.substring(name.lastIndexOf(':') + 1));
    }

    /// keepalived's keys, of those that Sluice knows.
    String json() {
        Map<String, Instance> byName =
                instances.stream()
                        .collect(
                                Collectors.toMap(
                                        Instance::name, it -> it, (a, _) -> a, TreeMap::new));
        StringJoiner all = new StringJoiner(",", "[", "]\n");
        for (RouterStatus status : routers.get()) {
            Instance instance = byName.get(status.name());
            if (instance != null) {
                Json one = new Json();
                one.object("data", data(status, instance));
                one.object("stats", stats(status.statistics()));
                all.add(one.toString());
            }
        }
        return all.toString();
    }

    private static Json data(RouterStatus status, Instance instance) {
        RouterSettings router = instance.router();
        RouterSettings.Announcing announcing = router.announcing();
        int mine = router.intervalCentis() * MICROS_PER_CENTI;
        return new Json()
                .text("iname", status.name())
                .text("ifp_ifname", status.interfaceName())
                .number("master_priority", status.activePriority())
                .number("garp_delay", announcing.againNanos() / NANOS_PER_SECOND)
                .number("garp_refresh", announcing.refreshNanos() / NANOS_PER_SECOND)
                .number("garp_rep", announcing.rounds())
                .number("garp_refresh_rep", announcing.refreshRounds())
                .number("garp_lower_prio_delay", announcing.lowerAgainNanos() / NANOS_PER_SECOND)
                .number("garp_lower_prio_rep", announcing.lowerRounds())
                .bool("lower_prio_no_advert", !router.answersLower())
                .bool("higher_prio_send_advert", router.lastWord())
                .number("vrid", status.routerId())
                .number("base_priority", router.priority())
                .number("effective_priority", status.priority())
                .bool("vipset", status.state() == State.Name.MASTER)
                .number("adver_int", mine)
                .number("master_adver_int", mine)
                .bool("nopreempt", !router.preempts())
                .number("preempt_delay", router.preemptDelayNanos() / NANOS_PER_MICROSECOND)
                .number("state", state(status.state()))
                .number("wantstate", router.startsActive() ? 2 : 1)
                .number("version", router.version())
                .texts("vips", instance.addresses().stream().map(Object::toString).toList())
                .number("auth_type", router.authentication().type());
    }

    private static int state(State.Name state) {
        return switch (state) {
            case INIT, STOP -> 0;
            case BACKUP -> 1;
            case MASTER -> 2;
            case FAULT -> 3;
        };
    }

    private static Json stats(Statistics counted) {
        return new Json()
                .number("advert_rcvd", counted.received())
                .number("advert_sent", counted.sent())
                .number("become_master", counted.becameActive())
                .number("release_master", counted.releasedActive())
                .number("packet_len_err", counted.errors(Statistic.LENGTH))
                .number("advert_interval_err", counted.errors(Statistic.INTERVAL))
                .number("ip_ttl_err", counted.errors(Statistic.TTL))
                .number("invalid_type_rcvd", counted.errors(Statistic.INVALID_TYPE))
                .number("addr_list_err", counted.errors(Statistic.ADDRESS_LIST))
                .number("invalid_authtype", counted.errors(Statistic.AUTHENTICATION_INVALID))
                .number("authtype_mismatch", counted.errors(Statistic.AUTHENTICATION_MISMATCH))
                .number("auth_failure", counted.errors(Statistic.AUTHENTICATION_FAILURE))
                .number("pri_zero_rcvd", counted.stoppingReceived())
                .number("pri_zero_sent", counted.stoppingSent());
    }
}
