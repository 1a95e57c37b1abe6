package dev.sluice.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Keeps an event that goes on and on, an interface that flaps, from filling the disk: of each kind
/// of line ten in ten seconds are shown, the others are counted. Where logback.xml names it, it
/// sees every line before it is made.
public final class LogRate extends TurboFilter {

    private static final int LINES = 10;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// Kinds remembered; those that were not heard of for longest go.
    private static final int KINDS = 256;

    private final LongSupplier clockNanos;
    private final Map<String, Window> windows =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
                    return size() > KINDS;
                }
            };

    private static final class Window {
        long sinceNanos;
        int lines;
    }

    /// For logback.
    public LogRate() {
        this(System::nanoTime);
    }

    LogRate(LongSupplier clockNanos) {
        this.clockNanos = clockNanos;
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] parameters,
            @Nullable Throwable thrown) {
        // A null format: somebody asks whether the level is on.
        if (format == null
                || !level.isGreaterOrEqual(Level.INFO)
                || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
            return FilterReply.NEUTRAL;
        }
        if (format.equals("{}")) {
            return FilterReply.NEUTRAL; // each such line is news of its own, of a check or a router
        }
        int hidden;
        boolean shown;
        synchronized (windows) {
            long nowNanos = clockNanos.getAsLong();
            Window window = windows.computeIfAbsent(format, _ -> new Window());
            hidden = 0;
            if (window.lines == 0 || nowNanos - window.sinceNanos >= WINDOW_NANOS) {
                hidden = Math.max(0, window.lines - LINES);
                window.sinceNanos = nowNanos;
                window.lines = 0;
            }
            window.lines++;
            shown = window.lines <= LINES;
        }
        if (hidden > 0) {
            LoggerFactory.getLogger(LogRate.class)
                    .info("{} more lines were not shown of: {}", hidden, format.replace("{}", "…"));
        }
        return shown ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
}
