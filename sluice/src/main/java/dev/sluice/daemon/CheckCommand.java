package dev.sluice.daemon;

import dev.sluice.config.Host;
import dev.sluice.config.Keepalived;
import dev.sluice.config.Reading;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// `sluice check`: what is wrong with a keepalived.conf or a ldirectord.cf, all of it at once, in
/// the form in which compilers complain. Says nothing about a file that is fine.
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description =
                "Checks a keepalived.conf or a ldirectord.cf, and says everything that is wrong"
                        + " with it.",
        footer = {
            "",
            "Exit status: 0 fine (there may be warnings), 3 the file is refused, 4 it is used after"
                    + " adjusting what is said, 5 it is used, but its scripts are not secure."
        })
public final class CheckCommand implements Callable<Integer> {

    private static final int REFUSED = 3;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    @Option(
            names = {"-f", "--use-file"},
            paramLabel = "FILE",
            defaultValue = "/etc/keepalived/keepalived.conf",
            description = "The file (default: ${DEFAULT-VALUE}).")
    private String file = "";

    @Option(
            names = {"-i", "--config-id"},
            paramLabel = "ID",
            description =
                    "For which machine: what `@ID` lines compare with (default: the host name up to"
                            + " its first dot).")
    private String id = "";

    @Option(
            names = "--any-machine",
            description =
                    "Do not ask whether interfaces, users and scripts exist here: the file is for"
                            + " another machine.")
    private boolean anyMachine;

    @Option(
            names = "--ldirectord",
            paramLabel = "FILE",
            description = "A ldirectord.cf in place of a keepalived.conf.")
    private String ldirectorFile = "";

    @Override
    public Integer call() {
        if (!ldirectorFile.isEmpty()) {
            LdirectorFile.Read read = LdirectorFile.read(ldirectorFile);
            int exitStatus = read.settings().isPresent() ? 0 : REFUSED;
            say(ldirectorFile, read.problems(), exitStatus);
            return exitStatus;
        }
        Environment environment =
                new Environment(id.isEmpty() ? hostName() : id, "", System.nanoTime());
        Host host = anyMachine ? Host.ANY : new ThisMachine();
        Reading reading = Keepalived.read(file, new FilesOnDisk(), environment, host);
        say(file, reading.problems(), reading.exitStatus());
        return reading.exitStatus();
    }

    private void say(String name, List<Problem> problems, int exitStatus) {
        PrintWriter err = spec.commandLine().getErr();
        problems.forEach(err::println);
        if (exitStatus != 0) {
            err.println(name + ": " + summary(problems, exitStatus != REFUSED));
        }
        err.flush();
    }

    private static String summary(List<Problem> problems, boolean isUsable) {
        List<String> counts = new ArrayList<>();
        for (Severity severity : Severity.values()) {
            long count = problems.stream().map(Problem::severity).filter(severity::equals).count();
            if (count > 0) {
                counts.add(count + " × " + severity.label());
            }
        }
        String verdict = isUsable ? "usable, as described" : "refused";
        return verdict + " (" + String.join(", ", counts) + ")";
    }

    static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName().split("\\.", 2)[0];
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}
