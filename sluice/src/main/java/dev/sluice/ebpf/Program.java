package dev.sluice.ebpf;

import dev.sluice.ebpf.Instruction.Arithmetic;
import dev.sluice.ebpf.Instruction.AtomicAdd;
import dev.sluice.ebpf.Instruction.Branch;
import dev.sluice.ebpf.Instruction.Call;
import dev.sluice.ebpf.Instruction.CallLocal;
import dev.sluice.ebpf.Instruction.Exit;
import dev.sluice.ebpf.Instruction.Function;
import dev.sluice.ebpf.Instruction.Jump;
import dev.sluice.ebpf.Instruction.Load;
import dev.sluice.ebpf.Instruction.LoadConstant;
import dev.sluice.ebpf.Instruction.LoadMap;
import dev.sluice.ebpf.Instruction.LoadMapValue;
import dev.sluice.ebpf.Instruction.LongJump;
import dev.sluice.ebpf.Instruction.NetworkOrder;
import dev.sluice.ebpf.Instruction.Place;
import dev.sluice.ebpf.Instruction.Store;
import dev.sluice.ebpf.Operand.Immediate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/// An assembled program: its labels are resolved, its maps are still names. Immutable.
public final class Program {

    private static final int SLOT_BYTES = 8;

    // Classes, the lowest three bits of an opcode (RFC 9669 §3).
    private static final int LD = 0;
    private static final int LDX = 1;
    private static final int ST = 2;
    private static final int STX = 3;
    private static final int ALU = 4;
    private static final int JMP = 5;
    private static final int JMP32 = 6;
    private static final int ALU64 = 7;

    private static final int OPERAND_IS_REGISTER = 0x08;
    private static final int MODE_IMMEDIATE = 0x00;
    private static final int MODE_MEMORY = 0x60;
    private static final int MODE_ATOMIC = 0xc0;

    private static final int BYTE_ORDER = 0xd0;
    private static final int TO_BIG_ENDIAN = 0x08;
    private static final int CALL = 0x80;
    private static final int EXIT = 0x90;

    /// What the source field of a 64-bit load says about its immediate: the value itself, a map, or
    /// the memory of a map's value.
    private static final int PLAIN = 0;

    /// What the source field of a call says about its immediate: the distance to a function of this
    /// program.
    private static final int LOCAL_FUNCTION = 1;

    private static final int MAP_DESCRIPTOR = 1;
    private static final int MAP_VALUE = 2;

    private final String name;
    private final List<Instruction> instructions;
    private final Map<Label, Integer> places = new HashMap<>();

    /// Functions by the slot that they start at, without the first, which has no name.
    private final NavigableMap<Integer, Label> functions = new TreeMap<>();

    private final int slots;

    Program(String name, List<Instruction> instructions) {
        if (!name.matches("[A-Za-z0-9_.]{1,15}")) {
            throw new IllegalArgumentException("the kernel does not take this name: " + name);
        }
        this.name = name;
        this.instructions = List.copyOf(instructions);
        slots = placeLabels();
        bytes(_ -> 0); // proves that every branch reaches its label
        checkFunctions();
    }

    /// Returns the length in slots.
    private int placeLabels() {
        int slot = 0;
        for (Instruction instruction : instructions) {
            if (instruction instanceof Place(Label label)) {
                place(label, slot);
            } else if (instruction instanceof Function(Label label)) {
                place(label, slot);
                functions.put(slot, label);
            }
            slot += instruction.slots();
        }
        return slot;
    }

    private void place(Label label, int slot) {
        if (places.putIfAbsent(label, slot) != null) {
            throw new IllegalStateException("label placed twice: " + label);
        }
    }

    /// The kernel takes what is called for a function, and refuses branches between functions and
    /// functions that others run into, naming slots only.
    private void checkFunctions() {
        int slot = 0;
        Instruction before = new Exit();
        for (Instruction instruction : instructions) {
            switch (instruction) {
                case Function(Label label) -> {
                    if (!(before instanceof Exit
                            || before instanceof Jump
                            || before instanceof LongJump)) {
                        throw new IllegalStateException(
                                "the function " + label + " is run into from above");
                    }
                }
                case CallLocal(Label label) -> {
                    if (!functions.containsValue(label)) {
                        throw new IllegalStateException("called, but no function: " + label);
                    }
                }
                case Jump(Label to) -> checkStays(slot, to);
                case LongJump(Label to) -> checkStays(slot, to);
                case Branch(_, _, _, _, Label to) -> checkStays(slot, to);
                case Arithmetic _,
                        NetworkOrder _,
                        LoadConstant _,
                        LoadMap _,
                        LoadMapValue _,
                        Load _,
                        Store _,
                        AtomicAdd _,
                        Call _,
                        Exit _,
                        Place _ -> {}
            }
            slot += instruction.slots();
            before = instruction.slots() > 0 ? instruction : before;
        }
    }

