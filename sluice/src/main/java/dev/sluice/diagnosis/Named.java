package dev.sluice.diagnosis;

import java.util.ArrayList;
import java.util.List;

/// Names of many, of which the first are enough to say: `a, b, c and 7 more`.
public final class Named {

    private static final int SAID = 3;

    private final List<String> first = new ArrayList<>();
    private int count;

    public static Named of(String... names) {
        Named named = new Named();
        for (String name : names) {
            named.add(name);
        }
        return named;
    }

    /// One of the first names counts once, however often it is named.
    public void add(String name) {
        if (first.contains(name)) {
            return;
        }
        count++;
        if (first.size() < SAID) {
            first.add(name);
        }
    }

    public int count() {
        return count;
    }

    @Override
    public String toString() {
        String names = String.join(", ", first);
        return count > SAID ? names + " and " + (count - SAID) + " more" : names;
    }
}
