package dev.sluice.control;

import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// Listens on the control socket and runs programs for clients, each on a virtual thread of its
/// own. Only root and the daemon's own user are heard.
public final class ControlServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    private static final int MAXIMUM_CLIENTS = 256;
    private static final int MAXIMUM_WORDS = 100_000;
    private static final long MAXIMUM_INPUT = 256L << 20;
    private static final int BUFFER_BYTES = 1 << 14;

    /// What a program that broke exits with.
    private static final int BROKEN = 255;

    private final Path socket;
    private final Map<String, Program> programs;
    private final Predicate<UserPrincipal> admitted;
    private final ServerSocketChannel listener;
    private final Semaphore room = new Semaphore(MAXIMUM_CLIENTS);
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

    /// Starts to listen. The folder is made if it is missing; the socket file of a daemon that died
    /// is replaced.
    ///
    /// @param programs by name
    /// @throws BindException when another daemon lives there
    public static ControlServer open(Path socket, Map<String, Program> programs)
            throws IOException {
        ServerSocketChannel listener = listen(socket);
        UserPrincipal self = Files.getOwner(socket);
        // A user called "0" does not exist, so that this is the number.
        UserPrincipal root =
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("0");
        return start(socket, listener, programs, user -> user.equals(root) || user.equals(self));
    }

    /// The same, for whoever the predicate admits. Others are told that they must be root.
    public static ControlServer open(
            Path socket, Map<String, Program> programs, Predicate<UserPrincipal> admitted)
            throws IOException {
        return start(socket, listen(socket), programs, admitted);
    }

    private static ControlServer start(
            Path socket,
            ServerSocketChannel listener,
            Map<String, Program> programs,
            Predicate<UserPrincipal> admitted) {
        ControlServer server = new ControlServer(socket, listener, programs, admitted);
        Thread.ofVirtual().name("control").start(server::acceptAll);
        return server;
    }

    private ControlServer(
            Path socket,
            ServerSocketChannel listener,
            Map<String, Program> programs,
            Predicate<UserPrincipal> admitted) {
        this.socket = socket;
        this.listener = listener;
        this.programs = Map.copyOf(programs);
        this.admitted = admitted;
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        Path folder = socket.toAbsolutePath().getParent();
        try {
            if (folder != null) {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw cannotListen(socket, e);
        }
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            try {
                listener.bind(UnixDomainSocketAddress.of(socket), MAXIMUM_CLIENTS);
            } catch (SocketException e) {
                if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
                    throw cannotListen(socket, e);
                }
                refuseWhatIsNoSocket(socket);
                if (lives(socket)) {
                    throw new BindException(
                            "another sluice daemon answers at "
                                    + socket
                                    + "; stop it with: sluice stop, or name another socket with"
                                    + " --control");
                }
                Files.delete(socket);
                listener.bind(UnixDomainSocketAddress.of(socket), MAXIMUM_CLIENTS);
            }
            Files.setPosixFilePermissions(
                    socket,
                    Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
            return listener;
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /// A problem that is not another daemon, in words that lead on.
    private static IOException cannotListen(Path socket, IOException cause) {
        String reason =
                cause instanceof AccessDeniedException ? "Permission denied" : cause.getMessage();
        return new IOException(
                "cannot listen at "
                        + socket
                        + ": "
                        + reason
                        + "; name another control socket with --control or SLUICE_SOCKET",
                cause);
    }

    /// Before anything else is begun: whether a socket can be there. Only sockets are ever removed.
    ///
    /// @throws BindException when something else is there
    public static void check(Path socket) throws IOException {
        if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            refuseWhatIsNoSocket(socket);
        }
    }

    private static void refuseWhatIsNoSocket(Path socket) throws IOException {
        BasicFileAttributes present =
                Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (present.isDirectory()) {
            throw new BindException(
                    "cannot listen at "
                            + socket
                            + ": it is a directory; name a socket in it, such as --control "
                            + socket.resolve("control.sock"));
        }
        if (!present.isOther()) {
            throw new BindException(
                    "cannot listen at "
                            + socket
                            + ": it is a file and no socket; name another path with --control");
        }
    }

    /// Whether anybody listens there. What is not ours to touch lives.
    private static boolean lives(Path socket) {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.connect(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void acceptAll() {
        while (listener.isOpen()) {
            try {
                room.acquire();
                SocketChannel client = listener.accept();
                clients.add(client);
                Thread.ofVirtual().name("control client").start(() -> serve(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                room.release();
                LOG.warn("could not accept a control connection", e);
                // Out of descriptors, most likely: give others time to close theirs.
                LockSupport.parkNanos(100_000_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            FrameChannel frames = new FrameChannel(client);
            FrameChannel.Frame frame = frames.read();
            if (frame.kind() != ControlSocket.REQUEST) {
                throw new IOException("a first frame of kind " + frame.kind());
            }
            Request request = request(frame.bytes());
            FrameStream out = new FrameStream(frames, ControlSocket.OUTPUT);
            FrameStream err = new FrameStream(frames, ControlSocket.ERRORS);
            err.flushFirst(out);
            int exitStatus = run(client, request, frames, out, err);
            out.flush();
            err.flush();
            frames.write(ControlSocket.EXIT, new byte[] {(byte) exitStatus}, 0, 1);
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("a control connection ended early", e);
        } finally {
            clients.remove(client);
            room.release();
        }
    }

    private int run(
            SocketChannel client,
            Request request,
            FrameChannel frames,
            OutputStream out,
            OutputStream err)
            throws IOException {
        PrintStream errors = new PrintStream(err, false, StandardCharsets.UTF_8);
        List<String> words = request.words();
        UnixDomainPrincipal peer = client.getOption(ExtendedSocketOptions.SO_PEERCRED);
        if (!admitted.test(peer.user())) {
            errors.print(ControlClient.denied(words.getFirst()));
            errors.flush();
            return 2;
        }
        String name = words.getFirst();
        Program program = programs.get(name);
        if (program == null) {
            errors.print(
                    "sluice: the daemon knows no program '"
                            + name
                            + "'; it is of another release than this command, restart it\n");
            errors.flush();
            return BROKEN;
        }
        PrintStream output = new PrintStream(out, false, StandardCharsets.UTF_8);
        InputStream in = new FrameInput(frames);
        try {
            return program.run(
                    new Program.Call(
                            name,
                            words.subList(1, words.size()),
                            in,
                            output,
                            errors,
                            request.caller().as(peer.user().getName()),
                            request.showsProgress()
                                    ? new ProgressFrames(frames, System.nanoTime())
                                    : Progress.IGNORED));
        } catch (RuntimeException | Error e) {
            // A command that breaks is no reason to stop forwarding.
            LOG.warn("{} failed", words, e);
            errors.print(name + ": " + e.getMessage() + "\n");
            return BROKEN;
        } finally {
            output.flush();
            errors.flush();
        }
    }

    /// What a client asks for.
    ///
    /// @param caller by its own word
    private record Request(List<String> words, boolean showsProgress, Caller caller) {}

    private static Request request(ByteBuffer request) throws IOException {
        List<String> words = words(request);
        try {
            boolean showsProgress = request.hasRemaining() && request.get() != 0;
            long process = request.hasRemaining() ? request.getLong() : 0;
            String sudoUser = request.hasRemaining() ? word(request) : "";
            return new Request(words, showsProgress, new Caller("", process, sudoUser));
        } catch (BufferUnderflowException e) {
            throw new IOException("a request that ends too early", e);
        }
    }

    private static List<String> words(ByteBuffer request) throws IOException {
        try {
            int count = request.getInt();
            if (count < 1 || count > MAXIMUM_WORDS) {
                throw new IOException("a request of " + count + " words");
            }
            List<String> words = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                words.add(word(request));
            }
            return words;
        } catch (BufferUnderflowException e) {
            throw new IOException("a request that ends too early", e);
        }
    }

    private static String word(ByteBuffer request) throws IOException {
        int length = request.getInt();
        if (length < 0 || length > request.remaining()) {
            throw new IOException("a word of " + length + " bytes");
        }
        byte[] word = new byte[length];
        request.get(word);
        return new String(word, StandardCharsets.UTF_8);
    }

    /// Stops listening, hangs up on everybody and removes the socket file.
    @Override
    public void close() {
        try {
            Files.deleteIfExists(socket);
            listener.close();
            for (SocketChannel client : clients) {
                client.close();
            }
        } catch (IOException e) {
            LOG.warn("could not remove the control socket {}", socket, e);
        }
    }

    /// Collects what a program prints into frames.
    private static final class FrameStream extends OutputStream {

        private final FrameChannel frames;
        private final byte kind;
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private int used;
        private @Nullable FrameStream before;

        FrameStream(FrameChannel frames, byte kind) {
            this.frames = frames;
            this.kind = kind;
        }

        /// What was printed there before comes out before.
        void flushFirst(FrameStream other) {
            before = other;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (before != null) {
                before.flush();
            }
            int done = 0;
            while (done < length) {
                int part = Math.min(length - done, BUFFER_BYTES - used);
                System.arraycopy(bytes, offset + done, buffer, used, part);
                used += part;
                done += part;
                if (used == BUFFER_BYTES) {
                    flush();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (used > 0) {
                frames.write(kind, buffer, 0, used);
                used = 0;
            }
        }
    }

    /// How far a program is, sent when it takes longer than a second, ten times a second at most.
    private static final class ProgressFrames implements Progress {

        private static final long FIRST_NANOS = 1_000_000_000;
        private static final long NEXT_NANOS = 100_000_000;

        private final FrameChannel frames;
        private long nextNanos;

        ProgressFrames(FrameChannel frames, long startNanos) {
            this.frames = frames;
            nextNanos = startNanos + FIRST_NANOS;
        }

        @Override
        public void at(long done, long total, String what) {
            long nowNanos = System.nanoTime();
            if (nowNanos - nextNanos < 0) {
                return;
            }
            nextNanos = nowNanos + NEXT_NANOS;
            String words = done + (total == 0 ? " " : " of " + total + " ") + what;
            byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
            try {
                frames.write(ControlSocket.PROGRESS, bytes, 0, bytes.length);
            } catch (IOException e) {
                LOG.debug("a client left before its answer was complete", e);
            }
        }
    }

    /// The client's standard input, asked for piece by piece.
    private static final class FrameInput extends InputStream {

        private final FrameChannel frames;
        private ByteBuffer piece = ByteBuffer.allocate(0);
        private long total;
        private boolean ended;

        FrameInput(FrameChannel frames) {
            this.frames = frames;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!piece.hasRemaining() && !ended) {
                askForMore();
            }
            if (ended) {
                return -1;
            }
            int part = Math.min(length, piece.remaining());
            piece.get(bytes, offset, part);
            return part;
        }

        private void askForMore() throws IOException {
            frames.write(ControlSocket.WANTS_INPUT, new byte[0], 0, 0);
            FrameChannel.Frame frame = frames.read();
            if (frame.kind() != ControlSocket.INPUT) {
                throw new IOException("a frame of kind " + frame.kind() + " in place of input");
            }
            total += frame.bytes().remaining();
            if (total > MAXIMUM_INPUT) {
                throw new IOException("more than " + MAXIMUM_INPUT + " bytes of input");
            }
            piece = frame.bytes();
            ended = !piece.hasRemaining();
        }
    }
}