    private void checkStays(int slot, Label to) {
        Integer place = places.get(to);
        if (place != null && !Objects.equals(functions.floorKey(slot), functions.floorKey(place))) {
            throw new IllegalStateException("a branch leaves its function: to " + to);
        }
    }

    public String name() {
        return name;
    }

    /// The length in slots of 8 bytes.
    public int slots() {
        return slots;
    }

    /// The names of the maps it uses.
    public Set<String> maps() {
        Set<String> maps = new LinkedHashSet<>();
        for (Instruction instruction : instructions) {
            if (instruction instanceof LoadMap(_, String map)) {
                maps.add(map);
            } else if (instruction instanceof LoadMapValue(_, String map, _)) {
                maps.add(map);
            }
        }
        return maps;
    }

    /// The program as bpf(2) takes it. Fields are in the machine's order; the machines we know are
    /// little-endian.
    ///
    /// @param descriptors the file descriptor of each map
    public byte[] bytes(ToIntFunction<String> descriptors) {
        ByteBuffer out = ByteBuffer.allocate(slots * SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Instruction instruction : instructions) {
            encode(out, instruction, descriptors);
        }
        return out.array();
    }

    /// The program in words, one line for each instruction and label, in the notation of the
    /// kernel's own listings but with names for labels and helpers.
    public String listing() {
        StringBuilder text = new StringBuilder();
        int slot = 0;
        for (Instruction instruction : instructions) {
            if (instruction.slots() > 0) {
                text.append("%5d  ".formatted(slot));
            }
            text.append(text(instruction)).append('\n');
            slot += instruction.slots();
        }
        return text.toString();
    }

    /// The instruction at a slot, the label it stands under and its function, for messages: the
    /// kernel's verifier speaks of slots.
    public String line(int slot) {
        String section = "start";
        int at = 0;
        for (Instruction instruction : instructions) {
            if (instruction instanceof Place(Label label)) {
                section = label + function(at);
            } else if (instruction instanceof Function(Label label)) {
                section = label.toString();
            } else if (slot < at + instruction.slots()) {
                return "slot " + slot + " under " + section + ": " + text(instruction);
            }
            at += instruction.slots();
        }
        return "slot " + slot + ", beyond the end";
    }

    private String function(int slot) {
        Map.Entry<Integer, Label> function = functions.floorEntry(slot);
        return function == null ? "" : " in " + function.getValue();
    }

    @Override
    public String toString() {
        return name;
    }

    private void encode(
            ByteBuffer out, Instruction instruction, ToIntFunction<String> descriptors) {
        switch (instruction) {
            case Arithmetic(boolean wide, Operation operation, Register target, Operand operand) ->
                    put(out, (wide ? ALU64 : ALU) | operation.code(), target, operand, 0);
            case NetworkOrder(Register target, int bits) ->
                    put(out, ALU | BYTE_ORDER | TO_BIG_ENDIAN, target.ordinal(), 0, 0, bits);
            case LoadConstant(Register target, long value) ->
                    putWide(out, target, PLAIN, (int) value, (int) (value >>> 32));
            case LoadMap(Register target, String map) ->
                    putWide(out, target, MAP_DESCRIPTOR, descriptors.applyAsInt(map), 0);
            case LoadMapValue(Register target, String map, int offset) ->
                    putWide(out, target, MAP_VALUE, descriptors.applyAsInt(map), offset);
            case Load(Size size, Register target, Register base, int offset) ->
                    put(
                            out,
                            LDX | MODE_MEMORY | size.code(),
                            target.ordinal(),
                            base.ordinal(),
                            offset,
                            0);
            case Store(Size size, Register base, int offset, Register value) ->
                    put(
                            out,
                            STX | MODE_MEMORY | size.code(),
                            base.ordinal(),
                            value.ordinal(),
                            offset,
                            0);
            case Store(Size size, Register base, int offset, Immediate(int value)) ->
                    put(out, ST | MODE_MEMORY | size.code(), base.ordinal(), 0, offset, value);
            case AtomicAdd(Size size, Register base, int offset, Register value) ->
                    put(
                            out,
                            STX | MODE_ATOMIC | size.code(),
                            base.ordinal(),
                            value.ordinal(),
                            offset,
                            Operation.ADD.code());
            case Jump(Label to) -> put(out, JMP, 0, 0, nearby(to, out), 0);
            case LongJump(Label to) -> put(out, JMP32, 0, 0, 0, distance(to, out));
            case Branch(
                            boolean wide,
                            Condition condition,
                            Register left,
                            Operand right,
                            Label to) ->
                    put(out, (wide ? JMP : JMP32) | condition.code(), left, right, nearby(to, out));
            case Call(Helper helper) -> put(out, JMP | CALL, 0, 0, 0, helper.number());
            case CallLocal(Label function) ->
                    put(out, JMP | CALL, 0, LOCAL_FUNCTION, 0, distance(function, out));
            case Exit() -> put(out, JMP | EXIT, 0, 0, 0, 0);
            case Place(_) -> {}
            case Function(_) -> {}
        }
    }

