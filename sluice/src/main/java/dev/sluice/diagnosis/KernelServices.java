package dev.sluice.diagnosis;

import dev.sluice.wire.Address;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The services of the kernel's own IPVS, as `/proc/net/ip_vs` lists them.
final class KernelServices {

    private static final int MOST = 1_000;

    private KernelServices() {}

    /// As Sluice names services, `TCP 10.0.0.13:80`; none where the kernel has no IPVS.
    static List<String> list() {
        Path path = Path.of("/proc/net/ip_vs");
        if (!Files.exists(path)) {
            return List.of();
        }
        try (var lines = Files.lines(path)) {
            return parse(lines.limit(MOST).toList());
        } catch (IOException e) {
            return List.of();
        }
    }

    /// `TCP 0A00000D:0050 rr`, `TCP [2001:…]:0050 rr`, `FWM 00000001 rr`.
    static List<String> parse(List<String> lines) {
        List<String> services = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+", -1);
            if (words.length < 2 || !words[0].matches("TCP|UDP|SCTP|FWM")) {
                continue;
            }
            services.add(words[0] + " " + place(words[1]));
        }
        return services;
    }

    private static String place(String text) {
        if (text.matches("[0-9A-F]{8}:[0-9A-F]{4}")) {
            return Address.ipv4((int) Long.parseLong(text.substring(0, 8), 16))
                    .withPort(Integer.parseInt(text.substring(9), 16));
        }
        if (text.matches("\\[[0-9a-fA-F:]+\\]:[0-9A-F]{4}")) {
            int end = text.indexOf(']');
            return Address.parse(text.substring(1, end))
                    .withPort(Integer.parseInt(text.substring(end + 2), 16));
        }
        return text.matches("[0-9A-F]{8}") ? Long.toString(Long.parseLong(text, 16)) : text;
    }
}
