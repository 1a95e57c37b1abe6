package dev.sluice.ldirectord;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Whether a file is another than it was when it was last asked: its time of modification first,
/// then what is in it.
final class WatchedFile {

    private final String file;
    private long modifiedMillis;
    private String digest;

    WatchedFile(String file) {
        this.file = file;
        modifiedMillis = modified();
        digest = digest();
    }

    /// A file that is gone has not changed.
    synchronized boolean hasChanged() {
        long modified = modified();
        if (modified == 0 || modified == modifiedMillis) {
            return false;
        }
        String newest = digest();
        boolean hasChanged = !newest.equals(digest);
        modifiedMillis = modified;
        digest = newest;
        return hasChanged;
    }

    private long modified() {
        try {
            return Files.getLastModifiedTime(Path.of(file)).toMillis();
        } catch (IOException | InvalidPathException _) {
            return 0;
        }
    }

    private String digest() {
        try {
            MessageDigest digests = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digests.digest(Files.readAllBytes(Path.of(file))));
        } catch (IOException | InvalidPathException _) {
            return "";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
