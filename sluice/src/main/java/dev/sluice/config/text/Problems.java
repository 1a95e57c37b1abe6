package dev.sluice.config.text;

import dev.sluice.config.text.Problem.Severity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Collects what is wrong, so that all of it can be said at once.
public final class Problems {

    private final Set<Problem> found = new LinkedHashSet<>();

    public void error(Place place, String text, String hint) {
        add(Severity.ERROR, place, text, hint);
    }

    public void error(Place place, String text) {
        error(place, text, "");
    }

    public void adjusted(Place place, String text, String hint) {
        add(Severity.ADJUSTED, place, text, hint);
    }

    public void warning(Place place, String text, String hint) {
        add(Severity.WARNING, place, text, hint);
    }

    public void warning(Place place, String text) {
        warning(place, text, "");
    }

    /// A template that is used a hundred times with the same mistake is one problem.
    public void add(Severity severity, Place place, String text, String hint) {
        found.add(new Problem(severity, place, text, hint));
    }

    public boolean hasErrors() {
        return found.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
    }

    /// In the order of the text: files as they were first complained about, lines ascending.
    public List<Problem> inOrder() {
        Map<String, Integer> files = new HashMap<>();
        found.forEach(problem -> files.putIfAbsent(problem.place().file(), files.size()));
        List<Problem> ordered = new ArrayList<>(found);
        ordered.sort(
                Comparator.comparingInt((Problem problem) -> files.get(problem.place().file()))
                        .thenComparingInt(problem -> problem.place().line())
                        .thenComparingInt(problem -> problem.place().column()));
        return ordered;
    }
}
