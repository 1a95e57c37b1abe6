package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;

final class ControlSocketTest {

    private static final String DENIED =
            """
            Can't initialize ipvs: Permission denied (you must be root)
            Are you sure that IP Virtual Server is built in the kernel or as module?
            """;

    @TempDir Path folder = Path.of("");

    private record Answer(String output, String errors, int exitStatus) {}

    @Test
    void wordsInputOutputErrorsAndExitStatusTravel() throws Exception {
        Program program =
                call -> {
                    call.out().print(call.name() + call.words());
                    call.out().print(new String(call.in().readAllBytes(), StandardCharsets.UTF_8));
                    call.err().print("complaint\n");
                    return 255;
                };
        try (ControlServer _ = ControlServer.open(socket(), Map.of("program", program))) {
            assertThat(ask("line 1\nline 2", "program", "", "-L", "é |"))
                    .isEqualTo(new Answer("program[, -L, é |]line 1\nline 2", "complaint\n", 255));
        }
    }

    @Test
    void inputIsNotTouchedUnlessTheProgramReadsIt() throws Exception {
        InputStream untouchable = InputStream.nullInputStream();
        untouchable.close(); // reading throws from now on
        try (ControlServer _ = ControlServer.open(socket(), Map.of("quiet", _ -> 0))) {
            assertThat(ask(untouchable, "quiet")).isEqualTo(new Answer("", "", 0));
        }
    }

    @Test
    void whoAsksIsKnownByTheKernelsWordAndItsOwn() throws Exception {
        Program who =
                call -> {
                    call.out().print(call.caller());
                    return 0;
                };
        try (ControlServer _ = ControlServer.open(socket(), Map.of("who", who))) {
            assertThat(ask("", "who").output())
                    .startsWith(System.getProperty("user.name") + " (")
                    .contains("process " + ProcessHandle.current().pid() + ")");
        }
    }

