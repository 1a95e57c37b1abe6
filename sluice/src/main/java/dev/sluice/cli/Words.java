package dev.sluice.cli;

import dev.sluice.cli.Switch.Value;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Takes a command line apart into switches, their values and plain words, by the rules of popt
/// (ipvsadm.md §4): long spellings in full, letters in bundles, values attached, behind `=` or in
/// the next word, `--` ends the switches.
final class Words {

    private final List<String> words;
    private final List<String> plain = new ArrayList<>();
    private int next;
    private boolean switchesEnded;

    /// The rest of a bundle of letters, or empty.
    private String bundle = "";

    private @Nullable String value;

    Words(List<String> words) {
        this.words = words;
    }

    /// The next switch, or null at the end. Plain words on the way are set aside.
    @Nullable Switch next() throws Refused {
        value = null;
        if (!bundle.isEmpty()) {
            return letter();
        }
        while (next < words.size()) {
            String word = words.get(next++);
            if (switchesEnded || word.length() < 2 || word.charAt(0) != '-') {
                plain.add(word);
            } else if (word.equals("--")) {
                switchesEnded = true;
            } else if (word.charAt(1) == '-') {
                return spelledOut(word.substring(2));
            } else {
                bundle = word.substring(1);
                return letter();
            }
        }
        return null;
    }

    /// The value of the switch that [#next] returned last, or null when it has none.
    @Nullable String value() {
        return value;
    }

    /// The value of a switch that must have one.
    String requiredValue() {
        if (value == null) {
            throw new IllegalStateException("next() has refused this");
        }
        return value;
    }

    /// The word that was read last, as typed; for messages.
    String word() {
        return words.get(next - 1);
    }

    /// The plain words so far.
    List<String> plain() {
        return plain;
    }

    private Switch spelledOut(String text) throws Refused {
        int equals = text.indexOf('=');
        Switch found = Switch.ofWord(equals < 0 ? text : text.substring(0, equals));
        if (found == null) {
            throw Refused.word(word() + ": unknown option");
        }
        if (equals < 0) {
            takeNextWord(found);
        } else {
            attach(found, text.substring(equals + 1));
        }
        return found;
    }

    private Switch letter() throws Refused {
        Switch found = Switch.ofLetter(bundle.charAt(0));
        if (found == null) {
            throw Refused.word(word() + ": unknown option");
        }
        bundle = bundle.substring(1);
        boolean equals = bundle.startsWith("=");
        if (found.value() == Value.NONE && !equals) {
            return found;
        }
        if (bundle.isEmpty()) {
            takeNextWord(found);
        } else {
            String rest = bundle;
            bundle = "";
            attach(found, equals ? rest.substring(1) : rest);
        }
        return found;
    }

    private void attach(Switch found, String attached) throws Refused {
        if (found.value() == Value.NONE) {
            throw Refused.word(word() + ": option does not take an argument");
        }
        value = attached;
    }

    private void takeNextWord(Switch found) throws Refused {
        boolean more = next < words.size();
        switch (found.value()) {
            case NONE -> {}
            case REQUIRED -> {
                if (!more) {
                    throw Refused.word(word() + ": missing argument");
                }
                value = words.get(next++);
            }
            case OPTIONAL -> {
                if (more && !words.get(next).startsWith("-")) {
                    value = words.get(next++);
                }
            }
        }
    }
}
