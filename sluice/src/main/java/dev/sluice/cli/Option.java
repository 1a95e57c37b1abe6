package dev.sluice.cli;

import dev.sluice.director.service.Encapsulation;

import java.util.Locale;

/// What options mean, in the order in which they are checked against a command, and the table of
/// that check (ipvsadm.md §5).
enum Option {
    NUMERIC,
    CONNECTION,
    SERVICE_ADDRESS,
    SCHEDULER,
    PERSISTENT,
    NETMASK,
    REAL_SERVER,
    FORWARDING_METHOD,
    WEIGHT,
    U_THRESHOLD,
    L_THRESHOLD,
    MCAST_INTERFACE,
    TIMEOUT,
    DAEMON,
    STATS,
    RATE,
    THRESHOLDS,
    PERSISTENT_CONN,
    NOSORT,
    SYNCID,
    EXACT,
    OPS,
    PE,
    SCHED_FLAGS,
    MCAST_GROUP,
    MCAST_PORT,
    MCAST_TTL,
    SYNC_MAXLEN,
    TUN_INFO,
    TUN_TYPE,
    TUN_PORT,
    TUN_NOCSUM,
    TUN_CSUM,
    TUN_REMCSUM;

    /// How an option goes with a command or a tunnel type.
    enum Use {
        REQUIRED,
        ALLOWED,
        /// At most one of all that are marked so.
        EXCLUSIVE,
        REFUSED;

        static Use of(char mark) {
            return switch (mark) {
                case '+' -> REQUIRED;
                case 'o' -> ALLOWED;
                case '1' -> EXCLUSIVE;
                case '.' -> REFUSED;
                default -> throw new IllegalArgumentException("no mark: " + mark);
            };
        }
    }

    /// Columns: add, edit and delete service, clear, list, add, delete and edit server, set, start
    /// and stop daemon, restore, save, zero.
    private static final Use[][] WITH_COMMAND =
            table(
                    """
                    numeric            . . . . o . . . . . . . o .
                    connection         . . . . 1 . . . . . . . . .
                    service-address    + + + . 1 + + + . . . . . o
                    scheduler          o o . . . . . . . . . . . .
                    persistent         o o . . . . . . . . . . . .
                    netmask            o o . . . . . . . . . . . .
                    real-server        . . . . . + + + . . . . . .
                    forwarding-method  . . . . . o . o . . . . . .
                    weight             . . . . . o . o . . . . . .
                    u-threshold        . . . . . o . o . . . . . .
                    l-threshold        . . . . . o . o . . . . . .
                    mcast-interface    . . . . . . . . . o . . . .
                    timeout            . . . . 1 . . . . . . . . .
                    daemon             . . . . 1 . . . . . . . . .
                    stats              . . . . o . . . . . . . . .
                    rate               . . . . o . . . . . . . . .
                    thresholds         . . . . o . . . . . . . . .
                    persistent-conn    . . . . o . . . . . . . . .
                    nosort             . . . . o . . . . . . . . .
                    syncid             . . . . o . . . . o o . . .
                    exact              . . . . o . . . . . . . . .
                    ops                o o . . . . . . . . . . . .
                    pe                 o o . . . . . . . . . . . .
                    sched-flags        o o . . . . . . . . . . . .
                    mcast-group        . . . . . . . . . o . . . .
                    mcast-port         . . . . . . . . . o . . . .
                    mcast-ttl          . . . . . . . . . o . . . .
                    sync-maxlen        . . . . . . . . . o . . . .
                    tun-info           . . . . o . . . . . . . . .
                    tun-type           . . . . . o . o . . . . . .
                    tun-port           . . . . . o . o . . . . . .
                    tun-nocsum         . . . . . o . o . . . . . .
                    tun-csum           . . . . . o . o . . . . . .
                    tun-remcsum        . . . . . o . o . . . . . .
                    """);

    /// Columns: ipip, gue, gre.
    private static final Use[][] WITH_TUNNEL =
            table(
                    """
                    tun-port           . + .
                    tun-nocsum         . 1 1
                    tun-csum           . 1 1
                    tun-remcsum        . 1 .
                    """);

    private static final Option[] OF_TUNNELS = {TUN_PORT, TUN_NOCSUM, TUN_CSUM, TUN_REMCSUM};

    /// As messages name it.
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Use with(Command command) {
        return WITH_COMMAND[ordinal()][command.ordinal()];
    }

    /// The options that depend on the tunnel type, in checking order.
    static Option[] ofTunnels() {
        return OF_TUNNELS.clone();
    }

    /// Only for [#ofTunnels].
    Use with(Encapsulation.Type type) {
        return WITH_TUNNEL[ordinal() - TUN_PORT.ordinal()][type.ordinal()];
    }

    private static Use[][] table(String text) {
        return text.lines()
                .map(line -> line.substring(line.indexOf(' ')).replace(" ", ""))
                .map(marks -> {
                    Use[] row = new Use[marks.length()];
                    for (int i = 0; i < row.length; i++) {
                        row[i] = Use.of(marks.charAt(i));
                    }
                    return row;
                })
                .toArray(Use[][]::new);
    }
}
