package dev.sluice.script;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A command of the configuration.
///
/// @param command the program and its arguments; no shell reads them
/// @param user who runs it, or null: whoever runs Sluice
/// @param group null: the user's own
public record Script(List<String> command, @Nullable String user, @Nullable String group) {

    private static final long GRACE_MILLIS = 1_000;

    public Script {
        command = List.copyOf(command);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("an empty command");
        }
    }

    public static Script of(String... command) {
        return new Script(List.of(command), null, null);
    }

    /// How a run ended.
    public sealed interface End {

        record Exited(int status) implements End {}

        record TimedOut() implements End {}

        /// It never ran.
        ///
        /// @param reason such as that there is no such program
        record NotStarted(String reason) implements End {}
    }

    /// Runs it and waits. It has the daemon's environment, output and network namespace, and no
    /// input.
    ///
    /// @param timeoutMillis after which it and what it started are killed
    public End run(List<String> moreArguments, long timeoutMillis) {
        List<String> words = new ArrayList<>(asUser());
        words.addAll(command);
        words.addAll(moreArguments);
        Process process;
        try {
            process =
                    new ProcessBuilder(words)
                            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            process.getOutputStream().close();
        } catch (IOException e) {
            return new End.NotStarted(String.valueOf(e.getMessage()));
        }
        try {
            if (process.waitFor(timeoutMillis, TimeUnit.MILLISECONDS)) {
                return new End.Exited(process.exitValue());
            }
            kill(process);
            return new End.TimedOut();
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            return new End.TimedOut();
        }
    }

    /// Java starts a program as itself only; util-linux has a command that becomes somebody else.
    private List<String> asUser() {
        if (user == null || user.equals(System.getProperty("user.name"))) {
            return List.of();
        }
        List<String> words = new ArrayList<>(List.of("runuser", "-u", user));
        if (group != null) {
            words.addAll(List.of("-g", group));
        }
        words.add("--");
        return words;
    }

    private static void kill(Process process) {
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        family.add(process.toHandle());
        family.forEach(ProcessHandle::destroy);
        try {
            process.waitFor(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        family.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public String toString() {
        return String.join(" ", command);
    }
}
