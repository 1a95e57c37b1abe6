package dev.sluice.control;

import java.nio.file.Path;

/// Where daemon and client meet, and what they say to each other.
///
/// A Unix stream socket; a frame is one byte of kind, four bytes of length, and as many bytes:
///
///     client                                     daemon
///     REQUEST  program and words           ──►
///                                          ◄──   WANTS_INPUT      only if the program reads
///     INPUT    bytes; none: that was all   ──►                    (again and again)
///                                          ◄──   OUTPUT, ERRORS   as they come
///                                          ◄──   PROGRESS         of one that takes long, if wanted
///                                          ◄──   EXIT             status, one byte
///
/// A request holds the number of words, and for each its length and its UTF-8 bytes; the first one
/// is the program's name. Behind them the client says of itself what may be missing: whether it shows
/// progress (a byte), its process (eight), and as another word who became root by sudo. Numbers are
/// big-endian.
public final class ControlSocket {

    /// Unless `--control`, `SLUICE_SOCKET` or, for a service of systemd with a `RuntimeDirectory`,
    /// `RUNTIME_DIRECTORY` say otherwise.
    public static final String DEFAULT_PATH = "/run/sluice/control.sock";

    static final byte REQUEST = 'R';
    static final byte INPUT = 'I';
    static final byte WANTS_INPUT = 'W';
    static final byte OUTPUT = 'O';
    static final byte ERRORS = 'E';
    static final byte PROGRESS = 'P';
    static final byte EXIT = 'X';

    /// No frame is longer, so that nobody makes the other side allocate.
    static final int MAXIMUM_FRAME = 1 << 20;

    private ControlSocket() {}

    /// Where the daemon listens.
    ///
    /// @param named by the command line, or an empty string
    public static Path path(String named) {
        if (!named.isEmpty()) {
            return Path.of(named);
        }
        String socket = System.getenv("SLUICE_SOCKET");
        if (socket != null && !socket.isEmpty()) {
            return Path.of(socket);
        }
        String directory = System.getenv("RUNTIME_DIRECTORY");
        return directory == null || directory.isEmpty()
                ? Path.of(DEFAULT_PATH)
                : in(Path.of(directory.split(":", 2)[0])); // of several, the first
    }

    /// The socket in a run directory.
    public static Path in(Path runDirectory) {
        return runDirectory.resolve(Path.of(DEFAULT_PATH).getFileName());
    }
}
