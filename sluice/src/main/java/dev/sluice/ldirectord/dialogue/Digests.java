package dev.sluice.ldirectord.dialogue;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/// Digests of bytes, by algorithms that every Java has.
final class Digests {

    private Digests() {}

    /// @param parts one behind the other
    static byte[] of(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
