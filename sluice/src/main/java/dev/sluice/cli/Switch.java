package dev.sluice.cli;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Every spelling that the command line knows, and what it stands for: a command, an option, or
/// neither (`--sort`, `-6`).
enum Switch {
    ADD_SERVICE("A add-service", Command.ADD_SERVICE),
    EDIT_SERVICE("E edit-service", Command.EDIT_SERVICE),
    DELETE_SERVICE("D delete-service", Command.DELETE_SERVICE),
    CLEAR("C clear", Command.CLEAR),
    LIST("L l list", Command.LIST),
    ADD_SERVER("a add-server", Command.ADD_SERVER),
    DELETE_SERVER("d delete-server", Command.DELETE_SERVER),
    EDIT_SERVER("e edit-server", Command.EDIT_SERVER),
    SET("set", Command.SET),
    START_DAEMON("start-daemon", Value.REQUIRED, Command.START_DAEMON),
    STOP_DAEMON("stop-daemon", Value.REQUIRED, Command.STOP_DAEMON),
    RESTORE("R restore", Command.RESTORE),
    SAVE("S save", Command.SAVE),
    ZERO("Z zero", Command.ZERO),
    HELP("h help", Command.HELP),
    VERSION("v version", Command.VERSION),

    TCP_SERVICE("t tcp-service", Value.REQUIRED, Option.SERVICE_ADDRESS),
    UDP_SERVICE("u udp-service", Value.REQUIRED, Option.SERVICE_ADDRESS),
    SCTP_SERVICE("sctp-service", Value.REQUIRED, Option.SERVICE_ADDRESS),
    FWMARK_SERVICE("f fwmark-service", Value.REQUIRED, Option.SERVICE_ADDRESS),
    IPV6("6 ipv6"),
    SCHEDULER("s scheduler", Value.REQUIRED, Option.SCHEDULER),
    PERSISTENT("p persistent", Value.OPTIONAL, Option.PERSISTENT),
    NETMASK("M netmask", Value.REQUIRED, Option.NETMASK),
    PE("pe", Value.REQUIRED, Option.PE),
    OPS("o ops", Value.NONE, Option.OPS),
    SCHED_FLAGS("b sched-flags", Value.REQUIRED, Option.SCHED_FLAGS),
    REAL_SERVER("r real-server", Value.REQUIRED, Option.REAL_SERVER),
    GATEWAYING("g gatewaying", Value.NONE, Option.FORWARDING_METHOD),
    IPIP("i ipip", Value.NONE, Option.FORWARDING_METHOD),
    MASQUERADING("m masquerading", Value.NONE, Option.FORWARDING_METHOD),
    WEIGHT("w weight", Value.REQUIRED, Option.WEIGHT),
    U_THRESHOLD("x u-threshold", Value.REQUIRED, Option.U_THRESHOLD),
    L_THRESHOLD("y l-threshold", Value.REQUIRED, Option.L_THRESHOLD),
    TUN_TYPE("tun-type", Value.REQUIRED, Option.TUN_TYPE),
    TUN_PORT("tun-port", Value.REQUIRED, Option.TUN_PORT),
    TUN_NOCSUM("tun-nocsum", Value.NONE, Option.TUN_NOCSUM),
    TUN_CSUM("tun-csum", Value.NONE, Option.TUN_CSUM),
    TUN_REMCSUM("tun-remcsum", Value.NONE, Option.TUN_REMCSUM),
    NUMERIC("n numeric", Value.NONE, Option.NUMERIC),
    CONNECTION("c connection", Value.NONE, Option.CONNECTION),
    TIMEOUT("timeout", Value.NONE, Option.TIMEOUT),
    DAEMON("daemon", Value.NONE, Option.DAEMON),
    STATS("stats", Value.NONE, Option.STATS),
    RATE("rate", Value.NONE, Option.RATE),
    THRESHOLDS("thresholds", Value.NONE, Option.THRESHOLDS),
    PERSISTENT_CONN("persistent-conn", Value.NONE, Option.PERSISTENT_CONN),
    TUN_INFO("tun-info", Value.NONE, Option.TUN_INFO),
    EXACT("X exact", Value.NONE, Option.EXACT),
    NOSORT("nosort", Value.NONE, Option.NOSORT),
    SORT("sort"),
    SYNCID("syncid", Value.REQUIRED, Option.SYNCID),
    SYNC_MAXLEN("sync-maxlen", Value.REQUIRED, Option.SYNC_MAXLEN),
    MCAST_INTERFACE("mcast-interface", Value.REQUIRED, Option.MCAST_INTERFACE),
    MCAST_GROUP("mcast-group", Value.REQUIRED, Option.MCAST_GROUP),
    MCAST_PORT("mcast-port", Value.REQUIRED, Option.MCAST_PORT),
    MCAST_TTL("mcast-ttl", Value.REQUIRED, Option.MCAST_TTL);

    /// Whether a value follows.
    enum Value {
        NONE,
        REQUIRED,
        /// The next word, unless it begins with a dash.
        OPTIONAL
    }

    private static final Map<String, Switch> BY_SPELLING = new HashMap<>();

    static {
        for (Switch known : values()) {
            for (String spelling : known.spellings.split(" ", -1)) {
                BY_SPELLING.put(spelling, known);
            }
        }
    }

    private final String spellings;
    private final Value value;
    private final @Nullable Command command;
    private final @Nullable Option option;

    Switch(String spellings) {
        this(spellings, Value.NONE, null, null);
    }

    Switch(String spellings, Command command) {
        this(spellings, Value.NONE, command, null);
    }

    Switch(String spellings, Value value, Command command) {
        this(spellings, value, command, null);
    }

    Switch(String spellings, Value value, Option option) {
        this(spellings, value, null, option);
    }

    Switch(String spellings, Value value, @Nullable Command command, @Nullable Option option) {
        this.spellings = spellings;
        this.value = value;
        this.command = command;
        this.option = option;
    }

    /// The one of this letter, or null.
    static @Nullable Switch ofLetter(char letter) {
        return BY_SPELLING.get(String.valueOf(letter));
    }

    /// The one of this long spelling, in full, or null.
    static @Nullable Switch ofWord(String word) {
        return word.length() > 1 ? BY_SPELLING.get(word) : null;
    }

    Value value() {
        return value;
    }

    @Nullable Command command() {
        return command;
    }

    @Nullable Option option() {
        return option;
    }
}
