package dev.sluice.config.grammar;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A row of the table.
///
/// @param names how it is spelt; the first is its name
/// @param form of its parameters
/// @param inside the keywords of the block that it opens; null if it opens none
/// @param lines the form of the lines in its block, if that is a list
/// @param instead if this is an old spelling, the name of what it means
/// @param reason if it has no effect, why
record Keyword(
        List<String> names,
        Form form,
        @Nullable Map<String, Keyword> inside,
        @Nullable Form lines,
        String instead,
        String reason) {

    String name() {
        return names.getFirst();
    }

    /// Whether it stands for the file itself.
    boolean isTop() {
        return name().isEmpty();
    }

    boolean opensBlock() {
        return inside != null;
    }

    @Nullable Keyword find(String word) {
        return inside == null ? null : inside.get(word);
    }

    /// A keyword that is known to be there.
    Keyword inner(String name) {
        Keyword keyword = find(name);
        if (keyword == null) {
            throw new IllegalArgumentException(name() + " has no keyword " + name);
        }
        return keyword;
    }

    /// The keywords of the block, each once.
    List<Keyword> keywords() {
        return inside == null ? List.of() : inside.values().stream().distinct().toList();
    }

    /// All rows below this one, under their paths: `vrrp_instance authentication auth_pass`.
    Map<String, Keyword> paths() {
        Map<String, Keyword> paths = new LinkedHashMap<>();
        collect("", paths);
        return paths;
    }

    private void collect(String path, Map<String, Keyword> paths) {
        for (Keyword keyword : keywords()) {
            for (String name : keyword.names()) {
                paths.put((path + " " + name).strip(), keyword);
            }
            keyword.collect((path + " " + keyword.name()).strip(), paths);
        }
    }
}
