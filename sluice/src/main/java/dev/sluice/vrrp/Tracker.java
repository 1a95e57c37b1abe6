package dev.sluice.vrrp;

/// Something outside that a router's priority depends on.
///
/// @param name unique within the router, such as `script chk_http` or `interface eth1`
/// @param weight what it adds when good (positive) or takes away when bad (negative); 0: bad is a
///   fault, and the router stands aside
/// @param reverse good and bad exchanged
/// @param initially what is assumed before anything is known
public record Tracker(String name, Kind kind, int weight, boolean reverse, Initially initially) {

    public enum Kind {
        /// 1 is good, 0 is bad.
        YES_OR_NO,
        /// A file's number, multiplied by the weight; without a weight every number but 0 is bad.
        NUMBER
    }

    public enum Initially {
        GOOD,
        BAD,
        /// The router does not begin before it is known, where bad would be a fault.
        AWAITED
    }

    private static final int MOST = 253;

    /// The answer to "is it there?" when it should be.
    public static Tracker required(String name) {
        return new Tracker(name, Kind.YES_OR_NO, 0, false, Initially.GOOD);
    }

    /// The same without a weight, as members of a synchronisation group have it.
    public Tracker withoutWeight() {
        return new Tracker(name, kind, 0, reverse, initially);
    }

    boolean isFault(int value) {
        return switch (kind) {
            case YES_OR_NO -> weight == 0 && (value != 0) == reverse;
            case NUMBER -> weight == 0 ? (value == 0) == reverse : product(value) < -MOST;
        };
    }

    /// What this value adds to the priority.
    int contribution(int value) {
        return switch (kind) {
            case YES_OR_NO -> {
                boolean isGood = value != 0;
                boolean counts = isGood == weight > 0;
                yield !counts ? 0 : reverse ? -weight : weight;
            }
            case NUMBER -> Math.clamp(product(value), -MOST, MOST);
        };
    }

    private long product(int value) {
        return (long) value * (reverse ? -weight : weight);
    }
}