    private static void put(
            ByteBuffer out, int opcode, Register target, Operand operand, int offset) {
        switch (operand) {
            case Register source ->
                    put(
                            out,
                            opcode | OPERAND_IS_REGISTER,
                            target.ordinal(),
                            source.ordinal(),
                            offset,
                            0);
            case Immediate(int value) -> put(out, opcode, target.ordinal(), 0, offset, value);
        }
    }

    private static void putWide(
            ByteBuffer out, Register target, int meaning, int lower, int upper) {
        put(out, LD | MODE_IMMEDIATE | Size.DOUBLE.code(), target.ordinal(), meaning, 0, lower);
        put(out, 0, 0, 0, 0, upper);
    }

    private static void put(
            ByteBuffer out, int opcode, int target, int source, int offset, int immediate) {
        if (offset != (short) offset) {
            throw new IllegalStateException("the offset " + offset + " does not fit in 16 bits");
        }
        out.put((byte) opcode);
        out.put((byte) (source << 4 | target));
        out.putShort((short) offset);
        out.putInt(immediate);
    }

    /// The slots from the end of the instruction that is written next to a label.
    private int distance(Label to, ByteBuffer out) {
        Integer place = places.get(to);
        if (place == null) {
            throw new IllegalStateException("label never placed: " + to);
        }
        return place - (out.position() / SLOT_BYTES + 1);
    }

    private int nearby(Label to, ByteBuffer out) {
        int distance = distance(to, out);
        if (distance != (short) distance) {
            throw new IllegalStateException(
                    "label "
                            + to
                            + " is "
                            + distance
                            + " slots away, more than 16 bits; use longJump");
        }
        return distance;
    }

    private static String text(Instruction instruction) {
        return switch (instruction) {
            case Arithmetic(boolean wide, Operation operation, Register target, Operand operand) ->
                    name(wide, target) + " " + operation + " " + name(wide, operand);
            case NetworkOrder(Register target, int bits) -> target + " = be" + bits + " " + target;
            case LoadConstant(Register target, long value) ->
                    target + " = 0x" + Long.toHexString(value) + " ll";
            case LoadMap(Register target, String map) -> target + " = map " + map;
            case LoadMapValue(Register target, String map, int offset) ->
                    target + " = map " + map + " value +" + offset;
            case Load(Size size, Register target, Register base, int offset) ->
                    target + " = " + memory(size, base, offset);
            case Store(Size size, Register base, int offset, Operand value) ->
                    memory(size, base, offset) + " = " + value;
            case AtomicAdd(Size size, Register base, int offset, Register value) ->
                    "lock " + memory(size, base, offset) + " += " + value;
            case Jump(Label to) -> "goto " + to;
            case LongJump(Label to) -> "gotol " + to;
            case Branch(
                            boolean wide,
                            Condition condition,
                            Register left,
                            Operand right,
                            Label to) ->
                    "if "
                            + name(wide, left)
                            + " "
                            + condition
                            + " "
                            + name(wide, right)
                            + " goto "
                            + to;
            case Call(Helper helper) -> "call " + helper;
            case CallLocal(Label function) -> "call " + function;
            case Exit() -> "exit";
            case Place(Label label) -> label + ":";
            case Function(Label label) -> label + "():";
        };
    }

    private static String memory(Size size, Register base, int offset) {
        return "*(" + size + " *)(" + base + (offset < 0 ? " - " : " + ") + Math.abs(offset) + ")";
    }

    /// The lower half of a register is called `w` instead of `r`.
    private static String name(boolean wide, Operand operand) {
        return operand instanceof Register register && !wide
                ? "w" + register.ordinal()
                : operand.toString();
    }
}
