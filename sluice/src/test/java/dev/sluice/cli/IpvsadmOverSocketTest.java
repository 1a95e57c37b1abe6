package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.control.ControlClient;
import dev.sluice.control.ControlServer;
import dev.sluice.control.Table;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// ipvsadm as users have it: words and standard input through the control socket.
final class IpvsadmOverSocketTest {

    @TempDir Path folder = Path.of("");

    private final Table table = new Table(Capabilities.DIRECTOR, 1, _ -> {});
    private final Ipvsadm ipvsadm = new Ipvsadm(table, ConnectionSource.NONE, new FakeHost());
    private Path socket = Path.of("");

    @BeforeEach
    void nameTheSocket() {
        socket = folder.resolve("control.sock");
    }

    @Test
    void aTutorialWorks() throws Exception {
        try (ControlServer _ = ControlServer.open(socket, ipvsadm.programs())) {
            ask("", "ipvsadm", "-A", "-t", "192.168.0.1:80", "-s", "wlc");
            ask("", "ipvsadm", "-a", "-t", "192.168.0.1:80", "-r", "10.0.0.2:8080", "-m");
            Shell.Result saved = ask("", "ipvsadm-save", "-n");
            assertThat(saved.output())
                    .isEqualTo(
                            """
                            -A -t 192.168.0.1:80 -s wlc
                            -a -t 192.168.0.1:80 -r 10.0.0.2:8080 -m -w 1
                            """);
            assertThat(ask(saved.output(), "ipvsadm-restore").exitStatus()).isZero();
            assertThat(ask("", "ipvsadm-save", "-n")).isEqualTo(saved);
        }
    }

    @Test
    void whoIsNotRootIsRefusedWhateverTheArguments() throws Exception {
        Transcript recorded =
                Transcript.all().stream()
                        .filter(t -> t.id().equals("err-45-not-root"))
                        .findFirst()
                        .orElseThrow();
        try (ControlServer _ = ControlServer.open(socket, ipvsadm.programs(), _ -> false)) {
            for (Transcript.Step step : recorded.steps()) {
                assertThat(ask("", step.pipeline().getFirst().toArray(String[]::new)))
                        .isEqualTo(
                                new Shell.Result(step.output(), step.errors(), step.exitStatus()));
            }
        }
    }

    @Test
    void aHundredCommandsAtATimeAllHappen() throws Exception {
        try (ControlServer _ = ControlServer.open(socket, ipvsadm.programs());
                ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
            ask("", "ipvsadm", "-A", "-t", "192.168.0.1:80", "-s", "rr");
            List<Future<Shell.Result>> results = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                String server = "10.0.0." + i;
                String[] command =
                        switch (i % 4) {
                            case 0 -> new String[] {"ipvsadm", "-Ln", "--stats"};
                            case 1 -> new String[] {"ipvsadm", "-Z"};
                            default ->
                                    new String[] {
                                        "ipvsadm", "-a", "-t", "192.168.0.1:80", "-r", server, "-m"
                                    };
                        };
                results.add(users.submit(() -> ask("", command)));
            }
            for (Future<Shell.Result> result : results) {
                assertThat(result.get().exitStatus()).as("%s", result.get()).isZero();
                assertThat(result.get().errors()).isEmpty();
            }
        }
        assertThat(table.configuration().services().getFirst().servers().size()).isEqualTo(50);
    }

    private Shell.Result ask(String input, String... words) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(errors, false, StandardCharsets.UTF_8);
        int exitStatus =
                ControlClient.run(
                        socket,
                        words,
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        out,
                        err);
        out.flush();
        err.flush();
        return new Shell.Result(
                output.toString(StandardCharsets.UTF_8),
                errors.toString(StandardCharsets.UTF_8),
                exitStatus);
    }
}
