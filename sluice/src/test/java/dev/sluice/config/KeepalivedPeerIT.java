package dev.sluice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;
import dev.sluice.config.text.Problem;
import dev.sluice.testing.Needs;
import dev.sluice.testing.Seeded;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// The real `keepalived -t` and ours come to the same verdict about many small configurations:
/// fine, or not. Each has one line of [PeerCases] put into a file that is fine without it, or
/// several at random. Where the verdicts are meant to differ, the case says so, and that they still
/// do is held too.
final class KeepalivedPeerIT {

    private static final int RANDOM_FILES = 60;

    /// keepalived looks at the interfaces of its machine: here, those of a namespace.
    private static final String CHECK_ALL =
            """
            mount -t tmpfs tmpfs /run
            ip link add eth0 type veth peer name eth1
            ip link set lo up; ip link set eth0 up; ip link set eth1 up
            ip address add 192.0.2.1/24 dev eth0
            ip address add 198.51.100.1/24 dev eth1
            ip address add 2001:db8::1/64 dev eth0 nodad
            for file in "$0"/*.conf; do
                timeout 20 keepalived -t -i one -f "$file" >"$file.out" 2>&1
                echo $? >"$file.exit"
            done
            """;

    /// The same machine, for us.
    private static final Host MACHINE =
            new Host() {
                @Override
                public boolean hasInterface(String name) {
                    return List.of("lo", "eth0", "eth1").contains(name);
                }

                @Override
                public boolean hasUser(String name) {
                    return List.of("root", "daemon").contains(name);
                }

                @Override
                public @Nullable String scriptComplaint(String path) {
                    return Files.isExecutable(Path.of(path)) ? null : "there is no such file";
                }
            };

    @TempDir private Path folder;

    @Test
    void eachCaseGetsTheSameVerdict() throws Exception {
        Map<String, String> files = new LinkedHashMap<>();
        Map<String, Boolean> differs = new LinkedHashMap<>();
        Map<String, String> summaries = new LinkedHashMap<>();
        int number = 0;
        for (PeerCases.Case each : PeerCases.all()) {
            String name = "%04d.conf".formatted(number++);
            files.put(name, each.file());
            differs.put(name, each.isMeantToDiffer());
            summaries.put(name, each.context() + " " + each.line());
        }
        compare(files, differs, summaries);
    }

    @Test
    void manyLinesTogetherGetTheSameVerdict() throws Exception {
        Map<String, String> files = new LinkedHashMap<>();
        Seeded.forAll(
                Seeded.count("sluice.fuzz.files", RANDOM_FILES),
                random -> files.put("%06d.conf".formatted(files.size()), randomFile(random)));
        compare(files, Map.of(), Map.of());
    }

    private static String randomFile(SplittableRandom random) {
        List<PeerCases.Case> alike =
                PeerCases.all().stream().filter(each -> !each.isMeantToDiffer()).toList();
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (int count = random.nextInt(1, 9); count > 0; count--) {
            PeerCases.Case each = alike.get(random.nextInt(alike.size()));
            List<String> there = lines.computeIfAbsent(each.context(), _ -> new ArrayList<>());
            String keyword = each.line().split(" ", 2)[0];
            if (there.stream().noneMatch(line -> line.startsWith(keyword))) {
                there.add(each.line());
            }
        }
        return PeerCases.file(lines);
    }

    private void compare(
            Map<String, String> files, Map<String, Boolean> differs, Map<String, String> summaries)
            throws IOException, InterruptedException {
        Needs.programs("keepalived", "unshare", "ip");
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        Process peer =
                new ProcessBuilder(
                                "unshare",
                                "--mount",
                                "--net",
                                "sh",
                                "-c",
                                CHECK_ALL,
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(peer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!peer.waitFor(5, TimeUnit.MINUTES)) {
            peer.destroyForcibly();
        }
        Needs.that(
                Files.exists(folder.resolve(files.keySet().iterator().next() + ".exit")),
                "could not make a namespace for keepalived: " + output);
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path said = folder.resolve(file.getKey() + ".out");
            int theirs =
                    Integer.parseInt(
                            Files.readString(folder.resolve(file.getKey() + ".exit")).strip());
            Reading ours =
                    Keepalived.read(
                            "x",
                            new FilesInMemory().with("x", file.getValue()),
                            new Environment("one", "", 0),
                            MACHINE);
            boolean same = (theirs == 0) == (ours.exitStatus() == 0);
            if (same == differs.getOrDefault(file.getKey(), false)) {
                wrong.add(
                        "%n== %s%nkeepalived: %d%n%s%nours: %d%n%s%n%s"
                                .formatted(
                                        summaries.getOrDefault(file.getKey(), ""),
                                        theirs,
                                        Files.readString(said),
                                        ours.exitStatus(),
                                        ours.problems().stream()
                                                .map(Problem::toString)
                                                .collect(Collectors.joining("\n")),
                                        file.getValue()));
            }
        }
        assertEquals(List.of(), wrong);
    }
}
