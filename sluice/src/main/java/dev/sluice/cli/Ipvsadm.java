package dev.sluice.cli;

import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Program;
import dev.sluice.control.RefusedException;
import dev.sluice.control.Table;
import dev.sluice.director.service.Timeouts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/// ipvsadm and its two companions. One instance serves any number of calls at a time; each change
/// to the table is atomic.
public final class Ipvsadm {

    private static final String NAME = "ipvsadm";

    private static final String VERSION =
            "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n";

    private static final String HELP =
            """

            Usage: ipvsadm COMMAND [OPTION]...

            Services
              -A, --add-service     SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M NETMASK] [-o]
                                    [--pe ENGINE] [-b FLAGS]      add a virtual service
              -E, --edit-service    as -A; what is not named returns to its default
              -D, --delete-service  SERVICE                       with its real servers
              -C, --clear                                         delete all services
            Real servers
              -a, --add-server      SERVICE -r SERVER [-g|-i|-m] [-w WEIGHT] [-x UPPER] [-y LOWER]
                                    [--tun-type ipip|gue|gre] [--tun-port PORT]
                                    [--tun-nocsum|--tun-csum|--tun-remcsum]
              -e, --edit-server     as -a; what is not named returns to its default
              -d, --delete-server   SERVICE -r SERVER
            Listings
              -L, -l, --list        [SERVICE] [-n] [--stats|--rate|--thresholds|--persistent-conn]
                                    [--tun-info] [-X, --exact] [--nosort]
              -L -c, --connection   [-n] [--persistent-conn]      connections
              -L --timeout          connection timeouts
              -L --daemon           synchronisation daemons
            Others
              -Z, --zero            [SERVICE]                     zero the counters
              -S, --save            [-n]                          print the table as rules
              -R, --restore         rules from standard input
              --set TCP TCPFIN UDP  connection timeouts in seconds, 0 keeps one
              --start-daemon        master|backup [--mcast-interface NAME] [--syncid ID]
                                    [--sync-maxlen BYTES] [--mcast-group ADDRESS]
                                    [--mcast-port PORT] [--mcast-ttl TTL]
              --stop-daemon         master|backup
              -h, --help            this text
              -v, --version         version

            SERVICE is -t, -u or --sctp-service ADDRESS:PORT, or -f MARK [-6].
            SERVER is ADDRESS[:PORT]. IPv6 addresses with a port stand in square brackets.
            """;

    private static final String SAVE_HELP =
            """
            ipvsadm-save: Script to save the IPVS table to stdout.
               With the -n option, prints out the table in numeric format.
            """;

    private final Table table;
    private final ConnectionSource connections;
    private final Host host;

    public Ipvsadm(Table table, ConnectionSource connections, Host host) {
        this.table = table;
        this.connections = connections;
        this.host = host;
    }

    /// The programs by name, for a control server.
    public Map<String, Program> programs() {
        return Map.of(
                NAME, this::run, "ipvsadm-save", this::save, "ipvsadm-restore", this::restore);
    }

    /// One call of `ipvsadm`.
    private int run(Program.Call call) throws IOException {
        try {
            CommandLine line = CommandLine.parse(call.name(), call.words(), host);
            if (line.command() == Command.RESTORE) {
                return runRules(call.name(), lines(call.in()), call);
            }
            execute(line, call);
            return 0;
        } catch (Refused refused) {
            call.err().print(refused.text() + "\n");
            return refused.exitStatus();
        }
    }

    /// One call of `ipvsadm-save`.
    private int save(Program.Call call) throws IOException {
        boolean numeric = false;
        for (String word : call.words()) {
            if (word.equals("-n")) {
                numeric = true;
            } else if (word.startsWith("-")) {
                call.err().print(SAVE_HELP);
                return 1;
            }
        }
        List<String> words = numeric ? List.of("-S", "-n") : List.of("-S");
        return run(new Program.Call(NAME, words, call.in(), call.out(), call.err()));
    }

    /// One call of `ipvsadm-restore`. Its input is complete before the table is cleared, so that a
    /// save of the same table can be piped into it.
    private int restore(Program.Call call) throws IOException {
        StringBuilder rules = new StringBuilder();
        for (String rule : lines(call.in())) {
            if (!rule.startsWith("#")) {
                rules.append(rule).append('\n');
            }
        }
        table.clear();
        return runRules(NAME, List.of(rules.toString().split("\n", -1)), call);
    }

