package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/// Mistakes on the command line, made on purpose: one line each, the last, with where the help is
/// and names as the help writes them.
final class OptionErrorsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run --workers 65 | sluice run: --workers is 1-64",
                "run --workers many | sluice run: --workers N cannot be 'many', which is no number",
                "run --worker 2 | sluice run: there is no option --worker; did you mean --workers",
                "run --max-connections 0 | sluice run: --max-connections is at least 1",
                "run --busy-poll 10001 | sluice run: --busy-poll is 0-10000",
                "run --rehearse -1 | sluice run: --rehearse is 0-60000",
                "run --mode kernel | sluice run: --mode MODE cannot be 'kernel', only: auto, ebpf,"
                        + " direct",
                "run --interface eth0, | sluice run: an interface has an empty name in --interface"
                        + " eth0,",
                "run --interface | sluice run: missing: --interface NAME[,NAME]…",
                "run --restore a --empty | sluice run: --restore and --empty exclude each other",
                "run --control a --control b | sluice run: --control SOCKET is given twice",
                "run --run-directory /a --control /b | sluice run: --run-directory and --control"
                        + " exclude each other",
                "run eth0 | sluice run: what is 'eth0' meant to be?",
                "status --al | sluice status: there is no option --al; did you mean --all",
                "status now | sluice status: what is 'now' meant to be?",
                "stop now | sluice stop: what is 'now' meant to be?",
                "vrrp --json | sluice vrrp: there is no option --json",
                "sysctl -x | sluice sysctl: there is no option -x",
                "check -f | sluice check: missing: --use-file FILE",
                "lab --requests 0 | sluice lab: --requests must be at least 1",
                "lab dr --requests many | sluice lab dr: --requests N cannot be 'many', which is no"
                        + " number",
                "lab dr --requests -1 | sluice lab dr: --requests must be at least 1",
                "lab exec client | sluice lab exec: missing: PROGRAM",
                "lab moon | sluice lab: what is 'moon' meant to be?",
                "bench --rounds 0 | sluice bench: --rounds",
                "bench --only moon | sluice bench: there is no peer 'moon', only: kernel",
                "bench --tests moon | sluice bench: there is no test 'moon', only: bulk1",
                "frobnicate | sluice: what is 'frobnicate' meant to be?",
            })
    void aMistakeIsOneLineAndTheHelpIsNamed(String words, String says) {
        String said = complaint(words.split(" ", -1));
        assertThat(said).startsWith(says).endsWith(" --help\n").contains("; try: sluice");
        assertThat(said.lines()).hasSize(1);
    }

    @Test
    void noCommandAtAllIsAMistakeToo() {
        assertThat(complaint())
                .isEqualTo("sluice: name a command, for example: sluice lab; try: sluice --help\n");
    }

    @Test
    void everyOptionOfEveryCommandIsRefusedInOneLineWhenItsValueIsMissing() {
        List<CommandLine> commands = new ArrayList<>(List.of(Main.commandLine()));
        for (int i = 0; i < commands.size(); i++) {
            commands.addAll(commands.get(i).getSubcommands().values());
        }
        for (CommandLine command : commands) {
            for (CommandLine.Model.OptionSpec option : command.getCommandSpec().options()) {
                if (option.arity().min() == 0) {
                    continue;
                }
                List<String> words =
                        new ArrayList<>(
                                List.of(command.getCommandSpec().qualifiedName().split(" ", -1)));
                words.removeFirst();
                words.add(option.longestName());
                String said = complaint(words.toArray(String[]::new));
                assertThat(said).contains("missing: " + option.longestName() + " ");
                assertThat(said.lines()).hasSize(1);
            }
        }
    }

    private static String complaint(String... words) {
        StringWriter said = new StringWriter();
        CommandLine sluice = Main.commandLine();
        sluice.setErr(new PrintWriter(said));
        assertThat(sluice.execute(words)).isEqualTo(CommandLine.ExitCode.USAGE);
        return said.toString();
    }
}
