package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Metric;
import dev.sluice.control.Metrics;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

final class TroubleLogTest {

    private static final String REMEDY = "restart with a larger --max-connections";

    private final Metrics metrics = new Metrics();
    private final List<String> said = new ArrayList<>();
    private final TroubleLog log = new TroubleLog(metrics, said::add);
    private final AtomicLong first = counter("table full", REMEDY);
    private final AtomicLong second = counter("table full", REMEDY);

    @Test
    void theFirstTimeIsSaidAtOnceWithWhatToDo() {
        log.poll(0);
        assertThat(said).isEmpty();
        first.set(2);
        second.set(1);
        log.poll(seconds(2));
        assertThat(said).containsExactly("table full, 3 times: what it means; " + REMEDY);
    }

    @Test
    void whatGoesOnIsSaidOnceAMinute() {
        for (int second = 0; second < 120; second += 2) {
            first.addAndGet(1000);
            log.poll(seconds(second));
        }
        assertThat(said).hasSize(2);
        assertThat(said.getLast()).startsWith("table full, 30000 times more");
    }

    @Test
    void whatEndedIsNotSaidAgain() {
        first.set(1);
        log.poll(0);
        log.poll(seconds(1000));
        assertThat(said).hasSize(1);
    }

    @Test
    void whatNeedsNobodyIsNotSaid() {
        counter("expired", "").set(1000);
        log.poll(0);
        assertThat(said).isEmpty();
    }

    private AtomicLong counter(String words, String remedy) {
        AtomicLong value = new AtomicLong();
        metrics.register(
                new Metric("any_total", Map.of(), words, "what it means", remedy, value::get));
        return value;
    }

    private static long seconds(int seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
