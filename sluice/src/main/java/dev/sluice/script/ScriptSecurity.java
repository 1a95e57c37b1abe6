package dev.sluice.script;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether a script may be run: it must be there, and, when root is to run it, nobody else may be
/// able to change it or to put another in its place.
public final class ScriptSecurity {

    private static final Logger LOG = LoggerFactory.getLogger(ScriptSecurity.class);

    private static final int GROUP_OR_OTHERS_WRITE = 022;

    /// Whether a script is used at all, and what is to be said about it.
    ///
    /// @param isUnsafe it could be run, but somebody could have changed it
    public record Complaint(String text, boolean isUnsafe) {}

    private ScriptSecurity() {}

    /// Whether a script may be run; says why not.
    ///
    /// @param asRoot whether Sluice runs as root
    /// @param refusesUnsafe whether a script that others than root could change is not run
    public static boolean isAllowed(Script script, boolean asRoot, boolean refusesUnsafe) {
        return complaint(script, asRoot)
                .map(complaint -> {
                    boolean refused = refusesUnsafe || !complaint.isUnsafe();
                    LOG.warn("{}{}", complaint.text(), refused ? " - disabling." : ".");
                    return !refused;
                })
                .orElse(true);
    }

    /// What is wrong with a script, if anything.
    ///
    /// @param asRoot whether Sluice runs as root, and so the script where it names nobody
    public static Optional<Complaint> complaint(Script script, boolean asRoot) {
        String name = script.command().getFirst();
        Optional<Path> found = find(name);
        if (found.isEmpty()) {
            return Optional.of(
                    new Complaint(
                            "WARNING - script '"
                                    + name
                                    + "' is not an executable file - disabling. Check its path,"
                                    + " and chmod +x",
                            false));
        }
        boolean byRoot = asRoot && (script.user() == null || script.user().equals("root"));
        return byRoot ? unsafe(found.get(), name) : Optional.empty();
    }

    private static Optional<Path> find(String name) {
        if (name.contains("/")) {
            return Optional.of(Path.of(name)).filter(ScriptSecurity::isProgram);
        }
        for (String folder : System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":", -1)) {
            Path path = Path.of(folder, name);
            if (isProgram(path)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }

    /// Every folder on the way counts: who may write there can put another file in its place.
    private static Optional<Complaint> unsafe(Path path, String name) {
        try {
            for (Path part = path.toRealPath(); part != null; part = part.getParent()) {
                int owner = (int) Files.getAttribute(part, "unix:uid");
                int mode = (int) Files.getAttribute(part, "unix:mode");
                if (owner != 0 || (mode & GROUP_OR_OTHERS_WRITE) != 0) {
                    return Optional.of(
                            new Complaint(
                                    "Unsafe permissions found for script '"
                                            + name
                                            + "': "
                                            + part
                                            + (owner != 0
                                                    ? " does not belong to root"
                                                    : " can be written to by others than root"),
                                    true));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    new Complaint(
                            "script '" + name + "' cannot be examined: " + e.getMessage(), true));
        }
    }
}
