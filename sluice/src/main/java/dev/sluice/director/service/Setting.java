package dev.sluice.director.service;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/// The settings that IPVS has as `net.ipv4.vs.*`, with the kernel's defaults and ranges (ipvs.md
/// §8.1). The name of a constant in lower case is the setting's name.
public enum Setting {
    AM_DROPRATE(10, Range.ANY, Effect.YES, "drop_packet=3 drops one of so many new connections"),
    AMEMTHRESH(
            1024,
            Range.ANY,
            Effect.YES,
            "memory is short when so many pages of 4 KiB or fewer are free"),
    BACKUP_ONLY(
            0,
            Range.FLAG,
            Effect.NOT_YET,
            "a backup of connection synchronisation forwards nothing"),
    CACHE_BYPASS(
            0,
            Range.FLAG,
            Effect.NOT_YET,
            "without a real server, packets go to their destination"),
    CONN_REUSE_MODE(
            1,
            Range.ANY,
            Effect.YES,
            "0: a SYN follows the connection it finds; otherwise one that finds a closed connection"
                    + " is scheduled anew, with the bit of value 2 also in FIN_WAIT under direct"
                    + " routing"),
    CONNTRACK(0, Range.FLAG, Effect.NOT_YET, "netfilter tracks connections of services"),
    DEBUG_LEVEL(0, Range.ANY, Effect.NOT_YET, "messages of the kernel's debug builds"),
    DROP_ENTRY(
            0,
            Range.UP_TO_THREE,
            Effect.YES,
            "3: connections are dropped by lot, most of all half-open ones; 1, 2: when memory is"
                    + " short"),
    DROP_PACKET(
            0,
            Range.UP_TO_THREE,
            Effect.YES,
            "3: one of am_droprate new connections is dropped; 1, 2: when memory is short"),
    EXPIRE_NODEST_CONN(
            0,
            Range.FLAG,
            Effect.YES,
            "connections of a removed real server end, instead of being dropped silently"),
    EXPIRE_QUIESCENT_TEMPLATE(
            0, Range.FLAG, Effect.YES, "persistence does not lead to a real server of weight 0"),
    IGNORE_TUNNELED(0, Range.FLAG, Effect.NOT_YET, "packets out of a tunnel are left alone"),
    LBLC_EXPIRATION(
            86400, Range.ANY, Effect.YES, "seconds after which lblc forgets an unused destination"),
    LBLCR_EXPIRATION(
            86400,
            Range.ANY,
            Effect.YES,
            "seconds after which lblcr forgets an unused destination, or its busiest server"),
    NAT_ICMP_SEND(
            0,
            Range.FLAG,
            Effect.YES,
            "a packet of a masqueraded server that belongs to no connection is answered by ICMP"),
    PMTU_DISC(1, Range.FLAG, Effect.YES, "path MTU discovery in tunnels"),
    RUN_ESTIMATION(1, Range.FLAG, Effect.YES, "rates are estimated"),
    SCHEDULE_ICMP(0, Range.FLAG, Effect.YES, "an ICMP error may begin a connection"),
    SECURE_TCP(0, Range.UP_TO_THREE, Effect.YES, "a stricter table of TCP states"),
    SLOPPY_SCTP(0, Range.FLAG, Effect.YES, "any SCTP packet may begin a connection"),
    SLOPPY_TCP(0, Range.FLAG, Effect.YES, "any TCP segment but a RST may begin a connection"),
    SNAT_REROUTE(1, Range.FLAG, Effect.YES, "replies are routed by their new source address"),
    SYNC_PERSIST_MODE(0, Range.ZERO_OR_ONE, Effect.NOT_YET, "synchronise templates only"),
    SYNC_PORTS(1, Range.POWER_OF_TWO, Effect.NOT_YET, "ports and threads of synchronisation"),
    SYNC_QLEN_MAX(3808, Range.ANY, Effect.NOT_YET, "synchronisation messages queued at most"),
    SYNC_REFRESH_PERIOD(
            0, Range.ANY, Effect.NOT_YET, "seconds between synchronisations of a connection"),
    SYNC_RETRIES(0, Range.UP_TO_THREE, Effect.NOT_YET, "how often a synchronisation is repeated"),
    SYNC_SOCK_SIZE(
            0, Range.ANY, Effect.NOT_YET, "buffer of the synchronisation sockets, 0: the system's"),
    SYNC_THRESHOLD(
            3,
            Range.THRESHOLD_AND_PERIOD,
            Effect.NOT_YET,
            "packets before a connection is synchronised, and between two synchronisations"),
    SYNC_VERSION(1, Range.ZERO_OR_ONE, Effect.NOT_YET, "version of the synchronisation protocol");

    /// Measures of defence: 0 never, 3 always, 1 and 2 while memory is short, and 2 that it is.
    static final List<Setting> MEASURES = List.of(DROP_ENTRY, DROP_PACKET, SECURE_TCP);

    /// What every name begins with.
    public static final String PREFIX = "net.ipv4.vs.";

    /// Which values a setting takes.
    enum Range {
        ANY("any whole number"),
        FLAG("0 or another whole number"),
        ZERO_OR_ONE("0 or 1"),
        UP_TO_THREE("0 to 3"),
        POWER_OF_TWO("a power of two"),
        THRESHOLD_AND_PERIOD("a threshold and a period, 0 or above the threshold");

        final String words;

        Range(String words) {
            this.words = words;
        }

        boolean accepts(int value, int second) {
            return switch (this) {
                case ANY, FLAG -> true;
                case ZERO_OR_ONE -> value == 0 || value == 1;
                case UP_TO_THREE -> value >= 0 && value <= 3;
                case POWER_OF_TWO -> Integer.bitCount(value) == 1 && value > 0;
                case THRESHOLD_AND_PERIOD -> value >= 0 && (second == 0 || second > value);
            };
        }
    }

    /// Whether Sluice acts upon a setting. Other values than the default are refused where it does
    /// not, so that nothing is ever accepted and then not done.
    enum Effect {
        YES,
        NOT_YET
    }

    final int defaultValue;
    final Range range;
    final Effect effect;
    private final String explanation;

    Setting(int defaultValue, Range range, Effect effect, String explanation) {
        this.defaultValue = defaultValue;
        this.range = range;
        this.effect = effect;
        this.explanation = explanation;
    }

    /// `net.ipv4.vs.` and the name of the constant.
    public String fullName() {
        return PREFIX + name().toLowerCase(Locale.ROOT);
    }

    /// One line for the manual.
    public String explanation() {
        return explanation;
    }

    /// By its name, with or without the prefix, which may be written with slashes; null when there
    /// is none.
    public static @Nullable Setting named(String name) {
        String dotted = name.replace('/', '.');
        String bare = dotted.startsWith(PREFIX) ? dotted.substring(PREFIX.length()) : dotted;
        for (Setting setting : values()) {
            if (setting.name().toLowerCase(Locale.ROOT).equals(bare)) {
                return setting;
            }
        }
        return null;
    }
}
