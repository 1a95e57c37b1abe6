package dev.sluice.health.probe;

import dev.sluice.health.pool.Load;
import dev.sluice.net.linux.Kernel;
import dev.sluice.script.Script;
import dev.sluice.script.ScriptSecurity;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Runs a program whose exit status is the answer: `MISC_CHECK` (keepalived.md §6.7).
///
/// @param setsWeight whether an exit status from 2 on is the weight plus 2, and 0 the configured
///   weight
/// @param refusesUnsafe whether a program that others than root could change is not run
public record ScriptProbe(
        Script script, long timeoutNanos, boolean setsWeight, boolean refusesUnsafe)
        implements Probe {

    @Override
    public Finding ask(int part) {
        if (refusesUnsafe) {
            Optional<ScriptSecurity.Complaint> complaint =
                    ScriptSecurity.complaint(script, Kernel.geteuid() == 0);
            if (complaint.isPresent()) {
                return Finding.failed(complaint.get().text());
            }
        }
        return switch (script.run(List.of(), TimeUnit.NANOSECONDS.toMillis(timeoutNanos))) {
            case Script.End.Exited(int status) -> judge(status);
            case Script.End.TimedOut _ -> Finding.failed("timed out");
            case Script.End.NotStarted(String reason) -> Finding.failed(reason);
        };
    }

    private Finding judge(int status) {
        String seen = "exited with status " + status;
        if (status == 0) {
            return Finding.passed(seen);
        }
        return setsWeight && status >= 2
                ? Finding.passed(seen).with(new Load.Weight(status - 2L))
                : Finding.failed(seen);
    }
}
