package dev.sluice.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Which package uses which, exactly: an arrow that is drawn here and not in the code fails as one
/// that is in the code and not drawn here. ARCHITECTURE.md shows the same, a house at a time.
final class ArchitectureTest {

    private static final String PRODUCT = "dev.sluice";
    private static final String ROOT = "(root)";
    private static final Path SOURCES = Path.of("src/main/java/dev/sluice");

    /// Package → the packages that it uses, its own sub-packages too.
    private static final Map<String, Set<String>> ARROWS =
            table(
                    """
                    (root)               → cli control daemon lab lab.bench lab.scene net.linux
                    cli                  → control director director.connection director.service
                                           wire
                    config               → config.grammar config.settings config.text wire
                    config.grammar       → config.text wire
                    config.ldirectord    → config.text wire
                    config.settings      → config.text wire
                    config.text          →
                    control              → director director.scheduler director.service snapshot
                                           wire
                    daemon               → cli config config.ldirectord config.settings config.text
                                           control diagnosis director director.service gate
                                           gate.layout health health.pool health.probe ldirectord
                                           net.linux net.netlink router script vrrp wire worker
                    diagnosis            → director director.service gate net.linux net.netlink
                                           net.packet wire
                    director             → director.connection director.defence director.forward
                                           director.protocol director.service wire
                    director.connection  → wire
                    director.defence     → director.service
                    director.forward     → director.connection director.service wire
                    director.protocol    → director.connection director.service wire
                    director.scheduler   → director.service wire
                    director.service     → snapshot wire
                    ebpf                 →
                    gate                 → director.service ebpf gate.layout gate.program net.bpf
                                           net.linux net.netlink snapshot wire
                    gate.layout          → net.bpf wire
                    gate.program         → director ebpf gate.layout net.bpf wire
                    health               → health.pool health.probe script
                    health.pool          →
                    health.probe         → health.pool net.linux net.packet script wire
                    lab                  → control net.linux net.netlink net.packet wire
                    lab.bench            → control lab net.linux wire
                    lab.scene            → lab net.linux net.netlink wire
                    ldirectord           → config.ldirectord control director.service
                                           ldirectord.dialogue script snapshot
                                           wire
                    ldirectord.dialogue  → config.ldirectord wire
                    net                  →
                    net.bpf              → ebpf net.linux
                    net.linux            →
                    net.netlink          → ebpf net.linux wire
                    net.packet           → ebpf net.linux wire
                    router               → net.linux net.netlink net.packet script vrrp wire
                    script               →
                    snapshot             →
                    vrrp                 → wire
                    wire                 →
                    worker               → director director.forward director.scheduler
                                           director.service gate gate.layout net.linux net.netlink
                                           net.packet wire
                    """);

    /// Same input, same output: no clock, thread, file, socket or log.
    private static final List<String> PURE =
            List.of("snapshot", "wire", "director", "vrrp", "ebpf", "config", "health.pool");

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages(PRODUCT);

