package dev.sluice.cli;

import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.Program;
import dev.sluice.control.PublicationException;
import dev.sluice.control.RefusedException;
import dev.sluice.control.Table;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.Setting;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// `sluice sysctl`: shows and sets the `net.ipv4.vs` settings. One instance serves any number of
/// calls at a time.
///
/// | Words | Do |
/// | --- | --- |
/// | none, or `-a` | show all |
/// | `NAME` | shows one |
/// | `NAME=VALUE` | sets one, and shows it |
/// | `-p FILE` | sets what standard input, the file's text, says as sysctl.conf(5) does |
///
/// What one call sets is set as one change. If anything is wrong, everything that is wrong is told,
/// and nothing is set.
public final class Sysctl {

    public static final String NAME = "sysctl";

    private static final String PREFIX = "sluice: ";

    private final Table table;

    public Sysctl(Table table) {
        this.table = table;
    }

    /// What one call has understood.
    private static final class Wish {
        private final List<Setting> shown = new ArrayList<>();
        private final List<Edit> edits = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();
        private Policy policy;

        Wish(Policy present) {
            policy = present;
        }

        void show(String name) {
            Setting setting = Setting.named(name);
            if (setting == null) {
                problems.add(unknown(name));
            } else {
                shown.add(setting);
            }
        }

        /// @param place where it stands in a file, or empty
        void set(String place, String name, String value) {
            Setting setting = Setting.named(name);
            if (setting == null) {
                problems.add(place + unknown(name));
                return;
            }
            try {
                policy = policy.with(setting, value);
            } catch (IllegalArgumentException e) {
                problems.add(place + e.getMessage());
                return;
            }
            edits.add(new Edit.SetSetting(Origin.OPERATOR, setting, value));
            shown.add(setting);
        }

        private static String unknown(String name) {
            return "there is no setting `" + name + "'; `sluice sysctl -a' lists those there are";
        }
    }

    /// One call.
    ///
    /// @return 0, or 1 if anything was wrong
    public int run(Program.Call call) throws IOException {
        Wish wish = new Wish(table.desired().policy());
        List<String> words = call.words();
        if (words.isEmpty() || words.equals(List.of("-a"))) {
            wish.shown.addAll(List.of(Setting.values()));
        } else if (words.getFirst().equals("-p") && words.size() == 2) {
            String text = new String(call.in().readAllBytes(), StandardCharsets.UTF_8);
            read(words.get(1), text, wish);
        } else {
            for (String word : words) {
                read(word, wish);
            }
        }
        return carryOut(wish, call.out(), call.err());
    }

    private static void read(String word, Wish wish) {
        int equals = word.indexOf('=');
        if (word.startsWith("-")) {
            wish.problems.add("unknown option `" + word + "'; see: sluice sysctl --help");
        } else if (equals < 0) {
            wish.show(word.strip());
        } else {
            wish.set("", word.substring(0, equals).strip(), word.substring(equals + 1));
        }
    }

    /// Names outside `net.ipv4.vs` are the kernel's: the file may be the machine's.
    private static void read(String file, String text, Wish wish) {
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String words = line.strip();
            if (words.isEmpty() || words.startsWith("#") || words.startsWith(";")) {
                continue;
            }
            String place = file + ":" + number + ": ";
            int equals = words.indexOf('=');
            if (equals < 0) {
                wish.problems.add(place + "`" + words + "' is not NAME = VALUE");
                continue;
            }
            // A leading minus asks for errors to be ignored; none are.
            String name = words.substring(words.startsWith("-") ? 1 : 0, equals).strip();
            if (name.replace('/', '.').startsWith(Setting.PREFIX)) {
                wish.set(place, name, words.substring(equals + 1));
            }
        }
    }

    private int carryOut(Wish wish, PrintStream out, PrintStream err) {
        if (wish.problems.isEmpty() && !wish.edits.isEmpty()) {
            try {
                table.apply(wish.edits);
            } catch (RefusedException | PublicationException e) {
                wish.problems.add(String.valueOf(e.getMessage()));
            }
        }
        if (!wish.problems.isEmpty()) {
            wish.problems.forEach(problem -> err.print(PREFIX + problem + "\n"));
            return 1;
        }
        Policy policy = table.desired().policy();
        for (Setting setting : wish.shown) {
            out.print(setting.fullName() + " = " + policy.text(setting) + "\n");
        }
        return 0;
    }
}
