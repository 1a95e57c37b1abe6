package dev.sluice.config;

import dev.sluice.config.settings.Settings;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;

import java.util.List;

/// A configuration as it was understood, and everything that is wrong with it.
///
/// @param problems in the order of the text
public record Reading(Settings settings, List<Problem> problems) {

    /// Whether the settings are to be used at all: what keepalived would adjust is adjusted in
    /// them.
    public boolean isUsable() {
        return !has(Severity.ERROR);
    }

    /// As the manual of keepalived has it: 0 fine, 3 cannot run, 4 would run after adjusting, 5
    /// scripts that are not secure. Warnings alone are fine.
    public int exitStatus() {
        return has(Severity.ERROR) ? 3 : has(Severity.ADJUSTED) ? 4 : has(Severity.UNSAFE) ? 5 : 0;
    }

    private boolean has(Severity severity) {
        return problems.stream().anyMatch(problem -> problem.severity() == severity);
    }
}
