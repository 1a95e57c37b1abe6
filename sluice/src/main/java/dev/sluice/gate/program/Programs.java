package dev.sluice.gate.program;

import static dev.sluice.ebpf.Condition.ANY_BIT;
import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R7;
import static dev.sluice.ebpf.Register.R8;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.HALF;
import static dev.sluice.ebpf.Size.WORD;

import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Program;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.InterfaceEntry;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.layout.Settings;
import dev.sluice.gate.program.StackFrame.Slot;
import dev.sluice.net.bpf.SkBuff;
import dev.sluice.wire.Ethernet;

/// The four eBPF programs.
///
/// ```
///           eth0                      slow0                      slow1
///   in ──► [gate] ──not ours──► stack
///             └────ours──────────────────────────────────────► in ─► worker's socket, then [sink]
///   stack ──routed by mark─────► out [routed] ──── veth ─────► in ─► worker's socket, then [sink]
///   in ◄───────────────────────────[return] in ◄── veth ─────── out ◄─ worker
/// ```
///
/// What the gate captures goes straight into the ingress of `slow1`: through `slow0` and the veth
/// it would cost another walk down and up the link layer.
///
/// `gate` and `routed` share their reading of the packet ([HeaderCode]), rules ([RuleCode]) and
/// steering ([SteeringCode]).
public final class Programs {

    /// Older than this a heartbeat means that Java is gone or stuck.
    public static final int STALE_NANOS = 2_000_000_000;

    private static final int THIS_HOST = 0; // PACKET_HOST

    private final PacketCode packet = new PacketCode();
    private final Assembler code = packet.code;

    /// Not ours, or too little of it is there to tell.
    private final Label pass = new Label("pass");

    /// Ours: steer it.
    private final Label up = new Label("up");

    /// Ours, but its worker shows no life.
    private final Label stale = new Label("stale");

    private final HeaderCode headers = new HeaderCode(packet, pass);
    private final RuleCode rules = new RuleCode(packet, headers, up, pass);
    private final SteeringCode steering = new SteeringCode(packet);

    private Programs() {}

    /// At the ingress of each interface.
    public static Program gate() {
        Programs programs = new Programs();
        programs.writeGate();
        programs.steering.writeFunction();
        return programs.packet.assemble("sluice_gate");
    }

    /// At the egress of `slow0`: marks what the kernel routed there.
    public static Program routed() {
        Programs programs = new Programs();
        programs.writeRouted();
        programs.steering.writeFunction();
        return programs.packet.assemble("sluice_routed");
    }

    /// At the ingress of `slow0`: sends what a worker gives back to the interface it came from.
    public static Program giveBack() {
        Programs programs = new Programs();
        programs.writeGiveBack();
        return programs.packet.assemble("sluice_return");
    }

    /// At the ingress of `slow1`: the workers' sockets have seen the frame, the stack must not.
    public static Program sink() {
        Assembler code = new Assembler();
        code.move(R0, SkBuff.DROP);
        code.exit();
        return code.assemble("sluice_sink");
    }

    private void writeGate() {
        Label returned = new Label("returned");
        Label marked = new Label("marked");
        Label complete = new Label("complete");
        packet.begin();
        code.load(WORD, R2, PacketCode.CONTEXT, SkBuff.MARK);
        code.branch(R2, EQUAL, Metadata.RETURN_MARK, returned);
        code.load(WORD, R2, PacketCode.CONTEXT, SkBuff.PACKET_TYPE);
        code.branch(R2, NOT_EQUAL, THIS_HOST, pass);
        // A tagged frame belongs to the VLAN's own interface, where it is seen without its tag.
        code.load(WORD, R2, PacketCode.CONTEXT, SkBuff.VLAN_PRESENT);
        code.branch(R2, NOT_EQUAL, 0, pass);
        headers.read();
        rules.ifMarkIsAService(Decision.MARKED, false);
        rules.classify();

        code.place(up);
        steering.steer(stale);
        writeInterface(SkBuff.INTERFACE);
        code.branch(SteeringCode.DECISION, EQUAL, Decision.MARKED.counter(), marked);
        copyMac(GateFrame.LINK, Ethernet.SOURCE, Metadata.SOURCE_OR_MARK);
        code.jump(complete);
        code.place(marked);
        writeMark();
        code.place(complete);
        packet.storeAtFront(GateFrame.METADATA, stale); // fails only without memory
        packet.count(SteeringCode.DECISION);
        code.loadMapValue(R1, Maps.SETTINGS.name(), Settings.WORKER_END);
        code.load(WORD, R1, R1, 0);
        packet.redirectIntoIngress();

        code.place(stale);
        // Only ICMP errors may reach the stack; what belongs to a connection it would answer with
        // a reset.
        code.branch(SteeringCode.DECISION, EQUAL, Decision.ICMP.counter(), pass);
        packet.count(Decision.STALE);
        packet.finish(SkBuff.DROP);

        code.place(returned);
        code.move(R2, 0);
        code.store(WORD, PacketCode.CONTEXT, SkBuff.MARK, R2);
        packet.finish(SkBuff.NEXT);

        code.place(pass);
        packet.count(Decision.PASSED);
        packet.finish(SkBuff.NEXT);
    }

