package dev.sluice.cli;

import static dev.sluice.control.Origin.OPERATOR;

import dev.sluice.cli.Option.Use;
import dev.sluice.control.Edit;
import dev.sluice.control.ServerKey;
import dev.sluice.control.ServerSettings;
import dev.sluice.control.ServiceSettings;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Persistence;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// One call of ipvsadm, understood and checked as far as that is possible without the table. The
/// checks come in the order of ipvsadm.md §15, and the first that fails decides.
final class CommandLine {

    private static final long MAXIMUM_INT = Integer.MAX_VALUE;
    private static final long MAXIMUM_TIMEOUT = ConnectionTable.MAX_TIMEOUT_SECONDS;
    private static final int DEFAULT_PERSISTENCE_SECONDS = 360;
    private static final String DEFAULT_SCHEDULER = "wlc";

    private final Host host;
    private final Set<Option> given = EnumSet.noneOf(Option.class);

    private Command command = Command.LIST;
    private int[] timeouts = {};

    private Family family = Family.IPV4;
    private @Nullable Protocol protocol;
    private Address virtual = Address.ANY_IPV4;
    private int virtualPort;
    private int mark;

    /// IPv4: the mask; IPv6: the prefix length. As in the original, one variable for both.
    private int netmask = -1;

    private String scheduler = DEFAULT_SCHEDULER;
    private int schedulerFlags;
    private int persistenceSeconds;
    private String engine = "";

    private Address real = Address.ANY_IPV4;
    private int realPort;
    private Forwarding method = Forwarding.DIRECT_ROUTING;
    private int weight = 1;
    private int upperThreshold;
    private int lowerThreshold;
    private Encapsulation.Type tunnelType = Encapsulation.Type.IPIP;
    private int tunnelPort;
    private Encapsulation.Checksum checksum = Encapsulation.Checksum.NONE;

    private String multicastInterface = "eth0";
    private String schedulerFlagList = "";

    private CommandLine(Host host) {
        this.host = host;
    }

    /// @param program as called, for messages
    /// @param words what followed it; none means to list
    static CommandLine parse(String program, List<String> words, Host host) throws Refused {
        return parse(program, words, host, false);
    }

    /// The same for a line of a restore, which cannot be a restore itself.
    static CommandLine parseRule(String program, List<String> words, Host host) throws Refused {
        return parse(program, words, host, true);
    }

    private static CommandLine parse(String program, List<String> words, Host host, boolean isRule)
            throws Refused {
        CommandLine line = new CommandLine(host);
        if (words.isEmpty()) {
            return line;
        }
        Words reader = new Words(words);
        line.readCommand(program, reader);
        if (isRule && line.command == Command.RESTORE) {
            throw Refused.hint(program);
        }
        if (line.command == Command.HELP || line.command == Command.VERSION) {
            return line;
        }
        for (Switch next = reader.next(); next != null; next = reader.next()) {
            line.readOption(next, reader);
        }
        line.readTimeouts(reader.plain());
        line.schedulerFlags = SchedulerFlags.parse(line.schedulerFlagList, line.scheduler);
        line.check(
                Option.values(),
                option -> option.with(line.command),
                "the '" + line.command.label() + "' command");
        switch (line.command) {
            case ADD_SERVICE, EDIT_SERVICE -> line.checkService();
            case ADD_SERVER, EDIT_SERVER -> line.checkServer();
            case LIST -> line.checkList();
            default -> {}
        }
        return line;
    }

    Command command() {
        return command;
    }

    boolean has(Option option) {
        return given.contains(option);
    }

    /// The service that was named. `-Z` counts `0.0.0.0:0` as none.
    boolean namesService() {
        boolean any = mark == 0 && virtual.equals(Address.ANY_IPV4) && virtualPort == 0;
        return has(Option.SERVICE_ADDRESS) && !any;
    }

    ServiceKey serviceKey() {
        return protocol != null
                ? new ServiceKey.AtAddress(protocol, virtual, virtualPort)
                : new ServiceKey.AtMark(family, mark);
    }

