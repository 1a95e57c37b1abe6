package dev.sluice.daemon;

import dev.sluice.diagnosis.Finding;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/// Findings as an operator reads them, and as programs do.
final class FindingReport {

    private FindingReport() {}

    /// Each with its evidence and what mends it.
    ///
    /// @param limit so many at most; the others are counted
    static void print(PrintStream out, List<Finding> findings, int limit) {
        int number = 0;
        for (Finding finding : findings.subList(0, Math.min(limit, findings.size()))) {
            number++;
            out.printf(
                    "%3d. %s%s [%s]%n",
                    number, finding.isWrong() ? "" : "to know: ", finding.what(), finding.kind());
            finding.evidence().forEach(line -> out.printf("       %s%n", line));
            finding.mends().forEach(line -> out.printf("     → %s%n", line));
        }
        if (findings.size() > limit) {
            out.printf(
                    "     and %d more; all of them: sluice check-up --json%n",
                    findings.size() - limit);
        }
    }

    static List<Json> json(List<Finding> findings) {
        return findings.stream()
                .map(finding ->
                        new Json()
                                .text("kind", finding.kind())
                                .text(
                                        "severity",
                                        finding.severity().name().toLowerCase(Locale.ROOT))
                                .text("subject", finding.subject())
                                .text("what", finding.what())
                                .texts("evidence", finding.evidence())
                                .texts("mends", finding.mends()))
                .toList();
    }
}
