package dev.sluice.daemon;

import dev.sluice.config.ldirectord.Dialogue;
import dev.sluice.config.ldirectord.LdirectorSettings;
import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;

import java.util.ArrayList;
import java.util.List;

/// What a ldirectord.cf asks for in vain.
final class LdirectorNotDone {

    private LdirectorNotDone() {}

    static List<Problem> in(String file, LdirectorSettings settings) {
        List<Problem> problems = new ArrayList<>();
        for (Service service : settings.services()) {
            boolean negotiates =
                    service.check().kind() == Kind.NEGOTIATE
                            || service.check().kind() == Kind.COMBINED;
            if (negotiates && service.check().dialogue() == Dialogue.ORACLE) {
                problems.add(
                        new Problem(
                                Severity.WARNING,
                                service.place(),
                                "`service = oracle` cannot be asked: its servers count as down",
                                "write checktype = connect, or external with a script"));
            }
            if (!service.mail().recipients().isEmpty()) {
                problems.add(
                        new Problem(
                                Severity.WARNING,
                                service.place(),
                                "`emailalert`: no mail is sent",
                                "the log has a line for each change"));
            }
        }
        if (settings.logFile() != null) {
            problems.add(
                    new Problem(
                            Severity.WARNING,
                            Place.of(file),
                            "`logfile`: the log goes to standard error",
                            "redirect it"));
        }
        for (String other : settings.others()) {
            problems.add(
                    new Problem(
                            Severity.WARNING,
                            Place.of(file),
                            "`execute`: " + other + " is not started",
                            "put all services into one file"));
        }
        return problems;
    }
}
