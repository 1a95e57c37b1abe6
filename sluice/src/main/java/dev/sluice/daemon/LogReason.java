package dev.sluice.daemon;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;

import org.slf4j.LoggerFactory;

/// Why something failed, on the line that says so: operators read reasons, not where in a program
/// they came from. `SLUICE_LOG=DEBUG` shows that, too. `%reason` in `logback.xml`.
public final class LogReason extends ThrowableProxyConverter {

    @Override
    public String convert(ILoggingEvent event) {
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown == null) {
            return "";
        }
        String message = thrown.getMessage();
        // Without a message its name is all there is.
        String reason = ": " + (message == null ? thrown.getClassName() : message);
        return isDebugging(event) ? reason + "\n" + throwableProxyToString(thrown).strip() : reason;
    }

    private static boolean isDebugging(ILoggingEvent event) {
        return LoggerFactory.getLogger(event.getLoggerName()).isDebugEnabled();
    }
}
