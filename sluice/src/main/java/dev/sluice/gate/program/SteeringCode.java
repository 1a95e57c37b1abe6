package dev.sluice.gate.program;

import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Condition.SIGNED_GREATER;
import static dev.sluice.ebpf.Condition.SIGNED_LESS;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R4;
import static dev.sluice.ebpf.Register.R5;
import static dev.sluice.ebpf.Register.R6;
import static dev.sluice.ebpf.Register.R7;
import static dev.sluice.ebpf.Register.R8;
import static dev.sluice.ebpf.Register.R9;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.WORD;

import dev.sluice.director.Steering;
import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Helper;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Register;
import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.layout.Settings;
import dev.sluice.gate.program.StackFrame.Slot;

/// Which worker a packet is for, by the client's address and port as [Steering] says, and whether
/// that worker lives: a function of its own, `steer(client's key, client's port)`, which answers
/// the worker or -1.
final class SteeringCode {

    // What goes up comes with these.

    /// The counter of its decision.
    static final Register DECISION = R7;

    /// Points to the key with the client's address and family.
    static final Register CLIENT = R8;

    /// 0 when the address alone decides.
    static final Register CLIENT_PORT = R9;

    private static final StackFrame FRAME = GateFrame.FRAME.callee("steer");
    private static final Slot WORKER = FRAME.slot("worker", Integer.BYTES);

    private final PacketCode packet;
    private final Assembler code;
    private final Label steer = new Label("steer");

    SteeringCode(PacketCode packet) {
        this.packet = packet;
        this.code = packet.code;
    }

    /// Writes the worker into the metadata.
    ///
    /// @param stale where packets go whose worker shows no life
    void steer(Label stale) {
        code.move(R1, CLIENT);
        code.move(R2, CLIENT_PORT);
        code.call(steer);
        code.branch(R0, SIGNED_LESS, 0, stale);
        packet.store(BYTE, GateFrame.METADATA, Metadata.WORKER, R0);
    }

    /// Behind the program.
    void writeFunction() {
        Register client = R6;
        Register port = R7;
        Register high = R8;
        Register low = R9;
        Label dead = new Label("dead");
        code.function(steer);
        code.move(client, R1);
        code.move(port, R2);
        code.load(DOUBLE, high, client, EndpointKey.ADDRESS);
        code.load(DOUBLE, low, client, EndpointKey.ADDRESS + 8);
        code.loadMapValue(R1, Maps.SETTINGS.name(), 0);
        mask(client, port, high, low);
        code.networkOrder(high, 64);
        code.networkOrder(low, 64);
        code.loadConstant(R4, Steering.OUTER_MULTIPLIER);
        code.loadConstant(R5, Steering.INNER_MULTIPLIER);
        code.load(DOUBLE, R2, R1, Settings.KEY0);
        code.xor(R2, high);
        code.multiply(R2, R4);
        fold(R2, Steering.OUTER_FOLD_BITS);
        code.load(DOUBLE, R3, R1, Settings.KEY1);
        code.xor(low, R3);
        code.xor(R2, low);
        code.multiply(R2, R5);
        fold(R2, Steering.INNER_FOLD_BITS);
        code.xor(R2, port);
        code.multiply(R2, R4);
        fold(R2, Steering.OUTER_FOLD_BITS);
        code.move32(R2, R2);
        code.load(WORD, R3, R1, Settings.WORKERS);
        code.multiply(R2, R3);
        code.shiftRight(R2, 32);
        writeIfAlive(R2, dead);
        code.place(dead);
        code.move(R0, -1);
        code.exit();
    }

    /// Where the address decides alone, only what persistent services tell clients apart by. R1
    /// points to the settings.
    private void mask(Register client, Register port, Register high, Register low) {
        Label ipv6 = new Label("mask6");
        Label done = new Label("masked");
        code.branch(port, NOT_EQUAL, 0, done);
        code.load(BYTE, R2, client, EndpointKey.FAMILY);
        code.branch(R2, EQUAL, EndpointKey.IPV6, ipv6);
        code.load(DOUBLE, R3, R1, Settings.MASK4 + 8);
        code.and(low, R3);
        code.jump(done);
        code.place(ipv6);
        code.load(DOUBLE, R2, R1, Settings.MASK6);
        code.load(DOUBLE, R3, R1, Settings.MASK6 + 8);
        code.and(high, R2);
        code.and(low, R3);
        code.place(done);
    }

    /// Answers the worker if it lives; client and port are needed no more.
    private void writeIfAlive(Register worker, Label dead) {
        code.move(R6, worker);
        packet.store(WORD, WORKER, 0, R6);
        packet.lookup(Maps.HEARTBEAT, WORKER);
        code.branch(R0, EQUAL, 0, dead);
        code.load(DOUBLE, R7, R0, 0);
        code.call(Helper.KTIME_GET_NS);
        // Signed: the worker may have looked at its clock after we looked at ours.
        code.subtract(R0, R7);
        code.branch(R0, SIGNED_GREATER, Programs.STALE_NANOS, dead);
        code.move(R0, R6);
        code.exit();
    }

    /// `register ^= register >>> bits`, through R3.
    private void fold(Register register, int bits) {
        code.move(R3, register);
        code.shiftRight(R3, bits);
        code.xor(register, R3);
    }
}
