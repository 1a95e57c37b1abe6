package dev.sluice.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Needs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/// Scripts run without a shell, not for ever, and not when somebody could have changed them.
final class ScriptTest {

    private static final long PATIENCE_MILLIS = 60_000;

    @TempDir private Path folder;

    private Path script(String text) throws Exception {
        Path file = folder.resolve("script");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    @Test
    void itsStatusIsReported() {
        assertThat(Script.of("true").run(List.of(), PATIENCE_MILLIS))
                .isEqualTo(new Script.End.Exited(0));
        assertThat(Script.of("false").run(List.of(), PATIENCE_MILLIS))
                .isEqualTo(new Script.End.Exited(1));
    }

    @Test
    void noShellReadsItsArguments() throws Exception {
        Path out = folder.resolve("out");
        Path file = script("#!/bin/sh\nprintf '%s|' \"$@\" >" + out + "\n");
        Script.of(file.toString(), "a b", "$(reboot)")
                .run(List.of("; rm -rf /", "*"), PATIENCE_MILLIS);
        assertThat(Files.readString(out)).isEqualTo("a b|$(reboot)|; rm -rf /|*|");
    }

    @Test
    void itIsKilledWithWhatItStarted() throws Exception {
        Path file = script("#!/bin/sh\necho $$ >" + folder + "/pid\nsleep 600 & wait\n");
        assertThat(Script.of(file.toString()).run(List.of(), 300))
                .isEqualTo(new Script.End.TimedOut());
        long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
        assertThat(ProcessHandle.of(pid)).isEmpty();
    }

    @Test
    void whatIsNotThereIsNotStarted() {
        Script missing = Script.of("/nonexistent/script");
        assertThat(missing.run(List.of(), PATIENCE_MILLIS))
                .isInstanceOf(Script.End.NotStarted.class);
        assertThat(ScriptSecurity.complaint(missing, false).orElseThrow().isUnsafe()).isFalse();
    }

    @Test
    void programsOfTheSystemAreSafe() {
        assertThat(ScriptSecurity.complaint(Script.of("/bin/true"), true)).isEmpty();
        assertThat(ScriptSecurity.complaint(Script.of("true"), true)).isEmpty();
    }

    @Test
    void whatOthersCouldHaveChangedIsNot() throws Exception {
        Script script = Script.of(script("#!/bin/sh\n").toString());
        // The folder is below /tmp, where everybody writes.
        Optional<ScriptSecurity.Complaint> complaint = ScriptSecurity.complaint(script, true);
        assertThat(complaint.orElseThrow().isUnsafe()).isTrue();
        assertThat(complaint.orElseThrow().text())
                .startsWith("Unsafe permissions found for script '" + folder);
        assertThat(ScriptSecurity.complaint(script, false)).isEmpty();
    }

    @Test
    void anotherUserRunsIt() throws Exception {
        Needs.programs("runuser", "id");
        Needs.that(
                "root".equals(System.getProperty("user.name")), "becoming another user takes root");
        Path out = folder.resolve("out");
        Files.createFile(out);
        Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rw-rw-rw-"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path file = script("#!/bin/sh\nid -un >" + out + "\nid -gn >>" + out + "\n");
        assertThat(
                        new Script(List.of(file.toString()), "nobody", null)
                                .run(List.of(), PATIENCE_MILLIS))
                .isEqualTo(new Script.End.Exited(0));
        assertThat(Files.readAllLines(out)).containsExactly("nobody", "nogroup");
    }
}
