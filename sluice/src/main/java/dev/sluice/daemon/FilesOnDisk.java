package dev.sluice.daemon;

import dev.sluice.config.text.ConfigurationFiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Configuration files where they usually are.
final class FilesOnDisk implements ConfigurationFiles {

    @Override
    public Content read(String path) {
        try {
            Path file = Path.of(path);
            if (!Files.exists(file)) {
                return new Missing();
            }
            if (!Files.isRegularFile(file)) {
                return new NotConfiguration("it is not a regular file");
            }
            if (Files.isExecutable(file)) {
                return new NotConfiguration("it can be executed, which configurations are not");
            }
            return new Found(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (IOException | InvalidPathException e) {
            return new Unreadable(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<String> names(String folder) {
        try (Stream<Path> inside = Files.list(Path.of(folder))) {
            return inside.map(path -> path.getFileName().toString()).toList();
        } catch (IOException | InvalidPathException _) {
            // As if it were empty: a pattern that matches nothing says so.
            return List.of();
        }
    }
}
