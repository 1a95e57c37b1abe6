package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Rules that are carried out in batches cannot be told from rules that are not.
final class RestoreTest {

    /// A restore ends at such a line, and where a service to be listed is not there.
    private static final List<String> GRAMMAR = List.of("-A -t nonsense", "-Q", "-A -u 1.1.1.1:0");

    @Test
    void messagesStatusAndTableAreThoseOfSingleCalls() {
        Seeded.forAll(
                20,
                random -> {
                    List<String> rules = rules(random);
                    Shell batched = new Shell(Capabilities.DIRECTOR);
                    Shell.Result result =
                            batched.run(List.of("ipvsadm", "-R"), String.join("\n", rules));
                    Shell single = new Shell(Capabilities.DIRECTOR);
                    StringBuilder output = new StringBuilder();
                    StringBuilder errors = new StringBuilder();
                    int exitStatus = 0;
                    for (String rule : rules) {
                        List<String> words = new ArrayList<>(List.of("ipvsadm"));
                        words.addAll(Arrays.asList(rule.split(" ", -1)));
                        Shell.Result each = single.run(words, "");
                        output.append(each.output());
                        errors.append(each.errors());
                        exitStatus = each.exitStatus();
                        boolean unlisted = rule.startsWith("-L") && exitStatus != 0;
                        if (unlisted || GRAMMAR.contains(rule)) {
                            break;
                        }
                    }
                    assertThat(result.errors()).isEqualTo(errors.toString());
                    assertThat(result.output()).isEqualTo(output.toString());
                    assertThat(result.exitStatus()).isEqualTo(exitStatus);
                    assertThat(batched.prints("ipvsadm -Ln"))
                            .isEqualTo(single.prints("ipvsadm -Ln"));
                });
    }

    @Test
    void whatTheGateRefusesIsReportedAtItsLineAndTheRestIsDone() {
        // A gate with room for one service.
        Shell shell =
                new Shell(
                        configuration -> {
                            if (configuration.services().size() > 1) {
                                throw new IllegalStateException("the gate is full");
                            }
                        },
                        ConnectionSource.NONE);
        Shell.Result result =
                shell.run(
                        List.of("ipvsadm", "-R"),
                        """
                        -A -t 10.0.0.1:80 -s rr
                        -A -t 10.0.0.1:80 -s rr
                        -A -t 10.0.0.2:80 -s rr
                        -a -t 10.0.0.1:80 -r 10.1.0.1 -m
                        """);
        assertThat(result.errors()).isEqualTo("Service already exists\nthe gate is full\n");
        assertThat(result.exitStatus()).isZero();
        assertThat(shell.prints("ipvsadm -Sn"))
                .isEqualTo(
                        """
                        -A -t 10.0.0.1:80 -s rr
                        -a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1
                        """);
    }

    @Test
    void aRestoreIsPublishedInFewPieces() {
        int[] publications = {0};
        Shell shell = new Shell(_ -> publications[0]++, ConnectionSource.NONE);
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            rules.append("-A -t 10.1.%d.%d:80 -s rr\n".formatted(i / 200, 1 + i % 200));
        }
        shell.run(List.of("ipvsadm-restore"), rules.toString());
        assertThat(shell.table.services()).hasSize(2000);
        assertThat(publications[0]).isLessThan(10);
    }

    private static List<String> rules(SplittableRandom random) {
        List<String> rules = new ArrayList<>();
        int count = 1 + random.nextInt(1500);
        for (int i = 0; i < count; i++) {
            String service = "-t 10.0.0." + (1 + random.nextInt(9)) + ":80";
            String server = " -r 10.1.0." + (1 + random.nextInt(9));
            rules.add(
                    switch (random.nextInt(40)) {
                        case 0 -> "-D " + service;
                        case 1 -> "-C";
                        case 2 -> "-Ln";
                        case 3 -> "-Z " + service;
                        case 4 -> "--set 1 2 " + random.nextInt(9);
                        case 5 -> "-d " + service + server;
                        case 6 -> "-L " + service + " -n";
                        case 7, 8, 9, 10 ->
                                "-e " + service + server + " -m -w " + random.nextInt(9);
                        case 11, 12, 13, 14, 15, 16 -> "-A " + service + " -s wrr";
                        case 17 ->
                                random.nextInt(40) == 0
                                        ? GRAMMAR.get(random.nextInt(GRAMMAR.size()))
                                        : "-E " + service + " -s rr";
                        default -> "-a " + service + server + " -m";
                    });
        }
        return rules;
    }
}