    /// Carries out one command line, other than `-R`.
    private void execute(CommandLine line, Program.Call call) throws Refused {
        try {
            switch (line.command()) {
                case ADD_SERVICE -> table.addService(line.serviceKey(), line.serviceSettings());
                case EDIT_SERVICE -> table.editService(line.serviceKey(), line.serviceSettings());
                case DELETE_SERVICE -> table.deleteService(line.serviceKey());
                case CLEAR -> table.clear();
                case ADD_SERVER ->
                        table.addServer(
                                line.serviceKey(),
                                line.realAddress(),
                                line.realPort(),
                                line.serverSettings());
                case EDIT_SERVER ->
                        table.editServer(
                                line.serviceKey(),
                                line.realAddress(),
                                line.realPort(),
                                line.serverSettings());
                case DELETE_SERVER ->
                        table.deleteServer(line.serviceKey(), line.realAddress(), line.realPort());
                case ZERO -> {
                    if (line.namesService()) {
                        table.zero(line.serviceKey());
                    } else {
                        table.zeroAll();
                    }
                }
                case SET -> {
                    int[] seconds = line.timeouts();
                    table.setTimeouts(seconds[0], seconds[1], seconds[2]);
                }
                case LIST -> list(line, call);
                case SAVE -> new Rules(line, host, call.out()).print(table.services());
                case RESTORE -> throw new IllegalArgumentException("-R runs other commands");
                case START_DAEMON -> throw noDaemon(line);
                case STOP_DAEMON -> throw Refused.byTable("No daemon is running");
                case HELP -> call.out().print(VERSION + HELP);
                case VERSION -> call.out().print(VERSION);
            }
        } catch (RefusedException refusal) {
            throw Refused.byTable(refusal.reason().text());
        }
    }

    private void list(CommandLine line, Program.Call call) throws Refused {
        Listing listing = new Listing(line, host, call.out());
        if (line.has(Option.CONNECTION)) {
            listing.connections(connections);
        } else if (line.has(Option.TIMEOUT)) {
            Timeouts timeouts = table.timeouts();
            call.out()
                    .print(
                            "Timeout (tcp tcpfin udp): %d %d %d\n"
                                    .formatted(
                                            timeouts.tcpSeconds(),
                                            timeouts.tcpFinSeconds(),
                                            timeouts.udpSeconds()));
        } else if (line.has(Option.SERVICE_ADDRESS)) {
            try {
                listing.one(table.service(line.serviceKey()));
            } catch (RefusedException refusal) {
                throw Refused.notListed(refusal.reason().text());
            }
        } else if (!line.has(Option.DAEMON)) {
            listing.all(table.services());
        }
        // No synchronisation daemon ever runs, so that their list is empty.
    }

    /// There are no synchronisation daemons; what the kernel says first is said first.
    private Refused noDaemon(CommandLine line) {
        return host.hasInterface(line.multicastInterface())
                ? Refused.byTable(RefusedException.Reason.INVALID.text())
                : Refused.byTable("No such device");
    }

    /// Every line is a call of its own, on top of the table as it is. A line that the table refuses
    /// is reported and passed over; one that breaks the grammar ends everything.
    ///
    /// @return the exit status of the last line that ran
    private int runRules(String name, List<String> rules, Program.Call call) {
        int exitStatus = 0;
        for (String rule : rules) {
            List<String> words = words(rule);
            if (words.isEmpty()) {
                continue;
            }
            try {
                CommandLine line = CommandLine.parseRule(name, words, host);
                execute(line, call);
                exitStatus = 0;
                if (line.command() == Command.HELP || line.command() == Command.VERSION) {
                    return exitStatus;
                }
            } catch (Refused refused) {
                call.err().print(refused.text() + "\n");
                exitStatus = refused.exitStatus();
                if (refused.endsRestore()) {
                    return exitStatus;
                }
            }
        }
        return exitStatus;
    }

    private static List<String> lines(InputStream in) throws IOException {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return List.of(text.split("\n", -1));
    }

    /// The words of a rule: no quotes, no escapes, no comments, and without the program's name
    /// wherever it stands.
    private static List<String> words(String rule) {
        List<String> words = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(rule, " \t\r");
        while (tokens.hasMoreTokens()) {
            String word = tokens.nextToken();
            if (!word.equals(NAME)) {
                words.add(word);
            }
        }
        return words;
    }
}
