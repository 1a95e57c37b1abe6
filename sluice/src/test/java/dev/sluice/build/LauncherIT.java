package dev.sluice.build;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.api.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `bin/sluice` and what it builds, when sources change under a running daemon, do not compile, or
/// cannot be built.
///
/// A home of its own, with the real launchers and jar. In Maven's place stands a program that takes
/// the jar that the test names, so that a build takes no minute.
final class LauncherIT {

    private static final int SECONDS = 60;

    @TempDir private Path directory;

    private Path home = Path.of("");
    private Path socket = Path.of("");
    private Path source = Path.of("");
    private final List<Process> daemons = new ArrayList<>();

    private record Finished(int exitCode, String output) {}

    @BeforeEach
    void makeHome() throws IOException {
        home = Files.createDirectories(directory.resolve("home"));
        socket = directory.resolve("control.sock");
        Path sources = Files.createDirectories(home.resolve("sluice/src/main"));
        source = Files.writeString(sources.resolve("Any.java"), "class Any {}\n");
        Files.createFile(home.resolve("pom.xml"));
        Files.createFile(home.resolve("sluice/pom.xml"));
        copyLaunchers();
        mavenMakes(jar());
    }

    private void copyLaunchers() throws IOException {
        Path bin = Files.createDirectories(home.resolve("bin"));
        try (Stream<Path> launchers = Files.list(repository().resolve("bin"))) {
            for (Path launcher : launchers.toList()) {
                Path copy = Files.copy(launcher, bin.resolve(launcher.getFileName().toString()));
                Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    @AfterEach
    void endDaemons() throws InterruptedException {
        for (Process daemon : daemons) {
            daemon.destroy();
            daemon.waitFor();
        }
    }

    @Test
    void aRebuildUnderARunningDaemonDoesNotDisturbIt() throws Exception {
        startDaemon();
        Path first = onlyJar();
        mavenMakes(otherJar());
        edit();
        assertThat(run("build").exitCode()).isZero();
        assertThat(jars()).as("the daemon's jar is kept, the new one is beside it").hasSize(2);
        // What the daemon has not loaded yet it loads from the jar that it was started with.
        assertThat(run("ipvsadm", "-A", "-t", "192.0.2.1:80", "-s", "wlc")).is(fine());
        assertThat(run("ipvsadm", "-L", "-n", "--rate").output()).contains("192.0.2.1:80");
        assertThat(run("status")).is(fine());
        stopDaemon();
        edit();
        assertThat(run("build").exitCode()).isZero();
        assertThat(jars()).as("nobody runs from the first one").hasSize(1).doesNotContain(first);
    }

    @Test
    void clientsNeverBuild() throws Exception {
        startDaemon();
        mavenFails();
        edit();
        assertThat(run("ipvsadm", "-L", "-n").output()).startsWith("IP Virtual Server version");
        assertThat(run("ipvsadm-save").exitCode()).isZero();
        assertThat(run("status")).is(fine());
        assertThat(run("stop")).is(fine());
    }

    @Test
    void aBuildThatFailsSaysWhyAndWhatCanBeRunMeanwhile() throws Exception {
        assertThat(run("build").exitCode()).isZero();
        mavenFails();
        edit();
        Finished failed = run("run", "--no-packets");
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.output())
                .contains("building with Maven")
                .contains("Any.java: not a statement")
                .contains("the build failed")
                .contains("SLUICE_BUILD=no");
        startDaemon(Map.of("SLUICE_BUILD", "no"));
    }

    @Test
    void withoutMavenTheOneSentenceSaysWhatToInstall() throws Exception {
        Files.delete(mavenStub());
        Finished failed = runWith(Map.of("PATH", pathWithoutMaven()), "run", "--no-packets");
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.output().strip().lines()).hasSize(1);
        assertThat(failed.output()).contains("no mvn; install Maven");
    }

    @Test
    void beforeTheFirstBuildAClientSaysHowToBuild() throws Exception {
        Finished failed = run("ipvsadm", "-L", "-n");
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.output()).contains("not built yet").contains("bin/sluice build");
        assertThat(home.resolve("lib")).doesNotExist();
    }

