package dev.sluice.daemon;

import dev.sluice.diagnosis.Facts;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Which `ipvsadm` whoever typed this command would get.
final class OperatorPath {

    private static final String PROGRAM = "ipvsadm";
    private static final String FIRST = "--first-ipvsadm";
    private static final String OWN = "--own-ipvsadm";

    private OperatorPath() {}

    /// The first in PATH, links followed; empty when there is none.
    static String firstIpvsadm() {
        return firstIpvsadm(System.getenv());
    }

    static String firstIpvsadm(Map<String, String> environment) {
        for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            String program = executable(folder);
            if (!program.isEmpty()) {
                return program;
            }
        }
        return "";
    }

    /// Sluice's own; empty when its launcher did not start this program.
    static String ownIpvsadm() {
        return executable(System.getenv().getOrDefault("SLUICE_BIN", ""));
    }

    /// What a client tells of itself, beside its other words.
    static List<String> words() {
        return List.of(FIRST, firstIpvsadm(), OWN, ownIpvsadm());
    }

    /// Takes that from a client's words.
    ///
    /// @return the others
    static List<String> takeFrom(List<String> words, Facts facts) {
        List<String> others = new ArrayList<>();
        String first = "";
        String own = "";
        for (int i = 0; i < words.size(); i++) {
            boolean last = i + 1 == words.size();
            if (words.get(i).equals(FIRST) && !last) {
                first = words.get(++i);
            } else if (words.get(i).equals(OWN) && !last) {
                own = words.get(++i);
            } else {
                others.add(words.get(i));
            }
        }
        facts.operatorGets(first, own);
        return others;
    }

    private static String executable(String folder) {
        if (folder.isEmpty()) {
            return "";
        }
        try {
            Path path = Path.of(folder, PROGRAM);
            return Files.isRegularFile(path) && Files.isExecutable(path)
                    ? path.toRealPath().toString()
                    : "";
        } catch (IOException | InvalidPathException e) {
            return ""; // a folder that is not for us
        }
    }
}
