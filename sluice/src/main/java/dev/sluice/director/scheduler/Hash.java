package dev.sluice.director.scheduler;

import dev.sluice.wire.Flow;
import dev.sluice.wire.IpProtocol;

/// What dh, sh and mh make of addresses and ports, bit by bit as Linux does.
final class Hash {

    /// Scheduler flags: another server is looked for where the hash leads to none.
    static final int FALLBACK = 1;

    /// Scheduler flags: the client's port counts, not only its address.
    static final int PORT = 2;

    /// Slots of dh and sh.
    static final int SLOTS = 256;

    private Hash() {}

    /// An IPv4 address as its number; of an IPv6 address its four words, each added without carry.
    static int fold(long high, long low) {
        long words = high ^ low;
        return (int) (words ^ words >>> 32);
    }

    /// The client's port if the flags and the protocol have it count, otherwise 0.
    static int port(Flow flow, int flags) {
        boolean counts = (flags & PORT) != 0 && IpProtocol.hasPorts(flow.protocol());
        return counts ? flow.sourcePort() : 0;
    }

    /// Knuth's multiplicative hash: a slot of dh and sh.
    static int slot(int x) {
        return x * 0x61C88647 >>> 24;
    }

    /// SipHash-1-3 of one 32-bit number under a key of twice the same half, cut to 32 bits.
    static int sip(long key, int x) {
        long message = 4L << 56 | x & 0xffff_ffffL;
        long v0 = key ^ 0x736f6d6570736575L;
        long v1 = key ^ 0x646f72616e646f6dL;
        long v2 = key ^ 0x6c7967656e657261L;
        long v3 = key ^ 0x7465646279746573L ^ message;
        for (int round = 0; round < 4; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32) + v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            if (round == 0) {
                v0 ^= message;
                v2 ^= 0xff;
            }
        }
        return (int) (v0 ^ v1 ^ v2 ^ v3);
    }
}
