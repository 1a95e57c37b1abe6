package dev.sluice.net.bpf;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.net.linux.LinuxException;
import dev.sluice.testing.Seeded;

/// Whether the machine lets a test use bpf(2).
public final class BpfPrivileges {

    private BpfPrivileges() {}

    /// Skips the calling test, with the reason, where it does not; in continuous integration that
    /// is a failure.
    public static void assumeBpf() {
        String reason = "bpf(2) is refused: it takes CAP_BPF and CAP_NET_ADMIN";
        if (Seeded.isContinuousIntegration()) {
            assertTrue(isPermitted(), reason);
        }
        assumeTrue(isPermitted(), reason);
    }

    private static boolean isPermitted() {
        try (BpfMap map = BpfMap.create(BpfMap.Shape.hash("sluice_probe", 4, 4, 1))) {
            return map.number() >= 0;
        } catch (LinuxException e) {
            return false;
        }
    }
}
