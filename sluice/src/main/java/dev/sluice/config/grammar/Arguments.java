package dev.sluice.config.grammar;

import dev.sluice.config.text.Place;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The words that followed a keyword, or those of a line of a list, known to fit their [Form].
public final class Arguments {

    /// An option and what followed it.
    public record Option(String name, List<Word> values) {

        public Word value() {
            return values.getFirst();
        }
    }

    private final Place place;
    private final List<Word> words = new ArrayList<>();
    private final List<Option> options = new ArrayList<>();
    private List<String> command = List.of();

    Arguments(Place place) {
        this.place = place;
    }

    void word(Word word) {
        words.add(word);
    }

    void option(String name, List<Word> values) {
        options.add(new Option(name, List.copyOf(values)));
    }

    void command(List<String> command) {
        this.command = List.copyOf(command);
    }

    public Place place() {
        return place;
    }

    /// Those that are no options.
    public List<Word> words() {
        return words;
    }

    /// In the order of the text.
    public List<Option> options() {
        return options;
    }

    public boolean has(String option) {
        return options.stream().anyMatch(each -> each.name().equals(option));
    }

    /// Of several, the last counts.
    public @Nullable Word option(String name) {
        return options.reversed().stream()
                .filter(option -> option.name().equals(name))
                .map(Option::value)
                .findFirst()
                .orElse(null);
    }

    /// The text of an option's value.
    public @Nullable String text(String option) {
        Word word = option(option);
        return word == null ? null : word.text();
    }

    /// A script's file and arguments.
    public List<String> command() {
        return command;
    }
}
