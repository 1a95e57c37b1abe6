package dev.sluice.daemon;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a user who is not root must be permitted to do, so that a director can capture packets.
/// Asked before anything is tried: the kernel's own `EPERM` comes late and names no capability.
enum NeededCapabilities {
    CAP_NET_ADMIN(12, "to attach the capture, and for its slow devices, routes and neighbours"),
    CAP_NET_RAW(13, "for packet sockets"),
    /// Where it is missing, direct mode does without.
    CAP_BPF(39, "to load programs and make maps");

    // linux/capability.h; it permits all that CAP_BPF does
    private static final int CAP_SYS_ADMIN = 21;

    private final int bit;
    private final String purpose;

    NeededCapabilities(int bit, String purpose) {
        this.bit = bit;
        this.purpose = purpose;
    }

    /// What to say when this process lacks any of them, or null.
    ///
    /// @param ebpf whether CAP_BPF is insisted upon
    static @Nullable String complaint(boolean ebpf) {
        try {
            return complaint(effective(Files.readAllLines(Path.of("/proc/self/status"))), ebpf);
        } catch (IOException e) {
            return null; // no /proc here; the kernel will say it
        }
    }

    static @Nullable String complaint(long effective, boolean ebpf) {
        List<String> missing = new ArrayList<>();
        for (NeededCapabilities each : values()) {
            boolean needed = each != CAP_BPF || ebpf;
            if (needed && !each.isIn(effective)) {
                missing.add(each.name() + " " + each.purpose);
            }
        }
        return missing.isEmpty()
                ? null
                : "it needs root, or as an ordinary user: "
                        + String.join(", ", missing)
                        + "; README, \"An ordinary user's director\", shows how";
    }

    private boolean isIn(long effective) {
        return (effective >>> bit & 1) != 0
                || this == CAP_BPF && (effective >>> CAP_SYS_ADMIN & 1) != 0;
    }

    /// The set that counts, of `/proc/PID/status`; all where it says nothing.
    private static long effective(List<String> status) {
        return status.stream()
                .filter(line -> line.startsWith("CapEff:"))
                .map(line -> Long.parseUnsignedLong(line.replaceAll("CapEff:\\s*", ""), 16))
                .findFirst()
                .orElse(-1L);
    }
}
