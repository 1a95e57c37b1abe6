package dev.sluice.net.bpf;

import dev.sluice.ebpf.Program;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the line of the verifier's log that says what is wrong. The log walks every path of the
/// program, one line for each instruction (`12: (79) r1 = *(u64 *)(r0 +0)`) and register state; the
/// reason is the last line before the summary.
final class VerifierLog {

    private static final Pattern INSTRUCTION = Pattern.compile("(\\d+): \\([0-9a-f]{2}\\).*");
    private static final Pattern REASON_NAMES_SLOT = Pattern.compile(".*\\binsn (\\d+)\\b.*");

    private VerifierLog() {}

    static String explain(String log, Program program) {
        List<String> lines =
                log.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !isSummary(line))
                        .toList();
        if (lines.isEmpty()) {
            return "the kernel gave no reason";
        }
        String reason = lines.getLast();
        Matcher named = REASON_NAMES_SLOT.matcher(reason);
        if (named.matches()) {
            return reason + ", at " + program.line(Integer.parseInt(named.group(1)));
        }
        for (String line : lines.reversed()) {
            Matcher instruction = INSTRUCTION.matcher(line);
            if (instruction.matches()) {
                return reason + ", at " + program.line(Integer.parseInt(instruction.group(1)));
            }
        }
        return reason;
    }

    private static boolean isSummary(String line) {
        return line.startsWith("processed ")
                || line.startsWith("verification time")
                || line.startsWith("stack depth")
                || line.startsWith("mark_precise");
    }
}
