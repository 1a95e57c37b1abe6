package dev.sluice.cli;

import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Program;
import dev.sluice.control.Table;
import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.service.Configuration;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs ipvsadm against a table of its own, without a socket.
final class Shell {

    record Result(String output, String errors, int exitStatus) {}

    final Table table;
    final FakeHost host = new FakeHost();
    final List<ConnectionEntry> connections = new ArrayList<>();
    private final Map<String, Program> programs;

    Shell(Capabilities capabilities) {
        table = new Table(capabilities, 1, _ -> {});
        programs = new Ipvsadm(table, connections::forEach, host).programs();
    }

    /// One whose table is carried out by a director.
    Shell(Consumer<Configuration> director, ConnectionSource source) {
        table = new Table(Capabilities.DIRECTOR, 1, director);
        programs = new Ipvsadm(table, source, host).programs();
    }

    /// Makes the machine that of a recorded session.
    void know(Transcript transcript) {
        for (String line : transcript.values("hosts")) {
            String[] words = line.split(" ", -1);
            host.addHost(words[0], words[1]);
        }
        for (String services : transcript.values("services")) {
            for (String service : services.split(", ", -1)) {
                String[] words = service.split(" ", -1);
                host.addService(words[0], words[1]);
            }
        }
        for (String machine : transcript.values("iface")) {
            host.addInterface(machine.substring(0, machine.indexOf(' ')));
        }
    }

    /// A command line of words without quotes, which must succeed in silence.
    void does(String command) {
        Result result = run(List.of(command.split(" ", -1)), "");
        if (!result.equals(new Result("", "", 0))) {
            throw new AssertionError(command + ": " + result);
        }
    }

    /// What a command line of words without quotes prints.
    String prints(String command) {
        Result result = run(List.of(command.split(" ", -1)), "");
        if (!result.errors().isEmpty() || result.exitStatus() != 0) {
            throw new AssertionError(command + ": " + result);
        }
        return result.output();
    }

    /// @param words program and arguments
    Result run(List<String> words, String input) {
        Program program = programs.get(words.getFirst());
        if (program == null) {
            throw new IllegalArgumentException("no program " + words.getFirst());
        }
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);
                PrintStream err = new PrintStream(errors, false, StandardCharsets.UTF_8)) {
            int exitStatus =
                    program.run(
                            new Program.Call(
                                    words.getFirst(),
                                    words.subList(1, words.size()),
                                    new ByteArrayInputStream(
                                            input.getBytes(StandardCharsets.UTF_8)),
                                    out,
                                    err));
            out.flush();
            err.flush();
            return new Result(
                    output.toString(StandardCharsets.UTF_8),
                    errors.toString(StandardCharsets.UTF_8),
                    exitStatus);
        } catch (IOException e) {
            throw new AssertionError("no stream here can fail", e);
        }
    }
}
