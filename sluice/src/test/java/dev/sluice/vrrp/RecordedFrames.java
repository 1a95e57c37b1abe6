package dev.sluice.vrrp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// Frames of the real keepalived, by name.
public final class RecordedFrames {

    private static final Map<String, byte[]> FRAMES = read();

    private RecordedFrames() {}

    public static byte[] named(String name) {
        byte[] frame = FRAMES.get(name);
        if (frame == null) {
            throw new IllegalArgumentException("no frame '" + name + "' in " + FRAMES.keySet());
        }
        return frame.clone();
    }

    /// Those that carry advertisements.
    static Map<String, byte[]> advertisements() {
        Map<String, byte[]> found = new LinkedHashMap<>(FRAMES);
        found.keySet().removeIf(name -> !name.startsWith("version"));
        return found;
    }

    private static Map<String, byte[]> read() {
        try (InputStream file = RecordedFrames.class.getResourceAsStream("/vrrp/frames.txt")) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            Map<String, String> hex = new LinkedHashMap<>();
            String name = "";
            for (String line : text.lines().filter(it -> !it.startsWith("#")).toList()) {
                if (line.endsWith(":")) {
                    name = line.substring(0, line.length() - 1);
                } else {
                    hex.merge(name, line.replace(" ", ""), String::concat);
                }
            }
            Map<String, byte[]> frames = new LinkedHashMap<>();
            hex.remove("");
            hex.forEach((frame, digits) -> frames.put(frame, HexFormat.of().parseHex(digits)));
            return frames;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
