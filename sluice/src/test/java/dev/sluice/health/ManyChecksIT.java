package dev.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;

import dev.sluice.health.PoolSettings.Check;
import dev.sluice.health.PoolSettings.Server;
import dev.sluice.health.PoolSettings.Wording;
import dev.sluice.health.pool.Pool;
import dev.sluice.health.pool.Timing;
import dev.sluice.health.probe.HttpProbe;
import dev.sluice.health.probe.Probe;
import dev.sluice.health.probe.Target;
import dev.sluice.health.probe.TcpProbe;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Five thousand checks every two seconds against nginx: what they cost and how late they are is
/// printed; that they all run, and that nobody is taken for dead, is what is asserted.
final class ManyChecksIT {

    private static final int SERVERS = 5_000;
    private static final int POOLS = 50;
    private static final int WARM_UP_SECONDS = 10;
    private static final int SECONDS = Needs.CI ? 60 : 20;

    @TempDir private Path folder;

    @Test
    void fiveThousandChecksEveryTwoSeconds() throws Exception {
        Needs.programs("nginx", "openssl");
        try (WebServer _ = new WebServer(folder)) {
            measure("TCP_CHECK", TcpProbe::new);
            HttpProbe.Page page =
                    new HttpProbe.Page(
                            "/", null, List.of(new HttpProbe.StatusRange(200, 299)), null, null);
            measure(
                    "HTTP_GET",
                    target -> new HttpProbe(target, null, HttpProbe.Form.HTTP_1_0, List.of(page)));
        }
    }

    private static void measure(String kind, Function<Target, Probe> probe) throws Exception {
        long second = TimeUnit.SECONDS.toNanos(1);
        Timing timing = Timing.every(2 * second, 3, second);
        List<PoolSettings> pools = new ArrayList<>();
        for (int i = 0; i < POOLS; i++) {
            List<Server> servers = new ArrayList<>();
            for (int number = i; number < SERVERS; number += POOLS) {
                Address address = Address.ipv4(0x7f01_0001 + number);
                Target target =
                        new Target(address, WebServer.ANY_ADDRESS, 5 * second, null, 0, null, 0);
                servers.add(
                        new Server(
                                address.toString(),
                                1,
                                false,
                                null,
                                null,
                                List.of(
                                        new Check(
                                                kind,
                                                timing,
                                                probe.apply(target),
                                                new Wording("up", "down {reason}")))));
            }
            pools.add(new PoolSettings("pool " + i, servers, 1, 0, null, null, null, false, false));
        }
        try (Health health =
                new Health(
                        new HealthListener() {
                            @Override
                            public void changed(String pool, Pool state) {}

                            @Override
                            public void event(String line) {}
                        })) {
            health.replace(pools, _ -> {});
            TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
            OperatingSystemMXBean machine =
                    (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long attempts = health.lateness().attempts();
            long late = health.lateness().meanNanos() * attempts;
            long cpu = machine.getProcessCpuTime();
            long began = System.nanoTime();
            TimeUnit.SECONDS.sleep(SECONDS);
            double seconds = (System.nanoTime() - began) / 1e9;
            double used = (machine.getProcessCpuTime() - cpu) / 1e9;
            long more = health.lateness().attempts() - attempts;
            System.out.printf(
                    "%s: %d checks, %.0f attempts per second, %.1f %% of a processor, %.0f µs"
                            + " each; begun %.2f ms late on average; load of the machine %.1f%n",
                    kind,
                    SERVERS,
                    more / seconds,
                    100 * used / seconds,
                    1e6 * used / more,
                    (health.lateness().meanNanos() * health.lateness().attempts() - late)
                            / 1e6
                            / more,
                    machine.getSystemLoadAverage());
            List<PoolReport> reports = health.report();
            assertThat(reports).hasSize(POOLS).allMatch(pool -> pool.sum() == SERVERS / POOLS);
            assertThat(reports)
                    .flatExtracting(PoolReport::servers)
                    .flatExtracting(PoolReport.ServerReport::checks)
                    .allMatch(CheckReport::isProven);
        }
    }
}
