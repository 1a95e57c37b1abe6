package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Script;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Reads scripts, and remembers them, since what is to be said of them depends on `global_defs`,
/// which may come last.
final class Scripts {

    private static final String FALLBACK_USER = "keepalived_script";

    private final Problems problems;
    private final Host host;
    private final List<Script> met = new ArrayList<>();

    Scripts(Problems problems, Host host) {
        this.problems = problems;
        this.host = host;
    }

    /// `notify_up "/path argument" user group`; null if the block has no such keyword.
    @Nullable Script read(Block block, String keyword) {
        Arguments arguments = block.last(keyword);
        if (arguments == null || arguments.command().isEmpty()) {
            return null;
        }
        return remember(
                new Script(
                        arguments.place(),
                        arguments.command(),
                        second(arguments, 1, true),
                        second(arguments, 2, false)),
                Severity.WARNING);
    }

    /// `script "/path argument"`, with `user` in a line of its own.
    @Nullable Script readWithUser(Block block, String keyword) {
        Arguments arguments = block.last(keyword);
        if (arguments == null) {
            return null;
        }
        Arguments user = block.last("user");
        return remember(
                new Script(
                        arguments.place(),
                        arguments.command(),
                        user == null ? null : second(user, 0, true),
                        user == null ? null : second(user, 1, false)),
                keyword.equals("script") ? Severity.ADJUSTED : Severity.WARNING);
    }

    private @Nullable String second(Arguments arguments, int index, boolean isUser) {
        if (arguments.words().size() <= index) {
            return null;
        }
        Word word = arguments.words().get(index);
        boolean isOnItsOwnLine = arguments.command().isEmpty();
        boolean known = isUser ? host.hasUser(word.text()) : host.hasGroup(word.text());
        if (!known) {
            problems.add(
                    isOnItsOwnLine ? Severity.ERROR : Severity.WARNING,
                    word.place(),
                    "there is no %s `%s` on this machine"
                            .formatted(isUser ? "user" : "group", word),
                    isOnItsOwnLine ? "" : "the script will not run");
        }
        return word.text();
    }

    private Script remember(Script script, Severity ifMissing) {
        String complaint = host.scriptComplaint(script.file());
        if (complaint == null) {
            met.add(script);
        } else {
            problems.add(
                    ifMissing,
                    script.place(),
                    "`%s` cannot be run: %s".formatted(script.file(), complaint),
                    "");
        }
        return script;
    }

    /// When all scripts are known.
    void check(boolean isSecure, @Nullable String defaultUser) {
        if (met.isEmpty()) {
            return;
        }
        Script first = met.getFirst();
        if (!isSecure) {
            problems.add(
                    Severity.UNSAFE,
                    first.place(),
                    "scripts are run, and nothing keeps others than root from changing them",
                    "write enable_script_security into global_defs, and script_user USER");
            return;
        }
        if (defaultUser != null || host.hasUser(FALLBACK_USER)) {
            return;
        }
        for (Script script : met) {
            if (script.user() == null) {
                problems.error(
                        script.place(),
                        "it is not said who runs this script, and there is no user "
                                + FALLBACK_USER,
                        "write script_user USER into global_defs");
            }
        }
    }
}
