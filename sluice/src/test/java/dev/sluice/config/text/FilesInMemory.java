package dev.sluice.config.text;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Files that exist in a test only. What begins with `#!` can be executed.
public final class FilesInMemory implements ConfigurationFiles {

    private final Map<String, String> texts = new TreeMap<>();

    public FilesInMemory with(String path, String text) {
        texts.put(path, text);
        return this;
    }

    @Override
    public Content read(String path) {
        String text = texts.get(path);
        if (text == null) {
            return texts.keySet().stream().anyMatch(name -> name.startsWith(path + "/"))
                    ? new NotConfiguration("it is a folder")
                    : new Missing();
        }
        return text.startsWith("#!")
                ? new NotConfiguration("it can be executed")
                : text.equals("secret") ? new Unreadable("permission denied") : new Found(text);
    }

    @Override
    public List<String> names(String folder) {
        String start = folder.equals(".") ? "" : folder.endsWith("/") ? folder : folder + "/";
        return texts.keySet().stream()
                .filter(path -> path.startsWith(start))
                .map(path -> path.substring(start.length()).split("/", 2)[0])
                .distinct()
                .toList()
                .reversed();
    }
}
