package dev.sluice.daemon;

import dev.sluice.control.Metric;
import dev.sluice.control.Metrics;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Looks at the counters that mean trouble and says which of them grow: the first time at once, and
/// while it goes on once a minute, with how many it were.
final class TroubleLog {

    private static final Logger LOG = LoggerFactory.getLogger(TroubleLog.class);

    /// How often to look.
    static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Metrics metrics;
    private final Consumer<String> log;
    private final Map<String, Said> said = new HashMap<>();

    /// @param total what was counted when it was said last
    private record Said(long total, long atNanos) {}

    TroubleLog(Metrics metrics) {
        this(metrics, LOG::warn);
    }

    TroubleLog(Metrics metrics, Consumer<String> log) {
        this.metrics = metrics;
        this.log = log;
    }

    void poll(long nowNanos) {
        Map<String, List<Metric>> troubles = new LinkedHashMap<>();
        for (Metric metric : metrics.all()) {
            if (metric.isTrouble()) {
                troubles.merge(
                        metric.words(),
                        List.of(metric),
                        (before, next) -> Stream.concat(before.stream(), next.stream()).toList());
            }
        }
        troubles.forEach((words, all) -> look(words, all, nowNanos));
    }

    private void look(String words, List<Metric> all, long nowNanos) {
        long total = all.stream().mapToLong(Metric::read).sum();
        Said before = said.get(words);
        long more = total - (before == null ? 0 : before.total());
        boolean quiet = before != null && nowNanos - before.atNanos() < QUIET_NANOS;
        if (more <= 0 || quiet) {
            return;
        }
        said.put(words, new Said(total, nowNanos));
        Metric any = all.getFirst();
        log.accept(
                "%s, %d times%s: %s; %s"
                        .formatted(
                                words,
                                more,
                                before == null ? "" : " more",
                                any.explanation(),
                                any.remedy()));
    }
}
