package dev.sluice.cli;

import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Edit;
import dev.sluice.control.Program;
import dev.sluice.control.PublicationException;
import dev.sluice.control.Refusal.Reason;
import dev.sluice.control.RefusedException;
import dev.sluice.control.ServiceStatus;
import dev.sluice.control.Table;
import dev.sluice.director.service.Timeouts;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// ipvsadm and its two companions. One instance serves any number of calls at a time; each change
/// to the table is atomic.
public final class Ipvsadm {

    static final String NAME = "ipvsadm";

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

    /// Answers what needs no table, so that it needs no daemon either: `-h` and `-v`.
    ///
    /// @param words what follows the program's name
    /// @return whether it was that
    public static boolean answersWithoutTable(List<String> words, PrintStream out) {
        if (words.equals(List.of("-h")) || words.equals(List.of("--help"))) {
            out.print(VERSION + HELP);
        } else if (words.equals(List.of("-v")) || words.equals(List.of("--version"))) {
            out.print(VERSION);
        } else {
            return false;
        }
        out.flush();
        return true;
    }

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
                return new Restore(call.name(), table, host, this::execute, call)
                        .run(lines(call.in()));
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
        return run(call.as(NAME, words));
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
        Restore restore = new Restore(NAME, table, host, this::execute, call);
        restore.clear();
        return restore.run(List.of(rules.toString().split("\n", 0)));
    }

    /// Carries out one command line, other than `-R`.
    private void execute(CommandLine line, Program.Call call) throws Refused {
        Edit edit = line.edit();
        if (edit != null) {
            execute(edit);
            return;
        }
        switch (line.command()) {
            case ZERO -> {
                if (!line.namesService()) {
                    table.zeroAll();
                } else if (!table.zero(line.serviceKey())) {
                    throw Refused.byTable(Refused.text(Reason.NO_SUCH_SERVICE));
                }
            }
            case LIST -> list(line, call);
            case SAVE -> new SavedRules(line, host, call).print(table.services());
            case START_DAEMON -> throw noDaemon(line);
            case STOP_DAEMON -> throw Refused.byTable("No daemon is running");
            case HELP -> call.out().print(VERSION + HELP);
            case VERSION -> call.out().print(VERSION);
            case RESTORE -> throw new IllegalArgumentException("-R runs other commands");
            case ADD_SERVICE,
                    EDIT_SERVICE,
                    DELETE_SERVICE,
                    CLEAR,
                    ADD_SERVER,
                    EDIT_SERVER,
                    DELETE_SERVER,
                    SET ->
                    throw new IllegalStateException("an edit");
        }
    }

    private void execute(Edit edit) throws Refused {
        try {
            table.apply(edit);
        } catch (RefusedException refused) {
            throw Refused.byTable(refused.refusal());
        } catch (PublicationException failed) {
            throw Refused.byTable(String.valueOf(failed.getMessage()));
        }
    }

    private void list(CommandLine line, Program.Call call) throws Refused {
        Listing listing = new Listing(line, host, call);
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
            Optional<ServiceStatus> service = table.service(line.serviceKey());
            if (service.isEmpty()) {
                throw Refused.notListed(Refused.text(Reason.NO_SUCH_SERVICE));
            }
            listing.one(service.get());
        } else if (!line.has(Option.DAEMON)) {
            listing.all(table.services());
        }
        // No synchronisation daemon ever runs, so that their list is empty.
    }

    /// There are no synchronisation daemons; what the kernel says first is said first.
    private Refused noDaemon(CommandLine line) {
        return host.hasInterface(line.multicastInterface())
                ? Refused.byTable(Refused.text(Reason.INVALID))
                : Refused.byTable("No such device");
    }

    private static List<String> lines(InputStream in) throws IOException {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return List.of(text.split("\n", -1));
    }
}
