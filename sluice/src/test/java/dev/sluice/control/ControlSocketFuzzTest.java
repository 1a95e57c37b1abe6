package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Whatever one side of the control socket says, the other one answers in whole frames or hangs up,
/// and is there for the next.
final class ControlSocketFuzzTest {

    private static final int CONVERSATIONS = 3000;

    private static final Map<String, Program> PROGRAMS =
            Map.of(
                    "echo",
                    call -> {
                        call.in().transferTo(call.out());
                        call.err().print(call.words());
                        return call.words().size();
                    },
                    "fine",
                    _ -> 0);

    @TempDir Path folder = Path.of("");

    private int answered;
    private int hungUp;

    @Test
    void anyClientGetsAnAnswerOrIsHungUpOn() throws Exception {
        long count = Seeded.count("sluice.fuzz.control", CONVERSATIONS);
        try (ControlServer _ = ControlServer.open(socket(), PROGRAMS)) {
            Seeded.forAll(count, this::ask);
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            assertThat(
                            run(
                                    new ByteArrayInputStream(
                                            "still here".getBytes(StandardCharsets.UTF_8)),
                                    output,
                                    "echo"))
                    .isZero();
            assertThat(output.toString(StandardCharsets.UTF_8)).isEqualTo("still here");
        }
        if (Seeded.isWhole(count, CONVERSATIONS)) {
            assertThat(answered).isGreaterThan(CONVERSATIONS / 10);
            assertThat(hungUp).isGreaterThan(CONVERSATIONS / 10);
        }
    }

    private void ask(SplittableRandom random) throws IOException {
        ByteBuffer said = ByteBuffer.allocate(4096);
        frame(said, ControlSocket.REQUEST, request(random));
        for (int i = random.nextInt(3); i > 0; i--) {
            frame(said, ControlSocket.INPUT, new byte[random.nextInt(50)]);
        }
        frame(said, ControlSocket.INPUT, new byte[0]);
        byte[] bytes = damaged(said.flip(), random);
        ByteBuffer answer;
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            try {
                client.write(ByteBuffer.wrap(bytes));
                client.shutdownOutput();
            } catch (IOException _) {
                // It has hung up in the middle of it.
            }
            answer = ByteBuffer.wrap(everything(client));
        }
        checkAnswer(answer, bytes);
    }

    /// Whole frames; the last one is the exit status, if the daemon has not hung up before.
    private void checkAnswer(ByteBuffer answer, byte[] said) {
        boolean ended = false;
        String told = HexFormat.of().formatHex(said);
        while (answer.remaining() >= 5) {
            assertThat(ended).as(told).isFalse();
            byte kind = answer.get();
            int length = answer.getInt();
            assertThat(length).as(told).isBetween(0, answer.remaining());
            answer.position(answer.position() + length);
            assertThat(kind)
                    .as(told)
                    .isIn(
                            ControlSocket.WANTS_INPUT,
                            ControlSocket.OUTPUT,
                            ControlSocket.ERRORS,
                            ControlSocket.EXIT);
            ended = kind == ControlSocket.EXIT;
            assertThat(!ended || length == 1).as(told).isTrue();
        }
        assertThat(answer.hasRemaining()).as(told).isFalse();
        answered += ended ? 1 : 0;
        hungUp += ended ? 0 : 1;
    }

    @Test
    void anyDaemonGetsTheClientToEnd() throws Exception {
        long count = Seeded.count("sluice.fuzz.control", CONVERSATIONS);
        try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            daemon.bind(UnixDomainSocketAddress.of(socket()));
            Seeded.forAll(count, random -> answer(daemon, random));
        }
    }

    private void answer(ServerSocketChannel daemon, SplittableRandom random) throws Exception {
        ByteBuffer said = ByteBuffer.allocate(4096);
        List<Byte> kinds =
                List.of(
                        ControlSocket.WANTS_INPUT,
                        ControlSocket.OUTPUT,
                        ControlSocket.ERRORS,
                        ControlSocket.EXIT);
        for (int i = random.nextInt(6); i > 0; i--) {
            frame(said, kinds.get(random.nextInt(3)), new byte[random.nextInt(30)]);
        }
        frame(said, ControlSocket.EXIT, new byte[random.nextInt(3)]);
        byte[] bytes = damaged(said.flip(), random);
        Thread other =
                Thread.ofVirtual()
                        .start(() -> {
                            try (SocketChannel channel = daemon.accept()) {
                                channel.write(ByteBuffer.wrap(bytes));
                                channel.shutdownOutput();
                                everything(channel);
                            } catch (IOException _) {
                                // The client has hung up in the middle of it.
                            }
                        });
        int status =
                run(InputStream.nullInputStream(), new ByteArrayOutputStream(), "echo", "a", "b");
        assertThat(status).as(HexFormat.of().formatHex(bytes)).isBetween(0, 255);
        other.join();
    }

    private static byte[] request(SplittableRandom random) {
        List<String> words = List.of("echo", "fine", "-L", "é", "", "a word");
        int count = random.nextInt(1, 5);
        ByteBuffer request = ByteBuffer.allocate(200).putInt(count);
        for (int i = 0; i < count; i++) {
            // Mostly a program that exists.
            int which = i == 0 ? random.nextInt(5) / 2 : random.nextInt(words.size());
            byte[] word = words.get(which).getBytes(StandardCharsets.UTF_8);
            request.putInt(word.length).put(word);
        }
        byte[] bytes = new byte[request.position()];
        request.get(0, bytes);
        return bytes;
    }

    private static void frame(ByteBuffer target, byte kind, byte[] bytes) {
        target.put(kind).putInt(bytes.length).put(bytes);
    }

    /// A few bytes changed, added or cut off, in three of four.
    private static byte[] damaged(ByteBuffer said, SplittableRandom random) {
        byte[] bytes = new byte[said.remaining()];
        said.get(bytes);
        for (int changes = random.nextInt(4) - 1; changes > 0; changes--) {
            int at = random.nextInt(bytes.length);
            bytes[at] =
                    (byte)
                            (random.nextBoolean()
                                    ? random.nextInt()
                                    : bytes[at] + random.nextInt(5) - 2);
        }
        if (random.nextInt(4) > 0) {
            return bytes;
        }
        byte[] other = new byte[random.nextInt(bytes.length + 20)];
        System.arraycopy(bytes, 0, other, 0, Math.min(bytes.length, other.length));
        return other;
    }

    /// All that comes before the other side hangs up, in whichever way.
    private static byte[] everything(SocketChannel channel) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            Channels.newInputStream(channel).transferTo(all);
        } catch (IOException _) {
            // With something of ours unread.
        }
        return all.toByteArray();
    }

    private int run(InputStream in, ByteArrayOutputStream output, String... words) {
        PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);
        PrintStream err =
                new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        int status = ControlClient.run(socket(), words, in, out, err);
        out.flush();
        return status;
    }

    private Path socket() {
        return folder.resolve("control.sock");
    }
}
