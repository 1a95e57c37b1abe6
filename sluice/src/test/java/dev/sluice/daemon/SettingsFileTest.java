package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.sluice.cli.Sysctl;
import dev.sluice.control.Capabilities;
import dev.sluice.control.Table;
import dev.sluice.director.service.Setting;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `sluice run --sysctl FILE`.
final class SettingsFileTest {

    @TempDir private Path directory;

    private final Table table = new Table(Capabilities.DIRECTOR, 1, _ -> {});

    @Test
    void settingsAreInForceAndNamesOfOthersArePassedOver() throws Exception {
        SettingsFile.set(
                file("net.ipv4.ip_forward = 1\n# ours\nnet.ipv4.vs.drop_entry=3\n"),
                new Sysctl(table));
        assertThat(table.desired().policy().get(Setting.DROP_ENTRY)).isEqualTo(3);
    }

    @Test
    void whatCannotBeSetEndsTheStartWithItsLine() throws Exception {
        Path file = file("net.ipv4.vs.sloppy_tcp=1\nnet.ipv4.vs.drop_entry=4\n");
        assertThatIOException()
                .isThrownBy(() -> SettingsFile.set(file, new Sysctl(table)))
                .withMessageContaining(file + ":2: net.ipv4.vs.drop_entry takes 0 to 3");
        assertThat(table.desired().policy().get(Setting.SLOPPY_TCP)).isZero();
    }

    @Test
    void aMissingFileIsSaid() {
        Path missing = directory.resolve("missing");
        assertThatIOException()
                .isThrownBy(() -> SettingsFile.set(missing, new Sysctl(table)))
                .withMessageContaining("--sysctl " + missing + " cannot be read");
    }

    @Test
    void freeMemoryIsUnusedPagesAndBuffers() throws Exception {
        Path meminfo =
                file("MemTotal: 8000 kB\nMemFree:   400 kB\nBuffers:  40 kB\nCached: 9 kB\n");
        assertThat(new FreeMemory(meminfo).getAsLong()).isEqualTo(110);
        assertThat(new FreeMemory(directory.resolve("none")).getAsLong()).isEqualTo(Long.MAX_VALUE);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("file"), text);
    }
}
