package dev.sluice.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Who has a [Program] run, for the log.
///
/// @param user by the kernel's word
/// @param process its number, by the client's own word; 0: unknown
/// @param sudoUser who became that user by sudo, by the client's own word, or an empty text
public record Caller(String user, long process, String sudoUser) {

    /// The daemon itself, which restores rules at its start.
    public static final Caller DAEMON = new Caller("the daemon itself", 0, "");

    /// What a client says of itself. A symbolic link, since Java's own way costs it a millisecond.
    static Caller self() {
        String sudoUser = System.getenv().getOrDefault("SUDO_USER", "");
        try {
            String process = Files.readSymbolicLink(Path.of("/proc/self")).toString();
            return new Caller("", Long.parseLong(process), sudoUser);
        } catch (IOException | NumberFormatException e) {
            return new Caller("", 0, sudoUser); // no /proc here
        }
    }

    Caller as(String whom) {
        return new Caller(whom, process, sudoUser);
    }

    /// `root (alice by sudo, process 4711)`
    @Override
    public String toString() {
        String more = sudoUser.isEmpty() ? "" : sudoUser + " by sudo";
        if (process != 0) {
            more += (more.isEmpty() ? "" : ", ") + "process " + process;
        }
        return more.isEmpty() ? user : user + " (" + more + ")";
    }
}
