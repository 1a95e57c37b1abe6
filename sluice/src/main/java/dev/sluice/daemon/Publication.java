package dev.sluice.daemon;

import dev.sluice.control.Program;
import dev.sluice.director.service.Configuration;
import dev.sluice.gate.Gate;
import dev.sluice.worker.DataPath;

import org.jspecify.annotations.Nullable;

/// A configuration's way to the packets: to the workers first and then to the gate, so that a
/// worker knows a service before its first packet is captured.
///
/// The gate hears of nothing before there is a first table, a whole one: what an earlier director
/// captured stays captured until then, and is dropped. A gate that knew half of the rules would let
/// packets of the other half's services through to the kernel, which answers established clients
/// with resets.
final class Publication {

    private @Nullable Gate gate;
    private @Nullable DataPath dataPath;
    private boolean open;
    private int restores;

    /// From now on there is somebody to publish to.
    ///
    /// @param empty the gate is told at once, also of a table without services
    synchronized void connect(Gate captures, DataPath forwards, boolean empty) {
        gate = captures;
        dataPath = forwards;
        if (empty || !forwards.configuration().services().isEmpty()) {
            openGate(captures, forwards.configuration());
        }
    }

    /// Control's thread. If the gate refuses, the workers forward as before.
    synchronized void publish(Configuration newest) {
        if (gate == null || dataPath == null) {
            return;
        }
        Configuration before = dataPath.configuration();
        dataPath.publish(newest);
        if (!open && (restores > 0 || newest.services().isEmpty())) {
            return;
        }
        try {
            openGate(gate, newest);
        } catch (RuntimeException e) {
            dataPath.publish(before);
            throw e;
        }
    }

    private void openGate(Gate captures, Configuration configuration) {
        captures.publish(configuration);
        open = true;
    }

    /// Whether the gate goes by a table of this daemon's.
    synchronized boolean isOpen() {
        return open;
    }

    /// The same program, except that a table which it restores is whole before the gate hears of
    /// it.
    Program whole(Program program) {
        return call -> {
            if (!restores(call)) {
                return program.run(call);
            }
            begin();
            try {
                return program.run(call);
            } finally {
                end();
            }
        };
    }

    /// Whether it is a restore, by either name.
    static boolean restores(Program.Call call) {
        return call.name().equals("ipvsadm-restore")
                || call.words().contains("-R")
                || call.words().contains("--restore");
    }

    /// Whether somebody restores a table just now.
    synchronized boolean isRestoring() {
        return restores > 0;
    }

    private synchronized void begin() {
        restores++;
    }

    private synchronized void end() {
        restores--;
        if (open || restores > 0 || gate == null || dataPath == null) {
            return;
        }
        Configuration restored = dataPath.configuration();
        if (!restored.services().isEmpty()) {
            openGate(gate, restored);
        }
    }
}
