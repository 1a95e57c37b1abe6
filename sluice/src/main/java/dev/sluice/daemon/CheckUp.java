package dev.sluice.daemon;

import dev.sluice.control.Program;
import dev.sluice.diagnosis.Facts;
import dev.sluice.diagnosis.Finding;
import dev.sluice.diagnosis.Mistakes;
import dev.sluice.net.linux.LinuxException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/// `sluice check-up`, the daemon's part: what is wrong, with evidence and what mends it.
///
/// What the command's user would get for `ipvsadm` comes with the call; see [OperatorPath].
final class CheckUp implements Program {

    static final String NAME = "check-up";

    static final int NOTHING_WRONG = 0;
    static final int WRONG = 1;
    static final int COULD_NOT_LOOK = 2;

    private static final int SHOWN = 50;

    private final @Nullable Supplier<Facts> survey;

    /// @param survey null without a data path
    CheckUp(@Nullable Supplier<Facts> survey) {
        this.survey = survey;
    }

    @Override
    public int run(Call call) {
        boolean json = false;
        List<String> except = new ArrayList<>();
        Facts operator = new Facts();
        List<String> words = OperatorPath.takeFrom(call.words(), operator);
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equals("--json")) {
                json = true;
            } else if (words.get(i).equals("--except") && i + 1 < words.size()) {
                except.add(words.get(++i));
            } else {
                call.err().println("sluice check-up: unknown option " + words.get(i));
                return COULD_NOT_LOOK;
            }
        }
        if (survey == null) {
            call.err()
                    .println(
                            "sluice check-up: this daemon captures no packets (--no-packets), so"
                                    + " there is nothing to look at");
            return COULD_NOT_LOOK;
        }
        try {
            Facts facts = survey.get();
            List<Finding> findings = new ArrayList<>(Mistakes.findings(facts));
            findings.addAll(Mistakes.findings(operator));
            findings.sort(Comparator.comparing(Finding::severity));
            findings.removeIf(finding -> except.contains(finding.kind()));
            return json ? json(call, findings, facts) : text(call, findings, facts);
        } catch (LinuxException e) {
            call.err().println("sluice check-up: could not look: " + e.getMessage());
            return COULD_NOT_LOOK;
        }
    }

    private static int text(Call call, List<Finding> findings, Facts facts) {
        long wrong = findings.stream().filter(Finding::isWrong).count();
        call.out()
                .println(
                        (wrong == 0
                                        ? "nothing is wrong"
                                        : wrong == 1
                                                ? "1 thing is wrong"
                                                : wrong + " things are wrong")
                                + "; looked at "
                                + facts.inWords());
        if (!findings.isEmpty()) {
            call.out().println();
            FindingReport.print(call.out(), findings, SHOWN);
        }
        return wrong == 0 ? NOTHING_WRONG : WRONG;
    }

    private static int json(Call call, List<Finding> findings, Facts facts) {
        long wrong = findings.stream().filter(Finding::isWrong).count();
        call.out()
                .println(
                        new Json()
                                .number("wrong", wrong)
                                .number("notes", findings.size() - wrong)
                                .text("looked_at", facts.inWords())
                                .list("findings", FindingReport.json(findings)));
        return wrong == 0 ? NOTHING_WRONG : WRONG;
    }
}