    @Test
    void theArrowsAreThoseOfTheTable() throws IOException {
        Map<String, Map<String, String>> used = used();
        List<String> differences = new ArrayList<>();
        Set<String> packages = new TreeSet<>(ARROWS.keySet());
        packages.addAll(used.keySet());
        for (String name : packages) {
            Map<String, String> found = used.getOrDefault(name, Map.of());
            Set<String> drawn = ARROWS.getOrDefault(name, Set.of());
            found.forEach((other, where) -> {
                if (!drawn.contains(other)) {
                    differences.add(name + " → " + other + " is not in the table; see " + where);
                }
            });
            for (String other : drawn) {
                if (!found.containsKey(other)) {
                    differences.add(name + " → " + other + " is in the table, and not needed");
                }
            }
            if (!ARROWS.containsKey(name)) {
                differences.add(name + " is not in the table");
            }
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void packagesHaveNoCycles() throws IOException {
        Map<String, Map<String, String>> used = used();
        for (String name : used.keySet()) {
            assertThat(reachable(name, used)).as("what " + name + " needs").doesNotContain(name);
        }
    }

    /// The table of ARCHITECTURE.md, where a package stands for all below it.
    @Test
    void theMapShowsTheSameArrows() throws IOException {
        Map<String, Set<String>> expected = new TreeMap<>();
        ARROWS.forEach((name, others) -> {
            String house = house(name);
            Set<String> all = expected.computeIfAbsent(house, _ -> new TreeSet<>());
            others.stream().map(ArchitectureTest::house).forEach(all::add);
            all.remove(house);
        });
        assertThat(drawnInTheMap()).isEqualTo(expected);
    }

    private static Map<String, Set<String>> drawnInTheMap() throws IOException {
        Map<String, Set<String>> drawn = new TreeMap<>();
        Pattern row = Pattern.compile("\\| `(\\w+)` \\|.*\\| ([a-z, –]+) \\|");
        for (String line : Files.readAllLines(Path.of("../ARCHITECTURE.md"))) {
            Matcher matcher = row.matcher(line);
            if (matcher.matches()) {
                String name = matcher.group(1).equals("Main") ? ROOT : matcher.group(1);
                Set<String> others = new TreeSet<>(List.of(matcher.group(2).split(", ", -1)));
                others.remove("–");
                drawn.put(name, others);
            }
        }
        return drawn;
    }

    @Test
    void pureCodeKnowsNoClockThreadFileSocketOrLog() {
        for (String name : PURE) {
            noClasses()
                    .that()
                    .resideInAPackage(PRODUCT + "." + name + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "java.io..",
                            "java.nio.file..",
                            "java.nio.channels..",
                            "java.net..",
                            "java.util.concurrent.locks..",
                            "org.slf4j..")
                    .check(classes);
            noClasses()
                    .that()
                    .resideInAPackage(PRODUCT + "." + name + "..")
                    .should()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .dependOnClassesThat()
                    .belongToAnyOf(Thread.class, Process.class)
                    .check(classes);
        }
    }

    @Test
    void onlyNetTouchesTheLinker() {
        noClasses()
                .that()
                .resideOutsideOfPackage(PRODUCT + ".net..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .check(classes);
    }

    private static Map<String, Set<String>> table(String text) {
        Map<String, Set<String>> table = new TreeMap<>();
        String name = "";
        for (String line : text.split("\n", -1)) {
            int arrow = line.indexOf('→');
            String others = line;
            if (arrow >= 0) {
                name = line.substring(0, arrow).strip();
                others = line.substring(arrow + 1);
            }
            if (!name.isEmpty()) {
                Set<String> all = table.computeIfAbsent(name, _ -> new TreeSet<>());
                Stream.of(others.strip().split(" +", -1))
                        .filter(other -> !other.isEmpty())
                        .forEach(all::add);
            }
        }
        return table;
    }

    /// Package → package that it uses → where. Class files do not tell of constants that were
    /// inlined, and so the imports of the sources are asked as well.
    private Map<String, Map<String, String>> used() throws IOException {
        Map<String, Map<String, String>> used = new TreeMap<>();
        for (JavaClass each : classes) {
            String name = shortName(each.getPackageName());
            Map<String, String> all = used.computeIfAbsent(name, _ -> new TreeMap<>());
            for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                String other = dependency.getTargetClass().getPackageName();
                if (other.equals(PRODUCT) || other.startsWith(PRODUCT + ".")) {
                    all.putIfAbsent(shortName(other), each.getSimpleName());
                }
            }
        }
        Pattern line =
                Pattern.compile("^import (?:static )?dev\\.sluice((?:\\.[a-z]+)*)\\.[A-Z].*");
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String folder = SOURCES.relativize(file).toString();
                int end = folder.lastIndexOf('/');
                String name = end < 0 ? ROOT : folder.substring(0, end).replace('/', '.');
                for (String text : Files.readAllLines(file)) {
                    Matcher matcher = line.matcher(text);
                    if (matcher.matches()) {
                        used.computeIfAbsent(name, _ -> new TreeMap<>())
                                .putIfAbsent(
                                        shortName(PRODUCT + matcher.group(1)),
                                        file.getFileName().toString());
                    }
                }
            }
        }
        used.forEach((name, others) -> others.remove(name));
        return used;
    }

    private static String shortName(String packageName) {
        return packageName.equals(PRODUCT) ? ROOT : packageName.substring(PRODUCT.length() + 1);
    }

    private static String house(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static Set<String> reachable(String from, Map<String, Map<String, String>> used) {
        Set<String> seen = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(used.getOrDefault(from, Map.of()).keySet());
        while (!open.isEmpty()) {
            String next = open.pop();
            if (seen.add(next)) {
                open.addAll(used.getOrDefault(next, Map.of()).keySet());
            }
        }
        return seen;
    }
}
