package dev.sluice.vrrp;

/// A moment on the monotonic clock at which something is due, or never.
///
/// @param atNanos without meaning when not set
public record Deadline(boolean isSet, long atNanos) {

    public static final Deadline NEVER = new Deadline(false, 0);

    public static Deadline at(long nanos) {
        return new Deadline(true, nanos);
    }

    /// `delayNanos` from now, or never for a delay of 0.
    static Deadline afterUnlessZero(long nowNanos, long delayNanos) {
        return delayNanos == 0 ? NEVER : at(nowNanos + delayNanos);
    }

    public boolean isDue(long nowNanos) {
        return isSet && nowNanos - atNanos >= 0;
    }

    /// The earlier of two.
    public Deadline or(Deadline other) {
        if (!isSet || !other.isSet) {
            return isSet ? this : other;
        }
        return atNanos - other.atNanos <= 0 ? this : other;
    }

    /// How long until then: 0 when it is due, at most `limitNanos`.
    public long waitNanos(long nowNanos, long limitNanos) {
        return isSet ? Math.clamp(atNanos - nowNanos, 0, limitNanos) : limitNanos;
    }
}
