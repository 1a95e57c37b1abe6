package dev.sluice.net.bpf;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.testing.Needs;

/// Whether the machine lets a test use bpf(2); where not, the test is left out.
public final class BpfPrivileges {

    private BpfPrivileges() {}

    public static void need() {
        Needs.that(isPermitted(), "bpf(2) is refused; it takes root");
    }

    private static boolean isPermitted() {
        try (BpfMap map = BpfMap.create(BpfMap.Shape.hash("sluice_probe", 4, 4, 1))) {
            return map.number() >= 0;
        } catch (LinuxException e) {
            return false;
        }
    }
}