    /// What the command changes of the desired state, or null if it is of another kind.
    @Nullable Edit edit() {
        return switch (command) {
            case ADD_SERVICE -> new Edit.AddService(OPERATOR, serviceKey(), serviceSettings());
            case EDIT_SERVICE -> new Edit.EditService(OPERATOR, serviceKey(), serviceSettings());
            case DELETE_SERVICE -> new Edit.DeleteService(OPERATOR, serviceKey());
            case CLEAR -> new Edit.Clear(OPERATOR);
            case ADD_SERVER ->
                    new Edit.AddServer(OPERATOR, serviceKey(), serverKey(), serverSettings());
            case EDIT_SERVER ->
                    new Edit.EditServer(OPERATOR, serviceKey(), serverKey(), serverSettings());
            case DELETE_SERVER -> new Edit.DeleteServer(OPERATOR, serviceKey(), serverKey());
            case SET -> new Edit.SetTimeouts(OPERATOR, timeouts[0], timeouts[1], timeouts[2]);
            case LIST, START_DAEMON, STOP_DAEMON, RESTORE, SAVE, ZERO, HELP, VERSION -> null;
        };
    }

    private ServiceSettings serviceSettings() {
        return new ServiceSettings(
                scheduler, schedulerFlags, persistence(), engine, has(Option.OPS));
    }

    /// Servers of a service at an address that are not masqueraded share the service's port,
    /// whatever was written.
    private ServerKey serverKey() {
        boolean ownPort =
                command == Command.DELETE_SERVER || method == Forwarding.NAT || protocol == null;
        return new ServerKey(real, ownPort ? realPort : virtualPort);
    }

    private ServerSettings serverSettings() {
        Encapsulation tunnel = new Encapsulation(tunnelType, tunnelPort, checksum);
        return new ServerSettings(method, weight, upperThreshold, lowerThreshold, tunnel);
    }

    String multicastInterface() {
        return multicastInterface;
    }

    private @Nullable Persistence persistence() {
        if (!has(Option.PERSISTENT)) {
            return null;
        }
        if (family == Family.IPV4) {
            return new Persistence(persistenceSeconds, 0, netmask & 0xffff_ffffL);
        }
        Address mask = Address.ipv6(-1, -1).masked(netmask);
        return new Persistence(persistenceSeconds, mask.high(), mask.low());
    }

    /// The first word must be a command, or begin with one.
    private void readCommand(String program, Words reader) throws Refused {
        Command first = null;
        try {
            Switch found = reader.next();
            first = found == null || !reader.plain().isEmpty() ? null : found.command();
        } catch (Refused _) {
            // Whatever is wrong with the first word, the answer is the hint.
        }
        if (first == null) {
            throw Refused.hint(program);
        }
        command = first;
        if (first == Command.START_DAEMON || first == Command.STOP_DAEMON) {
            String state = reader.requiredValue();
            if (!state.equals("master") && !state.equals("backup")) {
                throw Refused.value(
                        first == Command.START_DAEMON
                                ? "illegal start-daemon parameter specified"
                                : "illegal start_daemon specified");
            }
        }
    }

    private void readOption(Switch next, Words reader) throws Refused {
        if (next.command() != null) {
            throw Refused.value("invalid option `" + reader.word() + "'");
        }
        Option option = next.option();
        if (option != null && !given.add(option)) {
            throw Refused.value("multiple '" + option.label() + "' options specified");
        }
        String value = reader.value();
        if (value != null) {
            readValue(next, value);
            return;
        }
        switch (next) {
            case IPV6 -> {
                if (mark == 0) {
                    throw Refused.value("-6 used before -f\n");
                }
                useIpv6();
            }
            case PERSISTENT -> persistenceSeconds = DEFAULT_PERSISTENCE_SECONDS;
            case GATEWAYING -> method = Forwarding.DIRECT_ROUTING;
            case IPIP -> method = Forwarding.TUNNEL;
            case MASQUERADING -> method = Forwarding.NAT;
            case TUN_NOCSUM -> checksum = Encapsulation.Checksum.NONE;
            case TUN_CSUM -> checksum = Encapsulation.Checksum.FULL;
            case TUN_REMCSUM -> checksum = Encapsulation.Checksum.REMOTE;
            default -> {} // That it was given says all.
        }
    }

