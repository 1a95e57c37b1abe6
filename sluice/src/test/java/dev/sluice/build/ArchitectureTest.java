package dev.sluice.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The package table of ARCHITECTURE.md, enforced.
final class ArchitectureTest {

    /// Package → the packages of Sluice that it may use.
    private static final Map<String, List<String>> MAY_USE = new LinkedHashMap<>();

    static {
        MAY_USE.put("snapshot", List.of());
        MAY_USE.put("wire", List.of());
        MAY_USE.put("director", List.of("wire", "snapshot"));
        MAY_USE.put("vrrp", List.of("wire"));
        MAY_USE.put("ebpf", List.of());
        MAY_USE.put("config", List.of("wire"));
        MAY_USE.put("net", List.of("wire", "ebpf"));
        MAY_USE.put("script", List.of());
        MAY_USE.put("router", List.of("wire", "vrrp", "net", "script"));
        MAY_USE.put("health", List.of("wire", "net", "script"));
        MAY_USE.put("gate", List.of("snapshot", "wire", "director", "ebpf", "net"));
        MAY_USE.put("worker", List.of("wire", "director", "net", "gate"));
        MAY_USE.put("control", List.of("snapshot", "wire", "director"));
        MAY_USE.put("diagnosis", List.of("wire", "director", "net", "gate"));
        MAY_USE.put(
                "ldirectord",
                List.of("snapshot", "wire", "director", "config", "control", "script"));
        MAY_USE.put("cli", List.of("wire", "director", "control"));
        MAY_USE.put(
                "daemon",
                List.of(
                        "config",
                        "wire",
                        "director",
                        "net",
                        "gate",
                        "worker",
                        "control",
                        "diagnosis",
                        "cli",
                        "vrrp",
                        "script",
                        "router",
                        "ldirectord",
                        "health"));
        MAY_USE.put("lab", List.of("wire", "net", "control"));
    }

    /// Same input, same output: no clock, thread, file, socket or log.
    private static final List<String> PURE =
            List.of("snapshot", "wire", "director", "vrrp", "ebpf", "config", "health.pool");

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.sluice");

    @Test
    void packagesUseOnlyWhatTheTableAllows() {
        MAY_USE.forEach((name, allowed) -> {
            List<String> forbidden = new ArrayList<>();
            for (String other : MAY_USE.keySet()) {
                if (!other.equals(name) && !allowed.contains(other)) {
                    forbidden.add("dev.sluice." + other + "..");
                }
            }
            noClasses()
                    .that()
                    .resideInAPackage("dev.sluice." + name + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden.toArray(String[]::new))
                    .allowEmptyShould(true)
                    .check(classes);
        });
    }

    @Test
    void pureCodeKnowsNoClockThreadFileSocketOrLog() {
        for (String name : PURE) {
            var pure = noClasses().that().resideInAPackage("dev.sluice." + name + "..").should();
            pure.dependOnClassesThat()
                    .resideInAnyPackage(
                            "java.io..",
                            "java.nio.file..",
                            "java.nio.channels..",
                            "java.net..",
                            "java.util.concurrent.locks..",
                            "org.slf4j..")
                    .allowEmptyShould(true)
                    .check(classes);
            noClasses()
                    .that()
                    .resideInAPackage("dev.sluice." + name + "..")
                    .should()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .dependOnClassesThat()
                    .belongToAnyOf(Thread.class, Process.class)
                    .allowEmptyShould(true)
                    .check(classes);
        }
    }

    @Test
    void onlyNetTouchesTheLinker() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.sluice.net..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .allowEmptyShould(true)
                .check(classes);
    }

    @Test
    void packagesHaveNoCycles() {
        for (String rooms :
                List.of(
                        "dev.sluice.(*)..",
                        "dev.sluice.director.(*)..",
                        "dev.sluice.health.(*)..")) {
            slices().matching(rooms)
                    .should()
                    .beFreeOfCycles()
                    .allowEmptyShould(true)
                    .check(classes);
        }
    }
}
