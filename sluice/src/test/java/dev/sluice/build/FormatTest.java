package dev.sluice.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Every source file is formatted by google-java-format, AOSP style. A Maven plugin would run in
/// Maven's own Java, which may be older than the sources; a test runs on the JDK that compiles
/// them.
///
/// `bin/format` rewrites the files instead of complaining.
final class FormatTest {

    private static final boolean WRITE = Boolean.getBoolean("sluice.format.write");

    @Test
    void everySourceFileIsFormatted() throws Exception {
        Formatter formatter =
                new Formatter(
                        JavaFormatterOptions.builder()
                                .style(JavaFormatterOptions.Style.AOSP)
                                .build());
        List<Path> unformatted = new ArrayList<>();
        for (Path file : sources()) {
            String text = Files.readString(file);
            String formatted =
                    formatter.formatSourceAndFixImports(
                            RemoveUnusedImports.removeUnusedImports(text));
            if (!formatted.equals(text)) {
                unformatted.add(file);
                if (WRITE) {
                    Files.writeString(file, formatted);
                }
            }
        }
        if (!WRITE) {
            assertThat(unformatted).as("not formatted; run bin/format").isEmpty();
        }
    }

    private static List<Path> sources() throws Exception {
        Path root = Path.of("..");
        List<Path> files = new ArrayList<>();
        for (String module : List.of("sluice", "benchmarks")) {
            try (Stream<Path> tree = Files.walk(root.resolve(module).resolve("src"))) {
                tree.filter(path -> path.toString().endsWith(".java")).forEach(files::add);
            }
        }
        return files;
    }
}
