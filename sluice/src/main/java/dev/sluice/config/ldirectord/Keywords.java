package dev.sluice.config.ldirectord;

import java.util.List;
import java.util.Set;

/// All keywords, by where they may stand. docs/compatibility.md has a row for each.
final class Keywords {

    static final Set<String> GLOBAL =
            Set.of(
                    "checktimeout",
                    "negotiatetimeout",
                    "checkinterval",
                    "failurecount",
                    "checkcount",
                    "quiescent",
                    "readdquiescent",
                    "cleanstop",
                    "fallback",
                    "fallback6",
                    "fallbackcommand",
                    "autoreload",
                    "callback",
                    "logfile",
                    "emailalert",
                    "emailalertfrom",
                    "emailalertfreq",
                    "emailalertstatus",
                    "smtp",
                    "fork",
                    "supervised",
                    "maintenancedir",
                    "execute",
                    "virtual",
                    "virtual6");

    static final Set<String> OF_SERVICE =
            Set.of(
                    "real",
                    "real6",
                    "checktype",
                    "service",
                    "checkcommand",
                    "checkport",
                    "request",
                    "receive",
                    "httpmethod",
                    "virtualhost",
                    "login",
                    "passwd",
                    "database",
                    "secret",
                    "load",
                    "scheduler",
                    "schedflags",
                    "persistent",
                    "netmask",
                    "protocol",
                    "ops",
                    "monitorfile",
                    "servicename",
                    "comment",
                    "checktimeout",
                    "negotiatetimeout",
                    "checkinterval",
                    "checkcount",
                    "failurecount",
                    "fallback",
                    "fallback6",
                    "fallbackcommand",
                    "quiescent",
                    "cleanstop",
                    "emailalert",
                    "emailalertfreq",
                    "emailalertstatus",
                    "smtp");

    private Keywords() {}

    /// What may have been meant; empty if nothing is near.
    static String hint(String word, Set<String> known) {
        List<String> near =
                known.stream().filter(each -> isNear(word.strip(), each)).sorted().toList();
        return near.isEmpty()
                ? "write: KEY = VALUE"
                : "did you mean `%s`?".formatted(near.getFirst());
    }

    /// Whether one letter more, less, or another makes it the other word.
    private static boolean isNear(String word, String known) {
        int start = 0;
        while (start < Math.min(word.length(), known.length())
                && word.charAt(start) == known.charAt(start)) {
            start++;
        }
        String rest = word.substring(start);
        String wanted = known.substring(start);
        return rest.equals(wanted)
                || !rest.isEmpty() && rest.substring(1).equals(wanted)
                || !wanted.isEmpty() && wanted.substring(1).equals(rest)
                || !rest.isEmpty()
                        && !wanted.isEmpty()
                        && rest.substring(1).equals(wanted.substring(1));
    }
}
