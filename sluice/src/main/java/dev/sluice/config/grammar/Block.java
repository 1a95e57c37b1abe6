package dev.sluice.config.grammar;

import dev.sluice.config.text.Place;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A block whose statements are known and fit. What did not is not in here, so that what is asked
/// for has its default.
///
/// Keywords are asked for by the name that the table has first. To ask for one that the block
/// cannot have is a mistake of the program.
public final class Block {

    /// Where the lines of a list are, which have no keyword.
    private static final String LINES = "";

    private final Keyword type;
    private final Arguments header;
    private final Place end;

    /// Among its siblings.
    private final int order;

    private final Map<String, List<Arguments>> values = new HashMap<>();
    private final Map<String, List<Block>> blocks = new HashMap<>();
    private final Set<String> mentioned = new HashSet<>();
    private Set<String> asked = new LinkedHashSet<>();

    Block(Keyword type, Arguments header, Place end, int order) {
        this.type = type;
        this.end = end;
        this.header = header;
        this.order = order;
    }

    void add(String keyword, Arguments arguments) {
        values.computeIfAbsent(keyword, _ -> new ArrayList<>()).add(arguments);
    }

    void add(String keyword, Block block) {
        blocks.computeIfAbsent(keyword, _ -> new ArrayList<>()).add(block);
    }

    public Place place() {
        return header.place();
    }

    /// Its closing brace, which is where compilers say what is missing.
    public Place end() {
        return end;
    }

    /// The keyword that opened it.
    public String keyword() {
        return type.name();
    }

    /// What stood between the keyword and the brace.
    public Arguments header() {
        return header;
    }

    /// The first word of the header, empty if there is none.
    public String name() {
        return header.words().isEmpty() ? "" : header.words().getFirst().text();
    }

    public boolean has(String keyword) {
        return values.containsKey(known(keyword)) || blocks.containsKey(keyword);
    }

    /// Whether the keyword is there at all: its values may have been refused.
    public boolean mentions(String keyword) {
        return mentioned.contains(known(keyword));
    }

    void mention(String keyword) {
        mentioned.add(keyword);
    }

    /// Where a keyword stands, or else the block begins.
    public Place placeOf(String keyword) {
        Arguments last = last(keyword);
        return last == null ? place() : last.place();
    }

    /// Of several, the last counts.
    public @Nullable Arguments last(String keyword) {
        List<Arguments> all = all(keyword);
        return all.isEmpty() ? null : all.getLast();
    }

    public List<Arguments> all(String keyword) {
        return values.getOrDefault(known(keyword), List.of());
    }

    /// The lines of a list: of all blocks with this keyword.
    public List<Arguments> lines(String keyword) {
        return blocks(keyword).stream().flatMap(block -> block.lines().stream()).toList();
    }

    /// The lines of this list.
    public List<Arguments> lines() {
        return values.getOrDefault(LINES, List.of());
    }

    void addLine(Arguments line) {
        add(LINES, line);
    }

    public List<Block> blocks(String keyword) {
        return blocks.getOrDefault(known(keyword), List.of());
    }

    /// Blocks with any of these keywords, in the order of the text.
    public List<Block> blocks(List<String> keywords) {
        return keywords.stream()
                .flatMap(keyword -> blocks(keyword).stream())
                .sorted((a, b) -> Integer.compare(a.order, b.order))
                .toList();
    }

    /// Several blocks of a kind of which there should be one, as one: what comes later overrides.
    public Block merged(String keyword) {
        Block merged = new Block(type.inner(known(keyword)), new Arguments(place()), end, 0);
        for (Block each : blocks(keyword)) {
            each.values.forEach((name, all) -> all.forEach(one -> merged.add(name, one)));
            each.blocks.forEach((name, all) -> all.forEach(one -> merged.add(name, one)));
            merged.mentioned.addAll(each.mentioned);
            // Who reads the one has read the others.
            each.asked = merged.asked;
        }
        return merged;
    }

    public @Nullable Word word(String keyword) {
        Arguments last = last(keyword);
        return last == null || last.words().isEmpty() ? null : last.words().getFirst();
    }

    public @Nullable String text(String keyword) {
        Word word = word(keyword);
        return word == null ? null : word.text();
    }

    public String text(String keyword, String otherwise) {
        String text = text(keyword);
        return text == null ? otherwise : text;
    }

    public long number(String keyword, long otherwise) {
        String text = text(keyword);
        return text == null ? otherwise : Long.decode(decimal(text));
    }

    public int integer(String keyword, int otherwise) {
        return (int) Math.min(number(keyword, otherwise), Integer.MAX_VALUE);
    }

    public @Nullable Integer integer(String keyword) {
        return text(keyword) == null ? null : Integer.valueOf(integer(keyword, 0));
    }

    /// A leading zero does not make it octal.
    private static String decimal(String text) {
        return text.startsWith("0x") ? text : new BigDecimal(text).toBigInteger().toString();
    }

    public @Nullable Duration seconds(String keyword) {
        String text = text(keyword);
        return text == null ? null : duration(text);
    }

    public Duration seconds(String keyword, Duration otherwise) {
        Duration seconds = seconds(keyword);
        return seconds == null ? otherwise : seconds;
    }

    private static Duration duration(String text) {
        // Microseconds are keepalived's unit; nobody waits for three hundred thousand years.
        long micros =
                new BigDecimal(text)
                        .movePointRight(6)
                        .min(BigDecimal.valueOf(Long.MAX_VALUE / 1000))
                        .longValue();
        return Duration.ofNanos(micros * 1000);
    }

    /// A flag: on when it is there, unless it says off.
    public boolean isOn(String keyword) {
        return Boolean.TRUE.equals(flag(keyword));
    }

    /// The same where absence means something else than off.
    public @Nullable Boolean flag(String keyword) {
        Arguments last = last(keyword);
        if (last == null) {
            return null;
        }
        return last.words().isEmpty()
                ? Boolean.TRUE
                : Type.booleans(last.words().getFirst().text());
    }

    private String known(String keyword) {
        asked.add(keyword);
        if (type.find(keyword) == null) {
            throw new IllegalArgumentException(type.name() + " has no keyword " + keyword);
        }
        return keyword;
    }

    /// The keywords in here and in the blocks within that nobody has asked for, as paths.
    public List<String> unread() {
        List<String> unread = new ArrayList<>();
        for (String keyword : mentioned) {
            if (!asked.contains(keyword) && type.inner(keyword).reason().isEmpty()) {
                unread.add((type.name() + " " + keyword).strip());
            }
        }
        blocks.values()
                .forEach(all ->
                        all.forEach(block ->
                                block.unread().stream()
                                        .filter(path -> !unread.contains(path))
                                        .forEach(unread::add)));
        return unread;
    }
}
