package dev.sluice.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Has a program run by the daemon. Loads few classes: most of a command's time is the start of its
/// Java machine.
public final class ControlClient {

    /// What ipvsadm exits with when there is no table to talk to.
    private static final int NO_TABLE = 2;

    private static final int CHUNK_BYTES = 1 << 16;

    /// `sun_path` of unix(7), without the zero at its end.
    private static final int LONGEST_NAME = 107;

    private ControlClient() {}

    /// Runs a program at the daemon, with our standard streams.
    ///
    /// @return the exit status
    public static int run(Path socket, String... program) {
        return run(socket, program, System.in, System.out, System.err);
    }

    /// Runs a program at the daemon, or says why that is not possible.
    ///
    /// @param program the program's name, and its words
    /// @param in read only if the program does
    /// @return the exit status
    public static int run(
            Path socket, String[] program, InputStream in, PrintStream out, PrintStream err) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            if (!connect(channel, socket, program[0], err)) {
                return NO_TABLE;
            }
            FrameChannel frames = new FrameChannel(channel);
            ProgressLine progress = new ProgressLine(program[0], err);
            byte[] request = request(program, progress.isShown());
            frames.write(ControlSocket.REQUEST, request, 0, request.length);
            return converse(frames, in, out, err, progress);
        } catch (ForeignFrameException e) {
            out.flush();
            err.print(
                    "sluice: the daemon at "
                            + socket
                            + " speaks otherwise than this command, "
                            + e.getMessage()
                            + ": they are of different releases; restart the daemon, or use the"
                            + " command that came with it\n");
            return NO_TABLE;
        } catch (IOException e) {
            out.flush();
            err.print(
                    "sluice: the daemon at "
                            + socket
                            + " hung up before its answer was complete; whether it did what was"
                            + " asked, its log and a listing tell\n");
            return NO_TABLE;
        }
    }

    private static boolean connect(
            SocketChannel channel, Path socket, String name, PrintStream err) {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return true;
        } catch (BindException e) {
            // The strange name that Java gives EACCES on connect(2).
            err.print(denied(name));
        } catch (IOException e) {
            if (isIpvsadm(name)) {
                err.print(noTable("Protocol not available"));
            }
            err.print(notConnected(socket, e) + "\n");
        }
        return false;
    }

    /// Only where nobody listens there is no daemon.
    private static String notConnected(Path socket, IOException why) {
        if (Files.isDirectory(socket)) {
            return "sluice: cannot ask at " + socket + ": it is a directory; name a socket in it";
        }
        if (Files.isRegularFile(socket)) {
            return "sluice: cannot ask at " + socket + ": it is a file and no socket";
        }
        boolean nobody = why instanceof ConnectException || !Files.exists(socket);
        boolean nameable = socket.toString().length() <= LONGEST_NAME;
        return nobody && nameable
                ? "No sluice daemon answers at " + socket + "; start one with: sluice run"
                : "sluice: cannot ask at "
                        + socket
                        + ": "
                        + (nameable
                                ? why.getMessage()
                                : "its name is too long, at most %d bytes".formatted(LONGEST_NAME));
    }

    /// What those are told who may not ask: ipvsadm has words of its own, which scripts know.
    static String denied(String name) {
        return isIpvsadm(name)
                ? noTable("Permission denied (you must be root)")
                : "sluice: only root, and the user that the daemon runs as, may ask it\n";
    }

    private static boolean isIpvsadm(String name) {
        return name.startsWith("ipvsadm");
    }

    /// The daemon said what this release does not know.
    private static final class ForeignFrameException extends IOException {

        private static final long serialVersionUID = 1L;

        ForeignFrameException(String message) {
            super(message);
        }
    }

    /// Whether a daemon listens there.
    public static boolean isAnswering(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    private static String noTable(String reason) {
        return "Can't initialize ipvs: "
                .concat(reason)
                .concat(
                        "\nAre you sure that IP Virtual Server is built in the kernel or as"
                                + " module?\n");
    }

    private static byte[] request(String[] program, boolean showsProgress) {
        Caller self = Caller.self();
        byte[] sudoUser = self.sudoUser().getBytes(StandardCharsets.UTF_8);
        int bytes = Integer.BYTES + Byte.BYTES + Long.BYTES + Integer.BYTES + sudoUser.length;
        byte[][] words = new byte[program.length][];
        for (int i = 0; i < words.length; i++) {
            words[i] = program[i].getBytes(StandardCharsets.UTF_8);
            bytes += Integer.BYTES + words[i].length;
        }
        ByteBuffer request = ByteBuffer.allocate(bytes).putInt(words.length);
        for (byte[] word : words) {
            request.putInt(word.length).put(word);
        }
        request.put((byte) (showsProgress ? 1 : 0)).putLong(self.process());
        request.putInt(sudoUser.length).put(sudoUser);
        return request.array();
    }

    private static int converse(
            FrameChannel frames,
            InputStream in,
            PrintStream out,
            PrintStream err,
            ProgressLine progress)
            throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        while (true) {
            FrameChannel.Frame frame = frames.read();
            if (frame.kind() == ControlSocket.PROGRESS) {
                progress.draw(text(frame));
                continue;
            }
            progress.erase();
            switch (frame.kind()) {
                case ControlSocket.OUTPUT -> print(frame, out);
                case ControlSocket.ERRORS -> {
                    out.flush();
                    print(frame, err);
                }
                case ControlSocket.WANTS_INPUT -> {
                    out.flush();
                    int length = in.read(chunk);
                    frames.write(ControlSocket.INPUT, chunk, 0, Math.max(0, length));
                }
                case ControlSocket.EXIT -> {
                    out.flush();
                    err.flush();
                    if (!frame.bytes().hasRemaining()) {
                        throw new ForeignFrameException("an end without exit status");
                    }
                    return frame.bytes().get() & 0xff;
                }
                default -> throw new ForeignFrameException("a frame of kind " + frame.kind());
            }
        }
    }

    private static String text(FrameChannel.Frame frame) {
        return StandardCharsets.UTF_8.decode(frame.bytes()).toString();
    }

    private static void print(FrameChannel.Frame frame, PrintStream stream) {
        stream.write(frame.bytes().array(), 0, frame.bytes().limit());
    }
}
