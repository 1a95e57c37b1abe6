package dev.sluice.cli;

import static dev.sluice.control.Origin.OPERATOR;

import dev.sluice.control.Edit;
import dev.sluice.control.Program;
import dev.sluice.control.PublicationException;
import dev.sluice.control.Refusal;
import dev.sluice.control.Table;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

/// Rules that are carried out one after the other, each a call of ipvsadm of its own on top of the
/// table as it is. A line that the table refuses is reported and passed over; one that breaks the
/// grammar ends everything.
///
/// Edits that follow each other reach the workers and the gate together, some hundred at a time:
/// nobody can tell but by the clock. What else a line asks for, and what there is to print, comes
/// when all before it has been carried out.
final class Restore {

    /// Edits that are carried out together: some milliseconds' work, which is how long another
    /// command may have to wait.
    private static final int BATCH = 512;

    /// Carries out a line that is no edit.
    @FunctionalInterface
    interface Others {
        void execute(CommandLine line, Program.Call call) throws Refused;
    }

    private final String name;
    private final Table table;
    private final Host host;
    private final Others others;
    private final Program.Call call;
    private final List<Edit> batch = new ArrayList<>();
    private int exitStatus;

    /// @param name of the program, for messages
    Restore(String name, Table table, Host host, Others others, Program.Call call) {
        this.name = name;
        this.table = table;
        this.host = host;
        this.others = others;
        this.call = call;
    }

    /// Removes all services, together with the first rules.
    void clear() {
        batch.add(new Edit.Clear(OPERATOR));
    }

    /// Carries rules out, in their order.
    ///
    /// @return the exit status of the last line that ran
    int run(List<String> rules) {
        int done = 0;
        for (String rule : rules) {
            call.progress().at(done++, rules.size(), "rules");
            List<String> words = words(rule);
            if (words.isEmpty()) {
                continue;
            }
            try {
                CommandLine line = CommandLine.parseRule(name, words, host);
                Edit edit = line.edit();
                if (edit != null) {
                    add(edit);
                    continue;
                }
                flush();
                exitStatus = 0;
                others.execute(line, call);
                if (line.command() == Command.HELP || line.command() == Command.VERSION) {
                    return exitStatus;
                }
            } catch (Refused refused) {
                flush();
                report(refused);
                if (refused.endsRestore()) {
                    return exitStatus;
                }
            }
        }
        flush();
        return exitStatus;
    }

    private void add(Edit edit) {
        batch.add(edit);
        if (batch.size() == BATCH) {
            flush();
        }
    }

    private void flush() {
        if (batch.isEmpty()) {
            return;
        }
        try {
            table.applyEach(batch).forEach(this::report);
        } catch (PublicationException e) {
            // None was carried out. One by one it shows which of them is too much.
            batch.forEach(this::executeAlone);
        }
        batch.clear();
    }

    private void executeAlone(Edit edit) {
        try {
            table.applyEach(List.of(edit)).forEach(this::report);
        } catch (PublicationException e) {
            report(Refused.byTable(String.valueOf(e.getMessage())));
        }
    }

    private void report(Optional<Refusal> refusal) {
        exitStatus = 0;
        refusal.ifPresent(present -> report(Refused.byTable(present)));
    }

    private void report(Refused refused) {
        call.err().print(refused.text() + "\n");
        exitStatus = refused.exitStatus();
    }

    /// The words of a rule: no quotes, no escapes, no comments, and without the program's name
    /// wherever it stands.
    private static List<String> words(String rule) {
        List<String> words = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(rule, " \t\r");
        while (tokens.hasMoreTokens()) {
            String word = tokens.nextToken();
            if (!word.equals(Ipvsadm.NAME)) {
                words.add(word);
            }
        }
        return words;
    }
}
