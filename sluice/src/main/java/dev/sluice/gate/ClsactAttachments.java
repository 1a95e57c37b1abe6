package dev.sluice.gate;

import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.TcxLink.Direction;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.netlink.TrafficControl;
import dev.sluice.net.netlink.TrafficControl.Hook;

import java.util.List;

/// Filters of the `clsact` queueing discipline, which belong to their interface.
final class ClsactAttachments implements Attachments {

    /// A number that others are unlikely to use; it also tells our filters from theirs.
    private static final int PRIORITY = 0x5343;

    private final Rtnetlink netlink;

    ClsactAttachments(Rtnetlink netlink) {
        this.netlink = netlink;
    }

    @Override
    public void attach(BpfProgram program, int interfaceIndex, String name, Direction direction) {
        TrafficControl traffic = netlink.trafficControl();
        traffic.addClsact(interfaceIndex);
        traffic.attachBpf(
                interfaceIndex,
                hook(direction),
                PRIORITY,
                program.number(),
                program.program().name());
    }

    @Override
    public void gone(int interfaceIndex) {
        // Filters belong to their interface.
    }

    @Override
    public boolean detachAll() {
        boolean any = false;
        for (Link link : netlink.links().list()) {
            try {
                any |= detach(link);
            } catch (LinuxException e) {
                if (netlink.links().find(link.name()).isPresent()) {
                    throw e;
                }
                // The interface went away, and the filters with it.
            }
        }
        return any;
    }

    private boolean detach(Link link) {
        boolean any = false;
        for (Hook hook : Hook.values()) {
            if (filters(link, hook).stream().anyMatch(f -> f.priority() == PRIORITY)) {
                netlink.trafficControl().deleteFilters(link.index(), hook, PRIORITY);
                any = true;
            }
        }
        if (any && filters(link, Hook.INGRESS).isEmpty() && filters(link, Hook.EGRESS).isEmpty()) {
            netlink.trafficControl().deleteClsact(link.index());
        }
        return any;
    }

    @Override
    public void close() {
        // The netlink conversation is the gate's.
    }

    private List<TrafficControl.Filter> filters(Link link, Hook hook) {
        try {
            return netlink.trafficControl().list(link.index(), hook);
        } catch (LinuxException e) {
            return List.of(); // no clsact there
        }
    }

    private static Hook hook(Direction direction) {
        return switch (direction) {
            case INGRESS -> Hook.INGRESS;
            case EGRESS -> Hook.EGRESS;
        };
    }
}
