package dev.sluice.net.netlink;

import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// Programs at the way into and out of an interface: the `clsact` queueing discipline and its
/// cls_bpf filters.
public final class TrafficControl {

    /// Where a filter sits.
    public enum Hook {
        INGRESS(0xfffffff2),
        EGRESS(0xfffffff3);

        private final int parent;

        Hook(int parent) {
            this.parent = parent;
        }
    }

    /// Where a packet that matched goes on: out of the other interface, or into the stack as if it
    /// had come in there.
    public enum Redirect {
        OUT_OF(1),
        INTO(3);

        private final int action; // TCA_EGRESS_REDIR, TCA_INGRESS_REDIR

        Redirect(int action) {
            this.action = action;
        }
    }

    /// A filter that exists.
    ///
    /// @param priority smaller is asked first
    public record Filter(int priority, int handle, String kind, String name) {}

    static final int NEW_QDISC = 36;
    private static final int DELETE_QDISC = 37;
    static final int NEW_FILTER = 44;
    private static final int DELETE_FILTER = 45;
    private static final int GET_FILTER = 46;

    private static final int CLSACT = 0xfffffff1;
    private static final int CLSACT_HANDLE = 0xffff0000;
    private static final int ETH_P_ALL = 3;
    static final int HEADER_BYTES = 20; // struct tcmsg

    private static final int KIND = 1;
    private static final int OPTIONS = 2;

    private static final int BPF_ACTION = 1;
    private static final int BPF_OPS_LENGTH = 4;
    private static final int BPF_OPS = 5;
    private static final int BPF_FD = 6;
    private static final int BPF_NAME = 7;
    private static final int BPF_FLAGS = 8;
    private static final int BPF_FLAG_DIRECT_ACTION = 1;

    private static final int ACTION_KIND = 1;
    private static final int ACTION_OPTIONS = 2;
    private static final int MIRRED_PARAMETERS = 2;
    private static final int ACT_STOLEN = 4;

    private final NetlinkSocket socket;