    private void readValue(Switch next, String value) throws Refused {
        switch (next) {
            case TCP_SERVICE -> readService(Protocol.TCP, value);
            case UDP_SERVICE -> readService(Protocol.UDP, value);
            case SCTP_SERVICE -> readService(Protocol.SCTP, value);
            case FWMARK_SERVICE ->
                    mark = number(value, 1, 0xffff_ffffL, "invalid fwmark value `" + value + "'");
            case SCHEDULER -> scheduler = value.isEmpty() ? DEFAULT_SCHEDULER : value;
            case PERSISTENT ->
                    persistenceSeconds = number(value, 1, MAXIMUM_TIMEOUT, badTimeout(value));
            case NETMASK -> readNetmask(value);
            case PE -> engine = value;
            case SCHED_FLAGS -> schedulerFlagList = value;
            case REAL_SERVER -> readServer(value);
            case WEIGHT -> weight = number(value, 0, MAXIMUM_INT, "illegal weight");
            case U_THRESHOLD ->
                    upperThreshold = number(value, 0, MAXIMUM_INT, "illegal u_threshold");
            case L_THRESHOLD ->
                    lowerThreshold = number(value, 0, MAXIMUM_INT, "illegal l_threshold");
            case TUN_TYPE ->
                    tunnelType =
                            switch (value) {
                                case "ipip" -> Encapsulation.Type.IPIP;
                                case "gue" -> Encapsulation.Type.GUE;
                                case "gre" -> Encapsulation.Type.GRE;
                                default -> throw Refused.value("illegal tunnel type specified");
                            };
            case TUN_PORT -> tunnelPort = number(value, 1, 65535, "illegal tunnel port");
            case SYNCID -> number(value, 0, 255, "illegal syncid");
            case SYNC_MAXLEN -> number(value, 1, 65507, "illegal sync-maxlen");
            case MCAST_INTERFACE -> multicastInterface = value;
            case MCAST_GROUP -> checkGroup(value);
            case MCAST_PORT -> number(value, 1, 65535, "illegal mcast-port");
            case MCAST_TTL -> number(value, 1, 255, "illegal mcast-ttl");
            default -> throw new IllegalStateException(next + " takes no value");
        }
    }

    private void readService(Protocol of, String value) throws Refused {
        protocol = of;
        Endpoint endpoint = Endpoint.parse(value, of, host);
        if (endpoint == null) {
            throw Refused.value("illegal virtual server address[:port] specified");
        }
        virtual = endpoint.address();
        virtualPort = Math.max(0, endpoint.port());
        if (virtual.isIpv6()) {
            useIpv6();
        }
    }

    private void useIpv6() {
        family = Family.IPV6;
        netmask = 128;
    }

    private void readServer(String value) throws Refused {
        Endpoint endpoint = Endpoint.parse(value, protocol, host);
        if (endpoint == null) {
            throw Refused.value("illegal real server address[:port] specified");
        }
        real = endpoint.address();
        realPort = endpoint.port() < 0 ? virtualPort : endpoint.port();
    }

    private void readNetmask(String value) throws Refused {
        if (family == Family.IPV6) {
            int digits = 0;
            while (digits < value.length() && Character.isDigit(value.charAt(digits))) {
                digits++;
            }
            netmask = number(value.substring(0, digits), 1, 128, "illegal ipv6 netmask");
            return;
        }
        Address mask = Endpoint.address(value, host);
        if (mask == null) {
            throw Refused.value("illegal virtual server persistent mask specified");
        }
        netmask = (int) mask.low();
    }

