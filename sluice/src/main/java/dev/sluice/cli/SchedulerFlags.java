package dev.sluice.cli;

import java.util.ArrayList;
import java.util.List;

/// The list behind `-b`: three bits that `sh` and `mh` have names for.
final class SchedulerFlags {

    private SchedulerFlags() {}

    /// Bits 0–2 for the flags 1–3.
    ///
    /// @throws Refused for a flag that nobody has, or another scheduler
    static int parse(String list, String scheduler) throws Refused {
        int bits = 0;
        for (String flag : list.split(",", -1)) {
            if (!flag.isEmpty()) {
                bits |= bit(flag, scheduler);
            }
        }
        return bits;
    }

    /// As listed and saved, always in the order of the bits. Flag 3 of `sh` and `mh` has no name;
    /// the original prints nothing for it, which cannot be restored.
    static String text(int bits, String scheduler) {
        boolean named = scheduler.equals("sh") || scheduler.equals("mh");
        List<String> flags = new ArrayList<>();
        if ((bits & 1) != 0) {
            flags.add(named ? scheduler + "-fallback" : "flag-1");
        }
        if ((bits & 2) != 0) {
            flags.add(named ? scheduler + "-port" : "flag-2");
        }
        if ((bits & 4) != 0) {
            flags.add("flag-3");
        }
        return String.join(",", flags);
    }

    private static int bit(String flag, String scheduler) throws Refused {
        return switch (flag) {
            case "flag-1" -> 1;
            case "flag-2" -> 2;
            case "flag-3" -> 4;
            case "sh-fallback" -> compatible(flag, "sh", scheduler, 1);
            case "sh-port" -> compatible(flag, "sh", scheduler, 2);
            case "mh-fallback" -> compatible(flag, "mh", scheduler, 1);
            case "mh-port" -> compatible(flag, "mh", scheduler, 2);
            default -> throw Refused.value("invalid scheduler flag `" + flag + "'");
        };
    }

    private static int compatible(String flag, String owner, String scheduler, int bit)
            throws Refused {
        if (!owner.equals(scheduler)) {
            throw Refused.value("incompatible scheduler flag `" + flag + "'");
        }
        return bit;
    }
}
