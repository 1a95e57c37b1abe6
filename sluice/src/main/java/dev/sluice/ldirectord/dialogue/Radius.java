package dev.sluice.ldirectord.dialogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// `radius` (RFC 2865): an Access-Request that must be accepted, by a server that knows the secret.
final class Radius {

    private static final int HEADER_BYTES = 20;
    private static final int ACCEPT = 2;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Inquiry inquiry;
    private final byte[] secret;
    private final byte[] authenticator = new byte[16];
    private final byte id = (byte) RANDOM.nextInt();

    private Radius(Inquiry inquiry) {
        this.inquiry = inquiry;
        secret = inquiry.check().secret().getBytes(StandardCharsets.UTF_8);
        RANDOM.nextBytes(authenticator);
    }

    static String ask(Inquiry inquiry) throws IOException {
        Radius radius = new Radius(inquiry);
        return Datagrams.ask(inquiry, radius.question(), radius::read);
    }

    private byte[] question() {
        ByteArrayOutputStream attributes = new ByteArrayOutputStream();
        attribute(attributes, 1, inquiry.check().login().getBytes(StandardCharsets.UTF_8));
        attribute(attributes, 2, hidden(inquiry.check().password()));
        attribute(attributes, 32, "sluice".getBytes(StandardCharsets.UTF_8));
        // Message-Authenticator (RFC 3579 §3.2), over the request with zeros in its place.
        attribute(attributes, 80, new byte[16]);
        int length = HEADER_BYTES + attributes.size();
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(new byte[] {1, id, (byte) (length >> 8), (byte) length});
        request.writeBytes(authenticator);
        request.writeBytes(attributes.toByteArray());
        byte[] bytes = request.toByteArray();
        byte[] proof = hmac(bytes);
        System.arraycopy(proof, 0, bytes, bytes.length - proof.length, proof.length);
        return bytes;
    }

    private static void attribute(ByteArrayOutputStream out, int type, byte[] value) {
        byte[] kept = value.length > 253 ? Arrays.copyOf(value, 253) : value;
        out.write(type);
        out.write(kept.length + 2);
        out.writeBytes(kept);
    }

    /// RFC 2865 §5.2: sixteen bytes at a time, each masked by a digest of the one before.
    private byte[] hidden(String password) {
        byte[] text = password.getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(text, Math.clamp((text.length + 15L) / 16 * 16, 16, 128));
        byte[] before = authenticator;
        for (int block = 0; block < padded.length; block += 16) {
            byte[] mask = Digests.of("MD5", secret, before);
            for (int i = 0; i < 16; i++) {
                padded[block + i] ^= mask[i];
            }
            before = Arrays.copyOfRange(padded, block, block + 16);
        }
        return padded;
    }

    private Optional<String> read(byte[] answer) throws IOException {
        if (answer.length < HEADER_BYTES || answer[1] != id) {
            return Optional.empty();
        }
        byte[] checked = answer.clone();
        System.arraycopy(authenticator, 0, checked, 4, 16);
        if (!MessageDigest.isEqual(
                Digests.of("MD5", checked, secret), Arrays.copyOfRange(answer, 4, 20))) {
            throw new IOException("the answer is not from a server that knows the secret");
        }
        if (answer[0] != ACCEPT) {
            throw new IOException("the answer's code is " + answer[0]);
        }
        return Optional.of("accepted");
    }

    private byte[] hmac(byte[] bytes) {
        try {
            Mac mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(secret.length == 0 ? new byte[1] : secret, "HmacMD5"));
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
