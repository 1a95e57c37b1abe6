package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How lines look, and how many of a kind there are.
final class LogLinesTest {

    private static final String ISO_WITH_ZONE =
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}([+-]\\d\\d:\\d\\d|Z)";

    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> shown = new ListAppender<>();
    private final Logger log = context.getLogger("any");
    private long nowNanos;

    @BeforeEach
    void start() {
        LogRate rate = new LogRate(() -> nowNanos);
        rate.start();
        context.addTurboFilter(rate);
        shown.start();
        log.addAppender(shown);
        log.setLevel(Level.INFO);
    }

    @Test
    void everyLineHasADateWithZoneALevelAndTheReasonInWords() {
        String line = layout(ordinaryPattern()).doLayout(failure());
        assertThat(line)
                .matches(ISO_WITH_ZONE + " WARN  could not follow: no such device\n")
                .doesNotContain("Exception");
    }

    @Test
    void underTheJournalALineHasAPriorityAndNoTimeOfItsOwn() {
        PatternLayout layout = layout(LogFormat.JOURNAL);
        assertThat(layout.doLayout(failure())).isEqualTo("<4>could not follow: no such device\n");
        assertThat(layout.doLayout(event(Level.ERROR, "bad", null))).isEqualTo("<3>bad\n");
        assertThat(layout.doLayout(event(Level.INFO, "ready", null))).isEqualTo("<6>ready\n");
    }

    @Test
    void whatGoesOnAndOnIsShownTenTimesAndThenCounted() {
        for (int i = 0; i < 1000; i++) {
            log.warn("interface {} is gone", "eth" + i);
        }
        assertThat(shown.list).hasSize(10);
        log.warn("another kind");
        assertThat(shown.list).hasSize(11);
    }

    @Test
    void afterAWhileItIsShownAgain() {
        for (int i = 0; i < 11; i++) {
            log.info("it flaps");
        }
        nowNanos += TimeUnit.SECONDS.toNanos(10);
        log.info("it flaps");
        assertThat(shown.list).hasSize(11);
    }

    @Test
    void kindsAreForgottenSoThatNothingGrows() {
        for (int i = 0; i < 100_000; i++) {
            log.info("kind " + i);
        }
        assertThat(shown.list).hasSize(100_000);
    }

    private LoggingEvent failure() {
        return event(Level.WARN, "could not follow", new IllegalStateException("no such device"));
    }

    private LoggingEvent event(Level level, String message, @Nullable Throwable thrown) {
        return new LoggingEvent("any", log, level, message, thrown, null);
    }

    private PatternLayout layout(String pattern) {
        PatternLayout layout = new PatternLayout();
        layout.getInstanceConverterMap().put("reason", LogReason::new);
        layout.setContext(context);
        layout.setPattern(pattern);
        layout.start();
        return layout;
    }

    /// What logback.xml says where nobody said otherwise.
    private static String ordinaryPattern() {
        try (InputStream in = LogFormat.class.getResourceAsStream("/logback.xml")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Matcher pattern = Pattern.compile("pattern:-(.*)}</pattern>").matcher(text);
            assertThat(pattern.find()).isTrue();
            return pattern.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
