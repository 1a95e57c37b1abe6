package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.diagnosis.Finding;
import dev.sluice.diagnosis.Finding.Severity;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A mistake is said when it is made and when it is no longer seen, and not in between.
final class FindingLogTest {

    private final List<String> said = new ArrayList<>();
    private final FindingLog.Said log =
            new FindingLog.Said(it -> said.add("WARN " + it), it -> said.add("INFO " + it));

    @Test
    void itIsSaidOnceWithEvidenceAndCommand() {
        log.tell(List.of(finding("kind", "a", Severity.WRONG)));
        log.tell(List.of(finding("kind", "a", Severity.WRONG)));
        assertThat(said)
                .containsExactly("WARN wrong: a is wrong (seen so; and so); to mend it: mend a");
    }

    @Test
    void itsEndIsSaidAndItsReturn() {
        log.tell(List.of(finding("kind", "a", Severity.WRONG)));
        log.tell(List.of());
        log.tell(List.of(finding("kind", "a", Severity.WRONG)));
        assertThat(said).hasSize(3);
        assertThat(said.get(1)).isEqualTo("INFO no longer seen: a is wrong");
    }

    @Test
    void aNoteIsNoWarning() {
        log.tell(List.of(finding("kind", "a", Severity.NOTE)));
        assertThat(said).singleElement().asString().startsWith("INFO to know: a is wrong");
    }

    @Test
    void ofManyTheFirstAreSaid() {
        log.tell(
                IntStream.range(0, 500)
                        .mapToObj(i -> finding("kind", "n" + i, Severity.WRONG))
                        .toList());
        assertThat(said).hasSize(11);
        assertThat(said.getLast())
                .isEqualTo("WARN and 490 more; all of them, with evidence: sluice check-up");
        said.clear();
        log.tell(List.of());
        assertThat(said).hasSize(11);
        assertThat(said.getLast()).isEqualTo("INFO and 490 more are no longer seen");
    }

    @Test
    void whatTheGateSaysIsNotSaidAgain() {
        log.tell(List.of(finding("interface-lost", "eth1", Severity.WRONG)));
        log.tell(List.of());
        assertThat(said).isEmpty();
    }

    private static Finding finding(String kind, String subject, Severity severity) {
        return new Finding(
                kind,
                severity,
                subject,
                subject + " is wrong",
                List.of("seen so", "and so"),
                List.of("mend " + subject, "or this"));
    }
}
