package dev.sluice.gate;

import dev.sluice.net.netlink.Rtnetlink;

/// Which gate: the eBPF one where bpf(2) is allowed, otherwise direct mode.
public final class Gates {

    /// What the operator asked for.
    public enum Mode {
        AUTO,
        EBPF,
        DIRECT
    }

    private Gates() {}

    /// Opens a gate that captures nothing yet.
    ///
    /// @throws LinuxException when the kernel refuses, or another director holds an interface
    public static Gate open(Mode mode, GateSettings settings) {
        return switch (mode) {
            case EBPF, DIRECT, AUTO -> DirectGate.open(settings);
        };
    }

    /// Removes what a director that died left in this network namespace.
    ///
    /// @return whether there was anything
    public static boolean removeLeftovers() {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            return DirectGate.removeLeftovers(netlink);
        }
    }

    /// Whether an interface is one of a gate's own.
    public static boolean isOwn(String interfaceName) {
        return DirectGate.isOwn(interfaceName) || interfaceName.matches("slow[01]");
    }
}