    @Test
    void theVersionAndTheCommitAreKnown() throws Exception {
        assertThat(run("build").exitCode()).isZero();
        assertThat(run("--version").output())
                .matches("sluice \\d+\\.\\d+\\.\\d+ \\(commit .+\\)\n");
    }

    private void startDaemon() throws Exception {
        startDaemon(Map.of());
    }

    private void startDaemon(Map<String, String> environment) throws Exception {
        Process daemon = start(environment, "run", "--no-packets", "--control", socket.toString());
        daemons.add(daemon);
        for (int turn = 0; turn < SECONDS * 20 && !Files.exists(socket); turn++) {
            if (!daemon.isAlive()) {
                String said =
                        new String(daemon.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new AssertionError("the daemon ended: " + said);
            }
            Thread.sleep(50);
        }
        assertThat(socket).exists();
    }

    private void stopDaemon() throws Exception {
        Process daemon = daemons.removeLast();
        daemon.destroy();
        assertThat(daemon.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private static Condition<Finished> fine() {
        return new Condition<>(it -> it.exitCode() == 0, "exit status 0");
    }

    private Finished run(String... words) throws Exception {
        return runWith(Map.of(), words);
    }

    private Finished runWith(Map<String, String> environment, String... words) throws Exception {
        Process process = start(environment, words);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Finished(process.waitFor(), output);
    }

    private Process start(Map<String, String> environment, String... words) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin/sluice").toString());
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SLUICE_SOCKET", socket.toString());
        builder.environment().put("PATH", mavenStub().getParent() + ":" + System.getenv("PATH"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /// The sources change after the last build.
    private void edit() throws IOException {
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
        Files.deleteIfExists(home.resolve("sluice/target/sluice-all.jar"));
    }

    private void mavenMakes(Path jar) throws IOException {
        // Preparing a fast start takes longer than all of this; an empty cache says "none".
        String name = "sluice-" + hash(jar);
        maven(
                ("mkdir -p sluice/target lib && cp '%s' sluice/target/sluice-all.jar"
                                + " && touch lib/%s-client.aot lib/%s-daemon.aot")
                        .formatted(jar, name, name));
    }

    private void mavenFails() throws IOException {
        maven("echo '[ERROR] Any.java: not a statement'; exit 1");
    }

    private void maven(String does) throws IOException {
        Files.createDirectories(mavenStub().getParent());
        Files.writeString(mavenStub(), "#!/bin/sh\n" + does + "\n");
        Files.setPosixFilePermissions(mavenStub(), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path mavenStub() {
        return directory.resolve("maven/mvn");
    }

    /// Links to what the launchers use, and not to Maven.
    private String pathWithoutMaven() throws IOException {
        Path programs = Files.createDirectories(directory.resolve("programs"));
        for (String name :
                List.of(
                        "sh",
                        "cat",
                        "cksum",
                        "dirname",
                        "find",
                        "flock",
                        "mkdir",
                        "readlink",
                        "sed")) {
            Files.createSymbolicLink(programs.resolve(name), Path.of("/usr/bin", name));
        }
        return programs.toString();
    }

    private Path onlyJar() throws IOException {
        assertThat(jars()).hasSize(1);
        return jars().getFirst();
    }

    private List<Path> jars() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("lib"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    /// Another content, the same program.
    private Path otherJar() throws IOException {
        Path other = Files.copy(jar(), directory.resolve("other.jar"));
        try (FileSystem zip =
                FileSystems.newFileSystem(URI.create("jar:" + other.toUri()), Map.of())) {
            Files.writeString(zip.getPath("another"), "build");
        }
        return other;
    }

    private static String hash(Path jar) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
            return HexFormat.of().formatHex(digest).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The jar that integration tests run, built by whoever starts them.
    private static Path jar() throws IOException {
        Path made = repository().resolve("sluice/target/sluice-all.jar");
        assertThat(made).as("packed before integration tests run").exists();
        return made;
    }

    private static Path repository() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isExecutable(at.resolve("bin/sluice"))) {
                return at;
            }
        }
        throw new IllegalStateException("not started inside the repository");
    }
}
