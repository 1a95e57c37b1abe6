package dev.sluice.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// One recorded session of the real ipvsadm; `README.md` beside the files explains their format.
record Transcript(String id, List<Header> headers, List<Step> steps) {

    static final Path FOLDER = Path.of("src/test/resources/ipvsadm-golden");

    record Header(String key, String value) {}

    /// One command and what came of it.
    ///
    /// @param before what happened since the last command
    /// @param pipeline the commands of a pipe, each as its words
    /// @param onlyFirst how many lines of output were recorded, or -1: all
    /// @param ordered after how many lines of output the order is open, or -1: never
    record Step(
            List<String> before,
            String text,
            List<List<String>> pipeline,
            String input,
            String output,
            String errors,
            int exitStatus,
            int onlyFirst,
            int ordered) {}

    static List<Transcript> all() throws IOException {
        List<Transcript> transcripts = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
                transcripts.add(read(file));
            }
        }
        return transcripts;
    }

    boolean isLive() {
        return values("kind").contains("live");
    }

    List<String> values(String key) {
        return headers.stream().filter(h -> h.key().equals(key)).map(Header::value).toList();
    }

    @Override
    public String toString() {
        return id;
    }

    private static Transcript read(Path file) throws IOException {
        List<Header> headers = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        String command = "";
        StringBuilder input = new StringBuilder();
        StringBuilder output = new StringBuilder();
        StringBuilder errors = new StringBuilder();
        int onlyFirst = -1;
        int ordered = -1;
        List<String> before = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            String text = line.length() > 2 ? line.substring(2) : "";
            switch (line.charAt(0)) {
                case '#' -> {
                    int colon = text.indexOf(": ");
                    headers.add(new Header(text.substring(0, colon), text.substring(colon + 2)));
                }
                case '$' -> command = text;
                case '<' -> input.append(text).append('\n');
                case '>' -> output.append(text).append('\n');
                case '!' -> errors.append(text).append('\n');
                case '*' -> {
                    if (text.startsWith("stdout-first ")) {
                        onlyFirst = Integer.parseInt(text.substring(13));
                    } else {
                        ordered = Integer.parseInt(text.substring("any-order-after ".length()));
                    }
                }
                case '~' -> before.add(text);
                case '?' -> {
                    steps.add(
                            new Step(
                                    List.copyOf(before),
                                    command,
                                    pipeline(command),
                                    input.toString(),
                                    output.toString(),
                                    errors.toString(),
                                    Integer.parseInt(text),
                                    onlyFirst,
                                    ordered));
                    before.clear();
                    input.setLength(0);
                    output.setLength(0);
                    errors.setLength(0);
                    onlyFirst = -1;
                    ordered = -1;
                }
                default -> throw new IllegalArgumentException(file + ": " + line);
            }
        }
        String name = String.valueOf(file.getFileName());
        return new Transcript(name.substring(0, name.length() - 4), headers, steps);
    }

    /// Words with POSIX quotes; a bare `|` separates the commands of a pipe.
    private static List<List<String>> pipeline(String command) {
        List<List<String>> commands = new ArrayList<>();
        List<String> words = new ArrayList<>();
        commands.add(words);
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (char c : (command + " ").toCharArray()) {
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                inWord = true;
            } else if (c != ' ') {
                word.append(c);
                inWord = true;
            } else if (inWord && word.toString().equals("|")) {
                words = new ArrayList<>();
                commands.add(words);
                word.setLength(0);
                inWord = false;
            } else if (inWord) {
                words.add(word.toString());
                word.setLength(0);
                inWord = false;
            }
        }
        return commands;
    }
}
