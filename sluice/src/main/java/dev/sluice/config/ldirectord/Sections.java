package dev.sluice.config.ldirectord;

import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problems;

import java.util.ArrayList;
import java.util.List;

/// Lines to global options and sections. A section is a `virtual` line and the lines that follow it
/// at once and are indented by four blanks or a tab; comments do not end it, anything else does, an
/// empty line too.
record Sections(List<Entry> globals, List<Section> services) {

    private static final String INDENTATION = "    ";

    /// @param head the `virtual` or `virtual6` line
    record Section(Entry head, List<Entry> entries) {

        boolean isIpv6() {
            return head.key().equals("virtual6");
        }
    }

    static Sections read(String file, String text, Problems problems) {
        Sections sections = new Sections(new ArrayList<>(), new ArrayList<>());
        Section open = null;
        String[] lines = text.split("\n", -1);
        int number = 0;
        for (String raw : lines) {
            number++;
            String line = raw.replace("\t", INDENTATION);
            boolean isIndented = line.startsWith(" ");
            if (line.strip().startsWith("#")) {
                continue;
            }
            if (line.isBlank()) {
                // What split makes after the last newline is no line, and ends nothing.
                open = number == lines.length ? open : null;
                continue;
            }
            boolean isInSection = open != null && line.startsWith(INDENTATION);
            Entry entry = Entry.of(file, number, line, isInSection);
            if (open != null && isInSection) {
                open.entries().add(entry);
                continue;
            }
            open = null;
            if (isIndented) {
                problems.error(
                        entry.place(),
                        "an indented line that belongs to no `virtual`",
                        "options of a service follow its `virtual` line at once, without an empty"
                                + " line between, indented by at least four blanks or a tab; global"
                                + " options begin at the first column");
            } else if (entry.hasValue() && entry.key().matches("virtual6?")) {
                open = new Section(entry, new ArrayList<>());
                sections.services().add(open);
            } else {
                sections.globals().add(entry);
            }
        }
        // ldirectord takes a `virtual` at the very end twice, and complains of the second.
        if (open != null && open.entries().isEmpty() && isLast(lines, open.head().place())) {
            problems.error(
                    open.head().place(),
                    "the file ends with a `virtual` that has no options",
                    "write its real servers under it: real = ADDRESS:PORT gate|masq|ipip");
        }
        return sections;
    }

    private static boolean isLast(String[] lines, Place place) {
        int last = lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
        return place.line() == last;
    }
}
