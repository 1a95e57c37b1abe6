package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Processes that want a processor each and never wait: the machine of somebody who runs other
/// things beside a director.
final class BusyProcesses implements AutoCloseable {

    private final List<Process> processes = new ArrayList<>();

    /// Starts them.
    BusyProcesses(int count) {
        try {
            for (int i = 0; i < count; i++) {
                processes.add(
                        new ProcessBuilder("sh", "-c", "while :; do :; done")
                                .redirectErrorStream(true)
                                .start());
            }
        } catch (IOException failure) {
            close();
            throw new LabException("cannot start a busy process: " + failure.getMessage());
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
    }
}
