package dev.sluice.director.connection;

/// SipHash-1-3: a keyed hash that stays unpredictable for those who choose the input but do not
/// know the key, such as clients that choose their addresses and ports.
///
/// Aumasson and Bernstein, *SipHash: a fast short-input PRF*, 2012. One round for each word of the
/// message, three at the end; Linux hashes its own connection tables with the same variant.
///
/// ```java
/// long hash = sipHash.begin().add(word).end(tail);
/// ```
///
/// The state lives in fields, so one object belongs to one thread. The compiler keeps them in
/// registers between `begin` and `end`.
public final class SipHash {

    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    public SipHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    public SipHash begin() {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        return this;
    }

    /// Eight bytes of the message, the first one lowest.
    public SipHash add(long word) {
        v3 ^= word;
        round();
        v0 ^= word;
        return this;
    }

    /// The last zero to seven bytes of the message, the first one lowest, and in the highest byte
    /// the length of the whole message modulo 256.
    public long end(long tail) {
        add(tail);
        v2 ^= 0xff;
        round();
        round();
        round();
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
        long a = v0 + v1;
        long b = Long.rotateLeft(v1, 13) ^ a;
        long c = v2 + v3;
        long d = Long.rotateLeft(v3, 16) ^ c;
        a = Long.rotateLeft(a, 32) + d;
        d = Long.rotateLeft(d, 21) ^ a;
        c += b;
        b = Long.rotateLeft(b, 17) ^ c;
        v0 = a;
        v1 = b;
        v2 = Long.rotateLeft(c, 32);
        v3 = d;
    }
}
