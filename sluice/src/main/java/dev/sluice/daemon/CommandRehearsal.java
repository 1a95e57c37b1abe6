package dev.sluice.daemon;

import dev.sluice.cli.Ipvsadm;
import dev.sluice.cli.SystemHost;
import dev.sluice.control.Capabilities;
import dev.sluice.control.Program;
import dev.sluice.control.Table;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Commands for a table that is thrown away, so that the first real ones meet code that is loaded
/// and compiled: after a failover a whole table is restored while clients wait.
final class CommandRehearsal {

    private static final List<String> COMMANDS =
            List.of(
                    "-A -t 192.0.2.1:80 -s wlc -p 60",
                    "-a -t 192.0.2.1:80 -r 192.0.2.11:8080 -m -w 3",
                    "-e -t 192.0.2.1:80 -r 192.0.2.11:8080 -m -w 4",
                    "-A -u [2001:db8::1]:53 -s rr",
                    "-a -u [2001:db8::1]:53 -r [2001:db8::11]:53 -g",
                    "-L -n",
                    "-L -n --stats",
                    "-d -t 192.0.2.1:80 -r 192.0.2.11:8080",
                    "-C");

    private static final byte[] RULES =
            """
            -A -t 192.0.2.2:443 -s sh
            -a -t 192.0.2.2:443 -r 192.0.2.12:443 -m -w 1
            -A -f 7 -s wrr
            -a -f 7 -r 192.0.2.13:0 -g -w 1
            """
                    .getBytes(StandardCharsets.UTF_8);

    private final PrintStream nowhere =
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    private final Map<String, Program> programs =
            new Ipvsadm(
                            new Table(Capabilities.DIRECTOR, 1, _ -> {}),
                            _ -> {},
                            new SystemHost(Path.of("/etc/services")))
                    .programs();

    /// Gives them again and again until the time is over.
    ///
    /// @return how many of them failed: none
    static int play(long nanos) throws IOException {
        CommandRehearsal rehearsal = new CommandRehearsal();
        long untilNanos = System.nanoTime() + nanos;
        int failed = 0;
        while (untilNanos - System.nanoTime() > 0) {
            failed += rehearsal.once();
        }
        return failed;
    }

    /// Each command once.
    ///
    /// @return how many failed
    int once() throws IOException {
        int failed = 0;
        for (String command : COMMANDS) {
            failed += run("ipvsadm", command, InputStream.nullInputStream());
        }
        failed += run("ipvsadm-restore", "", new ByteArrayInputStream(RULES));
        return failed + run("ipvsadm", "-C", InputStream.nullInputStream());
    }

    private int run(String name, String words, InputStream in) throws IOException {
        Program program = Objects.requireNonNull(programs.get(name));
        List<String> split = words.isEmpty() ? List.of() : List.of(words.split(" ", -1));
        return program.run(new Program.Call(name, split, in, nowhere, nowhere)) == 0 ? 0 : 1;
    }
}
