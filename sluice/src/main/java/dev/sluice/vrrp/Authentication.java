package dev.sluice.vrrp;

import java.nio.charset.StandardCharsets;

/// How routers of version 2 recognise each other (RFC 2338 §5.3.6). Neither kind protects against
/// who can listen; they keep routers apart that were connected by mistake.
public sealed interface Authentication {

    Authentication NONE = new None();

    /// The number in the advertisement.
    int type();

    /// The eight bytes behind the addresses.
    long data();

    record None() implements Authentication {

        @Override
        public int type() {
            return 0;
        }

        @Override
        public long data() {
            return 0;
        }
    }

    /// A password that crosses the wire in clear.
    record Password(long data) implements Authentication {

        @Override
        public int type() {
            return 1;
        }

        @Override
        public String toString() {
            return "Password[…]";
        }
    }

    /// An [AuthenticationHeader] between IP header and message, made with this key.
    record Header(long key) implements Authentication {

        @Override
        public int type() {
            return 2;
        }

        @Override
        public long data() {
            return 0;
        }

        @Override
        public String toString() {
            return "Header[…]";
        }
    }

    static Authentication password(String text) {
        return new Password(eightBytes(text));
    }

    static Authentication header(String text) {
        return new Header(eightBytes(text));
    }

    /// The first eight bytes of a text, or all of it and zeros.
    private static long eightBytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | (i < bytes.length ? bytes[i] & 0xff : 0);
        }
        return value;
    }
}
