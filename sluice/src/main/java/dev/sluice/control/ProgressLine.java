package dev.sluice.control;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// How far the daemon is with a command, as a line on the client's terminal that goes away again.
/// Only commands that list or restore take so long that somebody wonders, and only standard error
/// is looked at: standard output is for what was asked for.
final class ProgressLine {

    private static final String ERASE_LINE = "\r\033[K";

    private final String program;
    private final PrintStream err;
    private final boolean shown;
    private boolean drawn;

    ProgressLine(String program, PrintStream err) {
        this(program, err, program.startsWith("ipvsadm") && isTerminal());
    }

    ProgressLine(String program, PrintStream err, boolean shown) {
        this.program = program;
        this.err = err;
        this.shown = shown;
    }

    /// Whether the daemon should tell.
    boolean isShown() {
        return shown;
    }

    void draw(String text) {
        err.print(ERASE_LINE + program + ": " + text);
        err.flush();
        drawn = true;
    }

    void erase() {
        if (drawn) {
            err.print(ERASE_LINE);
            err.flush();
            drawn = false;
        }
    }

    /// What the file is called says it, without the milliseconds of a first native call; Java
    /// itself knows only whether standard input and output are terminals.
    private static boolean isTerminal() {
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return file.matches("/dev/(pts/[0-9]+|tty[A-Za-z0-9]+|console)");
        } catch (IOException e) {
            return false; // no /proc here
        }
    }
}
