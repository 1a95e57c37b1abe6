package dev.sluice.gate;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;

/// Which gate: the eBPF one where bpf(2) is allowed, otherwise direct mode.
public final class Gates {

    private static final Logger LOG = LoggerFactory.getLogger(Gates.class);

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
            case EBPF -> EbpfGate.open(settings);
            case DIRECT -> DirectGate.open(settings);
            case AUTO -> openWhatIsAllowed(settings);
        };
    }

    private static Gate openWhatIsAllowed(GateSettings settings) {
        try {
            return EbpfGate.open(settings);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
            LOG.info("no eBPF here, so direct mode: {}", e.getMessage());
            return DirectGate.open(settings);
        }
    }

    /// Removes what a director that died left in this network namespace.
    ///
    /// @return whether there was anything
    /// @throws LinuxException when one is alive
    public static boolean removeLeftovers() {
        try (InterfaceClaim claim = InterfaceClaim.of(SlowPair.GATE_END)) {
            LOG.debug("nobody lives here: {}", claim);
            return removeUnclaimed();
        } catch (LinuxException e) {
            if (e.errno() != Errno.EADDRINUSE) {
                throw e;
            }
            throw new LinuxException(
                    "stop",
                    "this network namespace",
                    Errno.EADDRINUSE,
                    "a director is alive here, but not at this socket; name its own: --control");
        }
    }

    private static boolean removeUnclaimed() {
        boolean ebpf = EbpfGate.removeLeftovers();
        try (Rtnetlink netlink = Rtnetlink.open()) {
            return DirectGate.removeLeftovers(netlink) || ebpf;
        }
    }

    /// Whether a gate can be at an interface.
    public static boolean isFit(Link link, List<Link> links) {
        return !isOwn(link.name()) && Interfaces.unfit(link, links) == null;
    }

    /// Whether an interface is one of a gate's own.
    public static boolean isOwn(String interfaceName) {
        return DirectGate.isOwn(interfaceName) || SlowPair.isOwn(interfaceName);
    }
}