    /// As an earlier release asks, which says nothing of itself.
    @Test
    void aRequestOfWordsAloneIsAnswered() throws Exception {
        byte[] request = {'R', 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1, 'p'};
        try (ControlServer _ = ControlServer.open(socket(), Map.of("p", _ -> 7));
                SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket()));
            client.write(ByteBuffer.wrap(request));
            ByteBuffer answer = ByteBuffer.allocate(6);
            while (answer.hasRemaining() && client.read(answer) >= 0) {}
            assertThat(answer.array()).containsExactly('X', 0, 0, 0, 1, 7);
        }
    }

    @Test
    void progressIsALineThatGoesAwayBeforeAnythingElseIsSaid() {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(terminal, true, StandardCharsets.UTF_8);
        ProgressLine line = new ProgressLine("ipvsadm-restore", err, true);
        line.erase();
        line.draw("1 of 9 rules");
        line.draw("2 of 9 rules");
        line.erase();
        line.erase();
        assertThat(terminal.toString(StandardCharsets.UTF_8))
                .isEqualTo(
                        "\r\033[Kipvsadm-restore: 1 of 9 rules"
                                + "\r\033[Kipvsadm-restore: 2 of 9 rules\r\033[K");
    }

    @Test
    void whereNoTerminalIsThereIsNoProgress() {
        // Tests have none.
        assertThat(new ProgressLine("ipvsadm-restore", System.err).isShown()).isFalse();
    }

    @Test
    void megabytesPassBothWays() throws Exception {
        StringBuilder letters = new StringBuilder();
        new Random(1).ints(3_000_000, ' ', '~').forEach(letters::appendCodePoint);
        String text = letters.toString();
        Program echo =
                call -> {
                    call.in().transferTo(call.out());
                    return 0;
                };
        try (ControlServer _ = ControlServer.open(socket(), Map.of("echo", echo))) {
            assertThat(ask(text, "echo").output()).isEqualTo(text);
        }
    }

    @Test
    void aProgramThatBreaksAnswersAndTheDaemonLivesOn() throws Exception {
        Program broken =
                _ -> {
                    throw new IllegalStateException("map full");
                };
        Map<String, Program> programs = Map.of("broken", broken, "fine", _ -> 0);
        try (ControlServer _ = ControlServer.open(socket(), programs)) {
            assertThat(ask("", "broken")).isEqualTo(new Answer("", "broken: map full\n", 255));
            assertThat(ask("", "fine")).isEqualTo(new Answer("", "", 0));
            assertThat(ask("", "other").errors())
                    .isEqualTo(
                            "sluice: the daemon knows no program 'other'; it is of another release"
                                    + " than this command, restart it\n");
        }
    }

    @Test
    void othersAreToldToBeRootWhateverTheyAsk() throws Exception {
        try (ControlServer _ = ControlServer.open(socket(), Map.of("p", _ -> 0), _ -> false)) {
            assertThat(ask("", "ipvsadm")).isEqualTo(new Answer("", DENIED, 2));
            assertThat(ask("", "p").errors())
                    .startsWith("sluice: only root")
                    .doesNotContain("modu");
            assertThat(ask("", "other").exitStatus()).isEqualTo(2);
        }
    }

    @Test
    void withoutADaemonTheTextIsThatOfAKernelWithoutIpvsAndSaysWhatToDo() {
        String text =
                """
                Can't initialize ipvs: Protocol not available
                Are you sure that IP Virtual Server is built in the kernel or as module?
                No sluice daemon answers at %s; start one with: sluice run
                """
                        .formatted(socket());
        assertThat(ask("", "ipvsadm")).isEqualTo(new Answer("", text, 2));
    }

    /// Nobody may look into the folder, or something else is there: who says "no daemon" then sends
    /// an operator the wrong way.
    @Test
    void whatIsInTheWayIsNotTakenForNoDaemon() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThat(answerAt(file).errors()).contains("it is a file and no socket");
        assertThat(answerAt(folder).errors()).contains("it is a directory");
        assertThat(answerAt(folder.resolve("x".repeat(200))).errors())
                .contains("too long")
                .doesNotContain("No sluice daemon");
    }

    private Answer answerAt(Path path) {
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(errors, true, StandardCharsets.UTF_8);
        int exitStatus =
                ControlClient.run(
                        path, new String[] {"status"}, InputStream.nullInputStream(), err, err);
        return new Answer("", errors.toString(StandardCharsets.UTF_8), exitStatus);
    }

    @Test
    void ourOwnCommandsDoNotAskAboutKernelModules() {
        assertThat(ask("", "status"))
                .isEqualTo(
                        new Answer(
                                "",
                                "No sluice daemon answers at "
                                        + socket()
                                        + "; start one with: sluice run\n",
                                2));
    }

    @Test
    void aDaemonThatHangsUpIsNotTakenForNone() throws Exception {
        assertThat(answerOf(new byte[0]).errors())
                .startsWith("sluice: the daemon at ")
                .contains("hung up before its answer was complete")
                .doesNotContain("modu");
    }

    @Test
    void aDaemonOfAnotherReleaseIsToldAsThat() throws Exception {
        byte[] frameOfAnUnknownKind = {99, 0, 0, 0, 0};
        assertThat(answerOf(frameOfAnUnknownKind).errors()).contains("of different releases");
    }

    /// What a client makes of a daemon that answers so and hangs up.
    private Answer answerOf(byte[] answer) throws Exception {
        try (ServerSocketChannel listening =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listening.bind(UnixDomainSocketAddress.of(socket()));
            Thread daemon =
                    Thread.ofVirtual()
                            .start(() -> {
                                try (SocketChannel client = listening.accept()) {
                                    client.read(ByteBuffer.allocate(1 << 10));
                                    client.write(ByteBuffer.wrap(answer));
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            Answer heard = ask("", "ipvsadm", "-L");
            daemon.join();
            return heard;
        }
    }

    @Test
    void theSocketOfADeadDaemonIsReplaced() throws Exception {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(ask("", "fine").errors())
                .isEqualTo(
                        "No sluice daemon answers at "
                                + socket()
                                + "; start one with: sluice run\n");
        try (ControlServer _ = ControlServer.open(socket(), Map.of("fine", _ -> 0))) {
            assertThat(ask("", "fine").exitStatus()).isZero();
        }
    }

    @Test
    void theSocketOfALivingDaemonIsRefusedAndKept() throws Exception {
        try (ControlServer _ = ControlServer.open(socket(), Map.of("fine", _ -> 0))) {
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> ControlServer.open(socket(), Map.of()))
                    .withMessageContaining("another sluice daemon answers at " + socket());
            assertThat(ask("", "fine").exitStatus()).isZero();
        }
    }

    @Test
    void aFileThatIsNoSocketIsNotReplaced() throws Exception {
        Files.writeString(socket(), "precious");
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> ControlServer.open(socket(), Map.of()))
                .withMessageContaining("it is a file and no socket");
        assertThat(socket()).hasContent("precious");
    }

    @Test
    void aDirectoryIsNotReplaced() throws Exception {
        Files.createDirectory(socket());
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> ControlServer.open(socket(), Map.of()))
                .withMessageContaining("it is a directory; name a socket in it");
        assertThat(socket()).isDirectory();
    }

    @Test
    void aLinkIsNotReplaced() throws Exception {
        Files.createSymbolicLink(socket(), folder.resolve("nowhere"));
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> ControlServer.open(socket(), Map.of()));
        assertThat(socket()).isSymbolicLink();
    }

    @Test
    void aProgramThatMeetsAnErrorAnswersAndTheDaemonLivesOn() throws Exception {
        Program broken =
                _ -> {
                    throw new NoClassDefFoundError("dev/sluice/Gone");
                };
        Map<String, Program> programs = Map.of("broken", broken, "fine", _ -> 0);
        try (ControlServer _ = ControlServer.open(socket(), programs)) {
            assertThat(ask("", "broken"))
                    .isEqualTo(new Answer("", "broken: dev/sluice/Gone\n", 255));
            assertThat(ask("", "fine").exitStatus()).isZero();
        }
    }

    @Test
    void whereNobodyMayListenTheTextSaysWhatToDo() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        for (Path socket :
                new Path[] {file.resolve("control.sock"), Path.of("/proc/control.sock")}) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> ControlServer.open(socket, Map.of()))
                    .withMessageStartingWith("cannot listen at " + socket)
                    .withMessageContaining("--control");
        }
    }

    @Test
    void theFolderIsMadeTheSocketIsPrivateAndGoneAtTheEnd() throws Exception {
        Path deep = folder.resolve("run/sluice/control.sock");
        try (ControlServer _ = ControlServer.open(deep, Map.of())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep)))
                    .isEqualTo("rw-------");
        }
        assertThat(deep).doesNotExist();
    }

    private Path socket() {
        return folder.resolve("control.sock");
    }

    private Answer ask(String input, String... words) {
        return ask(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), words);
    }

    private Answer ask(InputStream input, String... words) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(errors, false, StandardCharsets.UTF_8);
        int exitStatus = ControlClient.run(socket(), words, input, out, err);
        out.flush();
        err.flush();
        return new Answer(
                output.toString(StandardCharsets.UTF_8),
                errors.toString(StandardCharsets.UTF_8),
                exitStatus);
    }
}
