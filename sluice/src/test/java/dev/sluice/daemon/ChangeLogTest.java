package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Caller;
import dev.sluice.control.Program;
import dev.sluice.control.Progress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

final class ChangeLogTest {

    private final List<String> said = new ArrayList<>();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private long nowNanos;
    private final ChangeLog log = new ChangeLog(() -> nowNanos, said::add);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ipvsadm -A -t 10.0.0.13:80 -s rr",
                "ipvsadm -C",
                "ipvsadm --set 30 5 60",
                "ipvsadm-restore"
            })
    void changesAreSaid(String typed) throws IOException {
        run(typed, 0);
        assertThat(said).containsExactly("rules changed by root (process 7): " + typed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ipvsadm",
                "ipvsadm -Ln",
                "ipvsadm -L --stats",
                "ipvsadm -S -n",
                "ipvsadm-save"
            })
    void whatOnlyReadsIsNot(String typed) throws IOException {
        run(typed, 0);
        assertThat(said).isEmpty();
    }

    @Test
    void aRefusedChangeIsSaidAsSuchWithTheReason() throws IOException {
        run("ipvsadm -A -t 10.0.0.13:80", 255, "Service already exists\nmore\n");
        assertThat(said)
                .containsExactly(
                        "refused to root (process 7): ipvsadm -A -t 10.0.0.13:80: Service already"
                                + " exists");
        assertThat(errors.toString(StandardCharsets.UTF_8))
                .isEqualTo("Service already exists\nmore\n");
    }

    @Test
    void aRestoreThatGoesOnAfterBadLinesHasChangedTheRules() throws IOException {
        run("ipvsadm-restore", 0, "Memory allocation problem\nNo such service\n");
        assertThat(said)
                .containsExactly(
                        "rules changed by root (process 7): ipvsadm-restore; 2 lines of"
                                + " complaints, the first: Memory allocation problem");
    }

    @Test
    void aWordWithANewlineMakesNoLineOfItsOwn() throws IOException {
        run("ipvsadm -A\n2026-11-29T00:00:00.000Z ERROR \u001b[31mforged", 255, "");
        assertThat(said).singleElement().asString().doesNotContain("\n").doesNotContain("\u001b");
    }

    @Test
    void whoUsesSudoIsNamed() {
        assertThat(new Caller("root", 7, "alice")).hasToString("root (alice by sudo, process 7)");
        assertThat(new Caller("root", 0, "")).hasToString("root");
    }

    @Test
    void whatWasOnlyCountedIsSaidWhenItIsOver() throws IOException {
        for (int i = 0; i < 12; i++) {
            run("ipvsadm -A -f " + i, 0);
        }
        nowNanos += TimeUnit.SECONDS.toNanos(10);
        log.endWindow();
        assertThat(said.getLast()).isEqualTo("rules changed: 2 more commands");
    }

    @Test
    void aScriptOfThousandsGetsAFewLinesAndANumber() throws IOException {
        for (int i = 0; i < 5000; i++) {
            run("ipvsadm -A -f " + i, 0);
        }
        nowNanos += TimeUnit.SECONDS.toNanos(60);
        run("ipvsadm -C", 0);
        assertThat(said).hasSize(13).contains("rules changed: 4990 more commands");
        assertThat(said.getLast()).isEqualTo("rules changed by root (process 7): ipvsadm -C");
    }

    private void run(String typed, int exitStatus) throws IOException {
        run(typed, exitStatus, "");
    }

    private void run(String typed, int exitStatus, String complaint) throws IOException {
        List<String> words = List.of(typed.split(" ", -1));
        PrintStream err = new PrintStream(errors, true, StandardCharsets.UTF_8);
        Program program =
                call -> {
                    call.err().print(complaint);
                    return exitStatus;
                };
        int _ =
                log.saying(program)
                        .run(
                                new Program.Call(
                                        words.getFirst(),
                                        words.subList(1, words.size()),
                                        InputStream.nullInputStream(),
                                        err,
                                        err,
                                        new Caller("root", 7, ""),
                                        Progress.IGNORED));
    }
}
