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
    /// @param caller who wants it
    /// @param progress told by programs that may take long
    record Call(
            String name,
            List<String> words,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Caller caller,
            Progress progress) {

        /// A call of the daemon's own.
        public Call(
                String name, List<String> words, InputStream in, PrintStream out, PrintStream err) {
            this(name, words, in, out, err, Caller.DAEMON, Progress.IGNORED);
        }

        /// The same, by another name and with other words.
        public Call as(String otherName, List<String> otherWords) {
            return new Call(otherName, otherWords, in, out, err, caller, progress);
        }

        /// The same, with its errors going elsewhere.
        public Call complainingTo(PrintStream other) {
            return new Call(name, words, in, out, other, caller, progress);
        }
    }

    /// Runs on a thread of its own.
    ///
    /// @return the exit status, 0–255
    int run(Call call) throws IOException;
}
