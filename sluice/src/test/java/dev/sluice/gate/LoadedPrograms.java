package dev.sluice.gate;

import dev.sluice.gate.program.Programs;
import dev.sluice.net.bpf.BpfPrivileges;
import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.linux.Opened;

/// The gate's programs and maps in the kernel, at no interface: for test runs.
final class LoadedPrograms implements AutoCloseable {

    private final Opened opened = new Opened();
    final GateMaps maps;
    final BpfProgram gate;
    final BpfProgram routed;
    final BpfProgram giveBack;

    LoadedPrograms() {
        BpfPrivileges.need();
        try {
            maps = opened.add(GateMaps.create());
            gate = opened.add(BpfProgram.load(Programs.gate(), maps.byName()));
            routed = opened.add(BpfProgram.load(Programs.routed(), maps.byName()));
            giveBack = opened.add(BpfProgram.load(Programs.giveBack(), maps.byName()));
        } catch (RuntimeException e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    @Override
    public void close() {
        opened.close();
    }
}
