package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

final class FailureTest {

    private final List<String> happened = new ArrayList<>();

    @Test
    void isReportedBeforeItIsSaid() {
        Failure failure = new Failure(() -> happened.add("reported"), noting());
        failure.report(new IllegalStateException("a broken invariant"));
        assertThat(happened.getFirst()).isEqualTo("reported");
        assertThat(happened).contains("said");
        assertThat(failure.happened()).isTrue();
    }

    /// What ended a real director: the words needed a class that was no longer there.
    @Test
    void isReportedAlthoughSayingItFails() {
        PrintStream broken =
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
                    @Override
                    public void println(String text) {
                        throw new NoClassDefFoundError("ch/qos/logback/Gone");
                    }
                };
        Failure failure = new Failure(() -> happened.add("reported"), broken);
        assertThatExceptionOfType(NoClassDefFoundError.class)
                .isThrownBy(() -> failure.report(new IllegalStateException()));
        assertThat(happened).containsExactly("reported");
        failure.awaitWords(); // and nobody waits for words that do not come
    }

    @Test
    void namesTheThreadTheBugAndWhatBecomesOfPackets() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        new Failure(() -> {}, new PrintStream(said, true, StandardCharsets.UTF_8))
                .report(new IllegalStateException("a broken invariant"));
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains(Thread.currentThread().getName())
                .contains("exit status 70")
                .contains("sluice stop")
                .contains("IllegalStateException: a broken invariant");
    }

    private PrintStream noting() {
        return new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void println(String text) {
                happened.add("said");
            }
        };
    }
}
