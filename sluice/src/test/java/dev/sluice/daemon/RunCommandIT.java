package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.DirectorProcess;
import dev.sluice.testing.Needs;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `sluice run` and those who talk to it as an operator types them, mistakes included. Without
/// packets, so that it takes no privileges.
final class RunCommandIT {

    private static final int SECONDS = 60;
    private static final String LINE =
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}([+-]\\d\\d:\\d\\d|Z) (INFO |WARN"
                    + " |ERROR) \\S.*";

    @TempDir private Path folder;

    private final List<Process> daemons = new ArrayList<>();

    private record Finished(int exitCode, String output) {}

    @AfterEach
    void endDaemons() throws InterruptedException {
        for (Process daemon : daemons) {
            daemon.destroy();
            daemon.waitFor();
        }
    }

    @Test
    void aDirectoryInTheSocketsPlaceIsSaidAndStays() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("run"));
        Finished run = sluice("run", "--no-packets", "--control", directory.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output())
                .isEqualTo(
                        "sluice: cannot listen at %1$s: it is a directory; name a socket in it,"
                                + " such as --control %1$s/control.sock\n",
                        directory);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aFileInTheSocketsPlaceIsSaidAndStays() throws Exception {
        Path file = Files.writeString(folder.resolve("precious"), "content");
        Finished run = sluice("run", "--no-packets", "--control", file.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output()).contains("it is a file and no socket");
        assertThat(file).hasContent("content");
    }

    @Test
    void stopReturnsWhenTheDaemonHasEnded() throws Exception {
        Path run = folder.resolve("of/its/own");
        Process daemon = start("--run-directory", run.toString());
        Path socket = run.resolve("control.sock");
        assertThat(socket).exists();
        Finished stop = sluice("stop", "--control", socket.toString());
        assertThat(daemon.isAlive()).isFalse();
        assertThat(stop).isEqualTo(new Finished(0, ""));
        assertThat(socket).doesNotExist();
    }

    /// It is asked to end and cannot: a debugger, a dying disk.
    @Test
    void stopSaysWhichProcessDoesNotEnd() throws Exception {
        Path socket = folder.resolve("control.sock");
        Process stuck = new ProcessBuilder("sleep", "1000").start();
        daemons.add(stuck);
        try (ServerSocketChannel listening =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listening.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> answerEach(listening, Long.toString(stuck.pid())));
            Finished stop = sluice("stop", "--wait", "1", "--control", socket.toString());
            assertThat(stop.exitCode()).isEqualTo(1);
            assertThat(stop.output())
                    .contains("has not ended within 1 s")
                    .contains("kill -9 " + stuck.pid());
        }
    }

    /// An answer as the daemon gives it: what it prints, and exit status 0.
    private static void answerEach(ServerSocketChannel listening, String text) {
        byte[] word = text.getBytes(StandardCharsets.UTF_8);
        while (listening.isOpen()) {
            try (SocketChannel client = listening.accept()) {
                ByteBuffer out = ByteBuffer.allocate(11 + word.length);
                out.put((byte) 'O').putInt(word.length).put(word);
                out.put((byte) 'X').putInt(1).put((byte) 0).flip();
                client.read(ByteBuffer.allocate(1 << 10));
                client.write(out);
            } catch (IOException gone) {
                // One that only looked whether anybody listens, or the test is over.
            }
        }
    }

    @Test
    void everyLineOfTheLogHasADateWithZoneAndNoClassName() throws Exception {
        Path socket = folder.resolve("control.sock");
        Process daemon = start("--control", socket.toString());
        ask(socket, "ipvsadm", "-A", "-t", "192.0.2.1:80", "-s", "rr");
        ask(socket, "ipvsadm", "-A", "-t", "192.0.2.1:80", "-s", "rr");
        ask(socket, "stop");
        String log = new String(daemon.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(log.lines()).allMatch(line -> line.matches(LINE));
        String user = System.getProperty("user.name");
        assertThat(log)
                .contains("rules changed by " + user + " (")
                .contains("refused to " + user + " (")
                .contains(": ipvsadm -A -t 192.0.2.1:80 -s rr: Service already exists")
                .contains("stopping: ")
                .doesNotContain("dev.sluice")
                .doesNotContain("Exception");
    }

    @Test
    void aRestoreAtATerminalShowsHowFarItIs() throws Exception {
        Needs.programs("script");
        Path socket = folder.resolve("control.sock");
        start("--control", socket.toString());
        Path rules = Files.writeString(folder.resolve("rules"), "-A -t 192.0.2.1:80 -s rr\n");
        // More than a pipe holds: the pause begins when the client reads.
        String restore =
                "(yes '# a comment' | head -c 200000; sleep 1.5; echo; cat %1$s) | %2$s >/dev/null"
                        .formatted(rules, DirectorProcess.launcher("ipvsadm-restore"));
        assertThat(atATerminal(socket, restore))
                .contains("\r\033[Kipvsadm-restore: 0 of ")
                .endsWith("\r\033[K");
        assertThat(atATerminal(socket, restore + " 2>" + folder.resolve("errors")))
                .as("errors that go to a file")
                .doesNotContain("\033[K");
        assertThat(folder.resolve("errors")).isEmptyFile();
    }

    private static String atATerminal(Path socket, String command) throws Exception {
        ProcessBuilder script = new ProcessBuilder("script", "-qec", command, "/dev/null");
        script.environment().put("SLUICE_SOCKET", socket.toString());
        Process process = script.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static void ask(Path socket, String... words) throws Exception {
        ProcessBuilder builder = program(new ArrayList<>(List.of(words)));
        builder.environment().put("SLUICE_SOCKET", socket.toString());
        Process process = builder.start();
        int _ = process.getInputStream().readAllBytes().length;
        int _ = process.waitFor();
    }

    private Process start(String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of("run", "--no-packets", "--rehearse", "0"));
        words.addAll(List.of(options));
        Process daemon = program(words).start();
        daemons.add(daemon);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!isThere(Path.of(words.getLast())) && System.nanoTime() - deadline < 0) {
            assertThat(daemon.isAlive()).isTrue();
            Thread.sleep(50);
        }
        return daemon;
    }

    private static boolean isThere(Path place) {
        return Files.exists(Files.isDirectory(place) ? place.resolve("control.sock") : place);
    }

    private static Finished sluice(String... words) throws Exception {
        Process process = program(new ArrayList<>(List.of(words))).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Finished(process.waitFor(), output);
    }

    private static ProcessBuilder program(List<String> words) {
        words.addFirst(DirectorProcess.launcher("sluice").toString());
        return new ProcessBuilder(words).redirectErrorStream(true);
    }
}
