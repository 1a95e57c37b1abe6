package dev.sluice.router;

import dev.sluice.net.linux.NetworkNamespace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What tcpdump sees at a machine's interface: advertisements, ARP, neighbour advertisements.
final class WireTap implements AutoCloseable {

    private static final Pattern LINE = Pattern.compile("^(\\d+\\.\\d+) (.*)$");

    /// @param atSeconds the kernel's time stamp
    record Seen(double atSeconds, String text) {}

    private final Process tcpdump;
    private final List<Seen> seen = new CopyOnWriteArrayList<>();

    WireTap(NetworkNamespace namespace) {
        try {
            tcpdump =
                    namespace.call(() ->
                            namespace.start(
                                    new ProcessBuilder(
                                                    "tcpdump",
                                                    "-i",
                                                    VrrpBed.INTERFACE,
                                                    "-nn",
                                                    "-tt",
                                                    "-l",
                                                    "--immediate-mode",
                                                    "proto 112 or proto 51 or ip6 proto 112 or arp"
                                                            + " or icmp6")
                                            .redirectErrorStream(true)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        BufferedReader lines = tcpdump.inputReader();
        Thread.ofPlatform().daemon().start(() -> read(lines));
        VrrpBed.await("tcpdump", () -> seen.stream().anyMatch(it -> it.text.contains("listening")));
    }

    private void read(BufferedReader lines) {
        try {
            String line = lines.readLine();
            while (line != null) {
                Matcher matcher = LINE.matcher(line);
                if (matcher.matches()) {
                    seen.add(new Seen(Double.parseDouble(matcher.group(1)), matcher.group(2)));
                } else {
                    seen.add(new Seen(0, line));
                }
                line = lines.readLine();
            }
        } catch (IOException e) {
            seen.add(new Seen(0, e.toString()));
        }
    }

    List<Seen> seen() {
        return seen;
    }

    /// Advertisements of a sender.
    List<Seen> adverts(String from) {
        return seen.stream()
                .filter(it -> it.text.contains(" " + from + " > ") && it.text.contains("prio"))
                .toList();
    }

    /// From a sender's last advertisement to the first one of another after it, for which it waits.
    double takeOverSeconds(String from, String to) {
        double last = adverts(from).getLast().atSeconds;
        VrrpBed.await("an advertisement of " + to, () -> first(to, last).isPresent());
        return first(to, last).orElseThrow() - last;
    }

    private OptionalDouble first(String from, double afterSeconds) {
        return adverts(from).stream()
                .mapToDouble(Seen::atSeconds)
                .filter(at -> at > afterSeconds)
                .findFirst();
    }

    @Override
    public void close() {
        tcpdump.destroy();
        try {
            tcpdump.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
