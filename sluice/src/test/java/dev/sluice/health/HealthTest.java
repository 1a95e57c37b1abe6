package dev.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.health.PoolSettings.Check;
import dev.sluice.health.PoolSettings.Server;
import dev.sluice.health.PoolSettings.Wording;
import dev.sluice.health.pool.Pool;
import dev.sluice.health.pool.Timing;
import dev.sluice.health.probe.Probe;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Checks at work, with probes that tests make up.
final class HealthTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final CountDownLatch changed = new CountDownLatch(1);

    private final HealthListener listener =
            new HealthListener() {
                @Override
                public void changed(String pool, Pool state) {
                    changed.countDown();
                }

                @Override
                public void event(String line) {}
            };

    /// As a page does whose pattern recurses too deeply: it must not end the whole director.
    @Test
    void aCheckThatBreaksCountsAsFailed() throws Exception {
        Probe breaking =
                _ -> {
                    throw new StackOverflowError();
                };
        Server server =
                new Server(
                        "R1",
                        1,
                        false,
                        null,
                        null,
                        List.of(
                                new Check(
                                        "HTTP_GET",
                                        Timing.every(SECOND, 0, SECOND),
                                        breaking,
                                        new Wording("up", "down {reason}"))));
        try (Health health = new Health(listener)) {
            health.replace(
                    List.of(
                            new PoolSettings(
                                    "P", List.of(server), 1, 0, null, null, null, false, false)),
                    _ -> {});
            assertThat(changed.await(60, TimeUnit.SECONDS)).isTrue();
            CheckReport check = health.report().getFirst().servers().getFirst().checks().getFirst();
            assertThat(check.results().getFirst().reason())
                    .contains("the check itself failed")
                    .contains("StackOverflowError");
        }
    }
}