    private void writeRouted() {
        Label drop = new Label("drop");
        packet.begin();
        packet.loadBytes(0, GateFrame.LINK, 1, drop);
        packet.load(BYTE, R2, GateFrame.LINK, 0);
        code.branch(R2, ANY_BIT, 1, drop); // multicast, the kernel's own
        headers.read();
        rules.ifMarkIsAService(Decision.ROUTED, true);
        code.jump(pass);

        code.place(up);
        steering.steer(stale);
        writeInterface(SkBuff.INGRESS_INTERFACE);
        writeMark();
        packet.storeAtFront(GateFrame.METADATA, stale);
        packet.count(Decision.ROUTED);
        packet.finish(SkBuff.NEXT);

        code.place(stale);
        packet.count(Decision.STALE);
        packet.finish(SkBuff.DROP);

        code.place(pass);
        packet.count(Decision.ROUTED_UNKNOWN);
        code.place(drop);
        packet.finish(SkBuff.DROP);
    }

    /// R7 is the interface, R8 the kind. The two addresses are put together where the other
    /// programs have the metadata.
    private void writeGiveBack() {
        Label failed = new Label("failed");
        Label drop = new Label("drop");
        Label complete = new Label("complete");
        Label unmarked = new Label("unmarked");
        packet.begin();
        code.load(WORD, R2, PacketCode.CONTEXT, SkBuff.MARK);
        code.branch(R2, NOT_EQUAL, Metadata.RETURN_MARK, drop); // the kernel's own, not a worker's
        packet.loadBytes(0, GateFrame.LINK, Metadata.BYTES, drop);
        packet.load(BYTE, R8, GateFrame.LINK, Metadata.KIND);
        code.branch(R8, EQUAL, Metadata.ROUTED, failed);
        packet.load(WORD, R7, GateFrame.LINK, Metadata.INTERFACE);
        code.networkOrder(R7, 32);
        packet.store(WORD, GateFrame.INTERFACE, 0, R7);
        packet.lookup(Maps.INTERFACES, GateFrame.INTERFACE);
        code.branch(R0, EQUAL, 0, failed);
        for (int i = 0; i < InterfaceEntry.MAC_BYTES; i += 2) {
            code.load(HALF, R1, R0, InterfaceEntry.MAC + i);
            packet.store(HALF, GateFrame.METADATA, i, R1);
        }
        code.branch(R8, NOT_EQUAL, Metadata.MARKED, unmarked);
        for (int i = 0; i < InterfaceEntry.MAC_BYTES; i += 2) {
            packet.store(HALF, GateFrame.METADATA, Metadata.SOURCE_OR_MARK + i, 0);
        }
        code.jump(complete);
        code.place(unmarked);
        copyMac(GateFrame.LINK, Metadata.SOURCE_OR_MARK, Ethernet.SOURCE);
        code.place(complete);
        packet.storeAtFront(GateFrame.METADATA, failed);
        packet.count(Decision.RETURNED);
        code.move(R1, R7);
        packet.redirectIntoIngress();

        code.place(failed);
        packet.count(Decision.RETURN_FAILED);
        code.place(drop);
        packet.finish(SkBuff.DROP);
    }

    // The metadata.

    /// @param field of the context
    private void writeInterface(int field) {
        code.load(WORD, R2, PacketCode.CONTEXT, field);
        code.networkOrder(R2, 32);
        packet.store(WORD, GateFrame.METADATA, Metadata.INTERFACE, R2);
    }

    private void writeMark() {
        code.load(WORD, R2, PacketCode.CONTEXT, SkBuff.MARK);
        code.networkOrder(R2, 32);
        packet.store(WORD, GateFrame.METADATA, Metadata.SOURCE_OR_MARK, R2);
        packet.store(HALF, GateFrame.METADATA, Metadata.SOURCE_OR_MARK + 4, 0);
    }

    private void copyMac(Slot from, int at, int toAt) {
        packet.copy(WORD, from, at, GateFrame.METADATA, toAt);
        packet.copy(HALF, from, at + 4, GateFrame.METADATA, toAt + 4);
    }
}
