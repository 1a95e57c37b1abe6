package dev.sluice.lab;

import dev.sluice.net.linux.NetworkNamespace;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A machine of the lab: a network namespace and what runs in it.
///
/// Threads and programs enter it, sockets opened there stay there. Programs started with [#start]
/// end with the host.
public final class Host implements AutoCloseable {

    private static final int STOP_SECONDS = 5;

    private final String name;
    private final String namespaceName;
    private final NetworkNamespace namespace;
    private final LabState state;
    private final Interfaces interfaces;
    private final List<Process> programs = new ArrayList<>();

    /// Makes the machine.
    ///
    /// @param state where its existence is written down
    public Host(String name, LabState state) {
        this.name = name;
        this.namespaceName = state.namespaceName(name);
        this.state = state;
        this.namespace = NetworkNamespace.create(namespaceName);
        state.remember(namespaceName);
        this.interfaces = new Interfaces(this);
    }

    /// What the lab calls it: `client`, `director`, `rs1`.
    public String name() {
        return name;
    }

    /// What the machine calls it, as `ip netns` shows it: `sluice-client`.
    public String namespaceName() {
        return namespaceName;
    }

    NetworkNamespace namespace() {
        return namespace;
    }

    /// Runs something on a thread inside this host and waits for its answer.
    public <T extends @Nullable Object> T run(NetworkNamespace.Task<T, IOException> task) {
        try {
            return namespace.call(task);
        } catch (IOException failure) {
            throw new UncheckedIOException(name + ": " + failure.getMessage(), failure);
        }
    }

    /// Starts a platform thread inside this host.
    Thread start(String threadName, Runnable task) {
        return Thread.ofPlatform()
                .daemon()
                .name(threadName)
                .start(() -> {
                    try (var _ = namespace.enter()) {
                        task.run();
                    }
                });
    }

    /// Starts a program inside this host. It is stopped, and waited for, when the host is closed.
    public Process start(ProcessBuilder program) {
        Process process = run(() -> namespace.start(program));
        synchronized (programs) {
            programs.add(process);
        }
        state.rememberProgram(process.pid(), String.join(" ", program.command()));
        return process;
    }

    /// Starts a program whose output nobody wants to read.
    public Process start(String... command) {
        return start(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    }

    /// A program's end: exit code, standard output and error, together.
    public record Result(int exitCode, String output) {

        /// The output of a program that should not have failed.
        public String orThrow() {
            if (exitCode != 0) {
                throw new IllegalStateException("exit code " + exitCode + ": " + output.strip());
            }
            return output;
        }
    }

    /// Runs a program to its end.
    public Result execute(String... command) {
        return execute(Map.of(), command);
    }

    /// Runs a program to its end, with additional environment variables.
    public Result execute(Map<String, String> environment, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = run(() -> namespace.start(builder));
        try {
            process.getOutputStream().close();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupt) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command[0] + " was interrupted", interrupt);
        }
    }

    /// Sets a kernel setting of this host.
    ///
    /// @param key in `sysctl` notation, such as `net.ipv4.ip_forward`
    public void sysctl(String key, Object value) {
        namespace.setSysctl(key.replace('.', '/'), value);
    }

    /// Reads a kernel setting of this host.
    public String sysctl(String key) {
        return namespace.sysctl(key.replace('.', '/'));
    }

    /// This host's interfaces, addresses and routes.
    public Interfaces interfaces() {
        return interfaces;
    }

    /// The MAC address of one of this host's interfaces, in the low 48 bits.
    public long mac(String interfaceName) {
        return interfaces.mac(interfaceName);
    }

    /// Stops what was started here, in reverse order, then removes the host with its interfaces.
    @Override
    public void close() {
        synchronized (programs) {
            for (Process program : programs.reversed()) {
                program.destroy();
            }
            for (Process program : programs.reversed()) {
                stop(program);
            }
            programs.clear();
        }
        interfaces.close();
        LabState.removePins(namespaceName);
        NetworkNamespace.delete(namespaceName);
        namespace.close();
        state.forget(namespaceName);
    }

    private void stop(Process program) {
        boolean interrupted = Thread.interrupted();
        try {
            if (!program.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                program.destroyForcibly().waitFor();
            }
        } catch (InterruptedException _) {
            program.destroyForcibly();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        state.forgetProgram(program.pid());
    }

    @Override
    public String toString() {
        return name;
    }
}
