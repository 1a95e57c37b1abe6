package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Caller;
import dev.sluice.control.Capabilities;
import dev.sluice.control.Program;
import dev.sluice.control.Table;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Restores and listings say how far they are.
final class ProgressTest {

    private final Table table = new Table(Capabilities.DIRECTOR, 1, _ -> {});
    private final Map<String, Program> programs =
            new Ipvsadm(table, _ -> {}, new FakeHost()).programs();
    private final List<String> seen = new ArrayList<>();

    @Test
    void aRestoreCountsRules() throws IOException {
        run("ipvsadm-restore", "-A -f 1 -s rr\n-A -f 2 -s rr");
        assertThat(seen).containsExactly("0 of 2 rules", "1 of 2 rules");
    }

    @Test
    void listingsAndSavesCountServices() throws IOException {
        run("ipvsadm", "-A -f 1 -s rr\n-A -f 2 -s rr", "-R");
        seen.clear();
        run("ipvsadm", "", "-L", "-n");
        assertThat(seen).containsExactly("0 of 2 services", "1 of 2 services");
        seen.clear();
        run("ipvsadm-save", "", "-n");
        assertThat(seen).containsExactly("0 of 2 services", "1 of 2 services");
    }

    private void run(String name, String input, String... words) throws IOException {
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        int exitStatus =
                Objects.requireNonNull(programs.get(name))
                        .run(
                                new Program.Call(
                                        name,
                                        List.of(words),
                                        new ByteArrayInputStream(
                                                input.getBytes(StandardCharsets.UTF_8)),
                                        nowhere,
                                        nowhere,
                                        Caller.DAEMON,
                                        (done, total, what) ->
                                                seen.add(done + " of " + total + " " + what)));
        assertThat(exitStatus).isZero();
    }
}
