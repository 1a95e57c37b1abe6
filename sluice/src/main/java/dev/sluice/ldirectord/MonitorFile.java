package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.Service;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// `monitorfile`: a line for each check, `[time] [pid] real-id [up or down] message`.
final class MonitorFile {

    private static final Logger LOG = LoggerFactory.getLogger(MonitorFile.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss yyyy", Locale.ROOT);

    private MonitorFile() {}

    static void note(Service service, String real, Asking.Answer answer) {
        if (service.monitorFile() == null) {
            return;
        }
        String line =
                "[%s] [%d] %s [%s] %s%n"
                        .formatted(
                                LocalDateTime.now(ZoneId.systemDefault()).format(TIME),
                                ProcessHandle.current().pid(),
                                real,
                                answer.isGood() ? "up" : "down",
                                answer.text());
        try {
            Files.writeString(
                    Path.of(service.monitorFile()),
                    line,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException | InvalidPathException e) {
            LOG.debug("monitorfile {}: {}", service.monitorFile(), e.getMessage());
        }
    }
}