    TrafficControl(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// Makes room for filters; harmless when done before.
    ///
    /// @return whether there was none
    public boolean addClsact(int interfaceIndex) {
        try {
            socket.change(
                    header(
                                    "RTM_NEWQDISC",
                                    NEW_QDISC,
                                    Message.CREATE | Message.EXCLUSIVE,
                                    "clsact on #" + interfaceIndex,
                                    interfaceIndex,
                                    CLSACT_HANDLE,
                                    CLSACT,
                                    0)
                            .attribute(KIND, "clsact"));
            return true;
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            return false;
        }
    }

    /// Takes the filters of both hooks away with it.
    public void deleteClsact(int interfaceIndex) {
        socket.change(
                header(
                                "RTM_DELQDISC",
                                DELETE_QDISC,
                                0,
                                "clsact on #" + interfaceIndex,
                                interfaceIndex,
                                CLSACT_HANDLE,
                                CLSACT,
                                0)
                        .attribute(KIND, "clsact"));
    }

    /// Attaches an eBPF program whose result is the action (direct-action); takes the place of the
    /// filter that has the same priority.
    ///
    /// @param program a descriptor of a BPF_PROG_TYPE_SCHED_CLS program
    /// @param name shown by `tc filter`
    public void attachBpf(int interfaceIndex, Hook hook, int priority, int program, String name) {
        socket.change(
                newFilter(interfaceIndex, hook, priority, name)
                        .nest(
                                OPTIONS,
                                options ->
                                        options.attributeI32(BPF_FD, program)
                                                .attribute(BPF_NAME, name)
                                                .attributeI32(BPF_FLAGS, BPF_FLAG_DIRECT_ACTION)));
    }

    /// Redirects the packets that a classic program answers with -1; for the others the next filter
    /// is asked.
    public void attachRedirect(
            int interfaceIndex,
            Hook hook,
            int priority,
            List<ClassicInstruction> filter,
            Redirect redirect,
            int targetIndex) {
        socket.change(
                newFilter(interfaceIndex, hook, priority, "classic, to #" + targetIndex)
                        .nest(
                                OPTIONS,
                                options ->
                                        options.nest(
                                                        BPF_ACTION,
                                                        list ->
                                                                list.nest(
                                                                        1,
                                                                        mirred(
                                                                                redirect,
                                                                                targetIndex)))
                                                .attributeU16(BPF_OPS_LENGTH, filter.size())
                                                .attribute(
                                                        BPF_OPS,
                                                        ClassicInstruction.bytes(filter))));
    }

    /// Removes the filters of one priority.
    public void deleteFilters(int interfaceIndex, Hook hook, int priority) {
        socket.change(
                header(
                                "RTM_DELTFILTER",
                                DELETE_FILTER,
                                0,
                                hook + " of #" + interfaceIndex + " priority " + priority,
                                interfaceIndex,
                                0,
                                hook.parent,
                                info(priority))
                        .attribute(KIND, "bpf"));
    }

    /// Removes all filters of a hook.
    public void deleteFilters(int interfaceIndex, Hook hook) {
        socket.change(
                header(
                        "RTM_DELTFILTER",
                        DELETE_FILTER,
                        0,
                        hook + " of #" + interfaceIndex,
                        interfaceIndex,
                        0,
                        hook.parent,
                        0));
    }

    public List<Filter> list(int interfaceIndex, Hook hook) {
        Message request =
                header(
                        "RTM_GETTFILTER",
                        GET_FILTER,
                        0,
                        hook + " of #" + interfaceIndex,
                        interfaceIndex,
                        0,
                        hook.parent,
                        0);
        return socket.dump(request).stream()
                .map(reply -> parse(reply.payload()))
                .filter(filter -> filter.handle != 0) // a priority announces itself first
                .toList();
    }

    static Filter parse(ByteBuffer payload) {
        Attributes attributes = Attributes.parse(payload.duplicate().position(HEADER_BYTES));
        return new Filter(
                payload.getInt(16) >>> 16,
                payload.getInt(8),
                attributes.string(KIND, ""),
                attributes.nest(OPTIONS).string(BPF_NAME, ""));
    }

    private static Message newFilter(
            int interfaceIndex, Hook hook, int priority, String description) {
        return header(
                        "RTM_NEWTFILTER",
                        NEW_FILTER,
                        Message.CREATE | Message.REPLACE,
                        description + " at " + hook + " of #" + interfaceIndex,
                        interfaceIndex,
                        1, // one handle for each priority, so that a second attach replaces
                        hook.parent,
                        info(priority))
                .attribute(KIND, "bpf");
    }

    /// With `struct tc_mirred`: index, capabilities, action, two counts, redirect action,
    /// interface, 32 bits each.
    private static java.util.function.Consumer<Message> mirred(Redirect redirect, int targetIndex) {
        byte[] parameters =
                ByteBuffer.allocate(28)
                        .order(ByteOrder.nativeOrder())
                        .putInt(8, ACT_STOLEN)
                        .putInt(20, redirect.action)
                        .putInt(24, targetIndex)
                        .array();
        return action ->
                action.attribute(ACTION_KIND, "mirred")
                        .nest(
                                ACTION_OPTIONS,
                                options -> options.attribute(MIRRED_PARAMETERS, parameters));
    }

    /// Priority in the upper half, protocol (all) in network order in the lower.
    private static int info(int priority) {
        return priority << 16 | Short.reverseBytes((short) ETH_P_ALL) & 0xffff;
    }

    /// With `struct tcmsg`: family and padding 32, interface, handle, parent, info, 32 bits each.
    private static Message header(
            String call,
            int type,
            int flags,
            String object,
            int interfaceIndex,
            int handle,
            int parent,
            int info) {
        return Message.of(call, type, flags, object)
                .i32(0)
                .i32(interfaceIndex)
                .i32(handle)
                .i32(parent)
                .i32(info);
    }
}
