package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class LogFormatTest {

    @TempDir private Path directory;

    @Test
    void theJournalIsKnownByDeviceAndInode() throws IOException {
        Path errors = Files.createFile(directory.resolve("errors"));
        String here =
                Files.getAttribute(errors, "unix:dev")
                        + ":"
                        + Files.getAttribute(errors, "unix:ino");
        assertThat(LogFormat.isJournal(here, errors)).isTrue();
    }

    @Test
    void errorsThatGoElsewhereAreNotTheJournal() throws IOException {
        Path errors = Files.createFile(directory.resolve("errors"));
        assertThat(LogFormat.isJournal("9:12345", errors)).isFalse();
        assertThat(LogFormat.isJournal(null, errors)).isFalse();
        assertThat(LogFormat.isJournal("9:12345", directory.resolve("gone"))).isFalse();
    }
}
