package dev.sluice.vrrp;

/// Why an advertisement is not believed. It changes nothing then: a backup router counts on from
/// the last good one.
///
/// Each is a counter of its own, and adds to one of keepalived's statistics, or to none.
public enum Rejection {
    LENGTH(Statistic.LENGTH),
    TTL(Statistic.TTL),
    VERSION(Statistic.NONE),
    AUTHENTICATION_UNKNOWN(Statistic.AUTHENTICATION_INVALID),
    AUTHENTICATION_TYPE(Statistic.AUTHENTICATION_MISMATCH),
    AUTHENTICATION_FAILED(Statistic.AUTHENTICATION_FAILURE),
    SEQUENCE(Statistic.AUTHENTICATION_FAILURE),
    INTERVAL(Statistic.INTERVAL),
    TYPE(Statistic.INVALID_TYPE),
    CHECKSUM(Statistic.NONE),
    DESTINATION(Statistic.ADDRESS_LIST),
    ADDRESS_COUNT(Statistic.ADDRESS_LIST),
    ADDRESSES(Statistic.ADDRESS_LIST),
    PEER(Statistic.ADDRESS_LIST);

    /// The error counters of keepalived's statistics file.
    public enum Statistic {
        LENGTH,
        TTL,
        INVALID_TYPE,
        INTERVAL,
        ADDRESS_LIST,
        AUTHENTICATION_INVALID,
        AUTHENTICATION_MISMATCH,
        AUTHENTICATION_FAILURE,
        NONE
    }

    private final Statistic statistic;

    Rejection(Statistic statistic) {
        this.statistic = statistic;
    }

    public Statistic statistic() {
        return statistic;
    }
}