    private static void checkGroup(String value) throws Refused {
        if (value.indexOf(':') >= 0) {
            Address group = Endpoint.ipv6(value);
            if (group == null || group.high() >>> 56 != 0xff) {
                throw Refused.value("invalid IPv6 mcast-group `" + value + "'");
            }
            return;
        }
        Address group = Endpoint.classicIpv4(value);
        if (group == null || group.low() >>> 28 != 0xe) {
            throw Refused.value("invalid IPv4 mcast-group `" + value + "'");
        }
    }

    private void readTimeouts(List<String> plain) throws Refused {
        int wanted = command == Command.SET ? 3 : 0;
        if (plain.size() < wanted) {
            throw Refused.value("--set option requires 3 timeout values");
        }
        timeouts = new int[wanted];
        for (int i = 0; i < wanted; i++) {
            String value = plain.get(i);
            timeouts[i] = number(value, 0, MAXIMUM_TIMEOUT, badTimeout(value));
        }
        if (plain.size() > wanted) {
            throw Refused.value("unexpected argument " + plain.get(wanted));
        }
    }

    /// Walks options in their order; refused, required and exclusive ones are found in one pass.
    ///
    /// @param owner who has the last word on them, as messages say it
    private void check(Option[] options, Function<Option, Use> use, String owner) throws Refused {
        Option exclusive = null;
        for (Option option : options) {
            boolean has = has(option);
            String label = option.label();
            switch (use.apply(option)) {
                case REQUIRED -> {
                    if (!has) {
                        throw Refused.value(
                                "You need to supply the '" + label + "' option for " + owner);
                    }
                }
                case REFUSED -> {
                    if (has) {
                        throw Refused.value("Illegal '" + label + "' option with " + owner);
                    }
                }
                case EXCLUSIVE -> {
                    if (has && exclusive != null) {
                        throw Refused.value(
                                "The option '%s' conflicts with the '%s' option in %s"
                                        .formatted(label, exclusive.label(), owner));
                    }
                    exclusive = has ? option : exclusive;
                }
                case ALLOWED -> {}
            }
        }
    }

    private void checkService() throws Refused {
        if (protocol == null) {
            return;
        }
        if (virtualPort == 0 && !has(Option.PERSISTENT)) {
            throw Refused.value("Zero port specified for non-persistent service");
        }
        if (has(Option.OPS) && protocol != Protocol.UDP) {
            throw Refused.value("One-Packet Scheduling is only for UDP virtual services");
        }
    }

    private void checkServer() throws Refused {
        if (method != Forwarding.TUNNEL) {
            if (real.family() != family) {
                throw Refused.value(
                        "Different address family is allowed only for tunneling servers");
            }
            boolean tunnelled = has(Option.TUN_TYPE);
            for (Option option : Option.ofTunnels()) {
                tunnelled |= has(option);
            }
            if (tunnelled) {
                throw Refused.value("Tunnel options conflict with forward method");
            }
            return;
        }
        check(
                Option.ofTunnels(),
                option -> option.with(tunnelType),
                "the '" + tunnelType.label() + "' tunnel type");
    }

    private void checkList() throws Refused {
        boolean table = has(Option.STATS) || has(Option.RATE) || has(Option.THRESHOLDS);
        boolean settings = has(Option.TIMEOUT) || has(Option.DAEMON);
        if ((has(Option.CONNECTION) || settings) && table
                || settings && has(Option.PERSISTENT_CONN)) {
            throw Refused.value("options conflicts in the list command");
        }
    }

    /// @param complaint what the message says before `specified`
    private static int number(String word, long minimum, long maximum, String complaint)
            throws Refused {
        Long number = Decimal.parse(word, minimum, maximum);
        if (number == null) {
            throw Refused.value(complaint + " specified");
        }
        return number.intValue();
    }

    private static String badTimeout(String value) {
        return "invalid timeout value `" + value + "'";
    }
}
