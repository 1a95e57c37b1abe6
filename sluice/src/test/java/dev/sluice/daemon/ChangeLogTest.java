package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Program;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

final class ChangeLogTest {

    private final List<String> said = new ArrayList<>();
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
        assertThat(said).containsExactly("rules changed: " + typed);
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
    void aRefusedChangeIsSaidAsSuch() throws IOException {
        run("ipvsadm -A -t 10.0.0.13:80", 255);
        assertThat(said)
                .containsExactly("rules changed: ipvsadm -A -t 10.0.0.13:80 (exit status 255)");
    }

    @Test
    void aScriptOfThousandsGetsAFewLinesAndANumber() throws IOException {
        for (int i = 0; i < 5000; i++) {
            run("ipvsadm -A -f " + i, 0);
        }
        nowNanos += TimeUnit.SECONDS.toNanos(60);
        run("ipvsadm -C", 0);
        assertThat(said).hasSize(13).contains("rules changed: 4990 more commands");
        assertThat(said.getLast()).isEqualTo("rules changed: ipvsadm -C");
    }

    private void run(String typed, int exitStatus) throws IOException {
        List<String> words = List.of(typed.split(" ", -1));
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        int _ =
                log.saying(_ -> exitStatus)
                        .run(
                                new Program.Call(
                                        words.getFirst(),
                                        words.subList(1, words.size()),
                                        InputStream.nullInputStream(),
                                        nowhere,
                                        nowhere));
    }
}
