package dev.sluice.worker;

import dev.sluice.net.netlink.Prefix;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.util.Arrays;
import java.util.Collection;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/// The addresses of both families, cut wherever a route or a policy rule begins or ends.
///
/// Two destinations in one piece lie in exactly the same prefixes of every routing table and every
/// rule. So the kernel answers alike for both, whatever tables its rules lead to and in which
/// order, as long as the packets are alike otherwise: one question is enough for a piece. A cut too
/// many does no harm, it only costs a question; one for a route that is gone may stay.
///
/// Of a routing table with n prefixes there are at most 2n + 1 pieces, found in log2(2n + 1) steps:
/// five for a usual machine, twenty with all routes of the Internet, at 16 bytes for each cut.
///
/// Immutable; shared by the workers.
final class AddressPieces {

    /// Nothing cut: one piece for each family.
    static final AddressPieces WHOLE =
            new AddressPieces(new long[1], new long[1], new long[1], new long[1]);

    // Where the pieces begin, ascending as unsigned numbers; the first begins at 0.
    private final long[] ipv4High;
    private final long[] ipv4Low;
    private final long[] ipv6High;
    private final long[] ipv6Low;

    private AddressPieces(long[] ipv4High, long[] ipv4Low, long[] ipv6High, long[] ipv6Low) {
        this.ipv4High = ipv4High;
        this.ipv4Low = ipv4Low;
        this.ipv6High = ipv6High;
        this.ipv6Low = ipv6Low;
    }

    /// Which piece an address lies in, an index for [#high] and [#low].
    int find(boolean ipv6, long high, long low) {
        long[] highs = ipv6 ? ipv6High : ipv4High;
        long[] lows = ipv6 ? ipv6Low : ipv4Low;
        int from = 0;
        int to = lows.length;
        while (to - from > 1) {
            int middle = from + to >>> 1;
            if (isBefore(high, low, highs[middle], lows[middle])) {
                to = middle;
            } else {
                from = middle;
            }
        }
        return from;
    }

    /// Where a piece begins, the upper half.
    long high(boolean ipv6, int piece) {
        return ipv6 ? ipv6High[piece] : ipv4High[piece];
    }

    /// Where a piece begins, the lower half.
    long low(boolean ipv6, int piece) {
        return ipv6 ? ipv6Low[piece] : ipv4Low[piece];
    }

    /// Of both families.
    int count() {
        return ipv4Low.length + ipv6Low.length;
    }

    /// With cuts at both ends of each prefix too; this one when all are there already.
    AddressPieces cutAt(Collection<Prefix> prefixes) {
        TreeSet<Cut> ipv4 = new TreeSet<>();
        TreeSet<Cut> ipv6 = new TreeSet<>();
        for (Prefix prefix : prefixes) {
            boolean isIpv6 = prefix.first().family() == Family.IPV6;
            add(isIpv6 ? ipv6 : ipv4, isIpv6, prefix);
        }
        if (ipv4.isEmpty() && ipv6.isEmpty()) {
            return this;
        }
        Merged four = Merged.of(ipv4High, ipv4Low, ipv4);
        Merged six = Merged.of(ipv6High, ipv6Low, ipv6);
        return new AddressPieces(four.highs, four.lows, six.highs, six.lows);
    }

    private void add(Set<Cut> cuts, boolean ipv6, Prefix prefix) {
        Address first = prefix.first();
        addUnlessThere(cuts, ipv6, first.high(), first.low());
        int zeros = first.bits() - prefix.bits();
        long low = zeros >= 64 ? first.low() : first.low() + (1L << zeros);
        long high = first.high();
        if (zeros >= 64) {
            high += zeros == 128 ? 0 : 1L << zeros - 64;
        } else if (low == 0) {
            high++;
        }
        boolean beyond = ipv6 ? (high | low) == 0 : low > 0xffff_ffffL;
        if (prefix.bits() > 0 && !beyond) {
            addUnlessThere(cuts, ipv6, high, low);
        }
    }

    private void addUnlessThere(Set<Cut> cuts, boolean ipv6, long high, long low) {
        int piece = find(ipv6, high, low);
        if (high(ipv6, piece) != high || low(ipv6, piece) != low) {
            cuts.add(new Cut(high, low));
        }
    }

    private static boolean isBefore(long high, long low, long otherHigh, long otherLow) {
        return high == otherHigh
                ? Long.compareUnsigned(low, otherLow) < 0
                : Long.compareUnsigned(high, otherHigh) < 0;
    }

    private record Cut(long high, long low) implements Comparable<Cut> {

        @Override
        public int compareTo(Cut other) {
            int byHigh = Long.compareUnsigned(high, other.high);
            return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
        }
    }

    /// Two sorted lists without common members as one.
    private static final class Merged {

        final long[] highs;
        final long[] lows;

        private Merged(long[] highs, long[] lows) {
            this.highs = highs;
            this.lows = lows;
        }

        static Merged of(long[] highs, long[] lows, NavigableSet<Cut> cuts) {
            if (cuts.isEmpty()) {
                return new Merged(highs, lows);
            }
            long[] allHighs = Arrays.copyOf(highs, highs.length + cuts.size());
            long[] allLows = Arrays.copyOf(lows, lows.length + cuts.size());
            int to = allLows.length - 1;
            int from = lows.length - 1;
            for (Cut cut : cuts.descendingSet()) {
                while (isBefore(cut.high, cut.low, highs[from], lows[from])) {
                    allHighs[to] = highs[from];
                    allLows[to--] = lows[from--];
                }
                allHighs[to] = cut.high;
                allLows[to--] = cut.low;
            }
            return new Merged(allHighs, allLows);
        }
    }
}
