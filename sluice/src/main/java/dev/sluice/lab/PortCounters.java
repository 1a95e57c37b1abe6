package dev.sluice.lab;

import java.nio.file.Files;
import java.nio.file.Path;

/// Bytes that the ports of a host's switch have seen so far.
public record PortCounters(Host host) {

    private static final Path COUNTERS = Path.of("/proc/thread-self/net/dev");
    private static final int RECEIVED = 0;

    /// What came in at a port: what the machine behind it sent.
    public long sentBy(String port) {
        String text = host.run(() -> Files.readString(COUNTERS));
        return text.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(port + ":"))
                .mapToLong(line -> Long.parseLong(numbers(line)[RECEIVED]))
                .sum();
    }

    private static String[] numbers(String line) {
        return line.substring(line.indexOf(':') + 1).strip().split("\\s+", -1);
    }
}
