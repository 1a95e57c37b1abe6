package dev.sluice.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;

/// A command that the daemon carries out for a client.
@FunctionalInterface
public interface Program {

    /// One call of a program.
    ///
    /// @param name what the program was called as, for its messages
    /// @param words what followed the name
    /// @param in asked for only when it is read
    record Call(
            String name, List<String> words, InputStream in, PrintStream out, PrintStream err) {}

    /// Runs on a thread of its own.
    ///
    /// @return the exit status, 0–255
    int run(Call call) throws IOException;
}
