package dev.sluice.daemon;

import dev.sluice.config.ldirectord.Conversion;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

/// `sluice convert`: a ldirectord.cf as a keepalived.conf, on standard output; what is different
/// then, on standard error.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        description =
                "Prints a ldirectord.cf as a keepalived.conf, and says what is different then.",
        footer = {"", "Exit status: 0 done, 3 the file is refused."})
public final class ConvertCommand implements Callable<Integer> {

    /// As `sluice check` exits.
    private static final int REFUSED = 3;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The ldirectord.cf.")
    private String file = "";

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        LdirectorFile.Read read = LdirectorFile.read(file);
        read.problems().forEach(err::println);
        if (read.settings().isEmpty()) {
            err.println(file + ": refused");
            err.flush();
            return REFUSED;
        }
        Conversion.Result result = Conversion.of(file, read.settings().get());
        result.differences().forEach(err::println);
        err.flush();
        out.print(result.text());
        out.flush();
        return 0;
    }
}
