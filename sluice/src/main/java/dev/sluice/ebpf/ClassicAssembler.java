package dev.sluice.ebpf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes a classic BPF program: an accumulator A, an index X, 16 words of scratch memory, forward
/// branches only. Loads turn network order into numbers; one that reaches beyond the packet ends
/// the program with 0.
///
/// A comparison can skip 255 instructions at most. Where a label is farther away, the assembler
/// writes the comparison around two long jumps by itself.
public final class ClassicAssembler {

    /// How long a program the kernel takes (`BPF_MAXINSNS`).
    public static final int MAXIMUM_INSTRUCTIONS = 4096;

    /// Added to an offset of [#loadByte] and its like: counts from the link header, wherever the
    /// packet starts (`SKF_LL_OFF`).
    public static final int LINK_HEADER = -0x200000;

    /// What a program can ask about a packet besides its bytes (`SKF_AD_…`, `linux/filter.h`).
    public enum Ancillary {
        PACKET_TYPE(4),
        MARK(20),
        VLAN_TAG_PRESENT(48);

        private static final int BASE = -0x1000;

        private final int offset;

        Ancillary(int offset) {
            this.offset = offset;
        }
    }

    private static final int LOAD_WORD = 0x20;
    private static final int LOAD_HALF = 0x28;
    private static final int LOAD_BYTE = 0x30;
    private static final int LOAD_WORD_AT_X = 0x40;
    private static final int LOAD_HALF_AT_X = 0x48;
    private static final int LOAD_BYTE_AT_X = 0x50;
    private static final int LOAD_MEMORY = 0x60;
    private static final int LOAD_X_MEMORY = 0x61;
    private static final int LOAD_CONSTANT = 0x00;
    private static final int LOAD_X_CONSTANT = 0x01;
    private static final int LOAD_X_IPV4_HEADER = 0xb1;
    private static final int STORE_MEMORY = 0x02;
    private static final int ADD = 0x04;
    private static final int ADD_X = 0x0c;
    private static final int AND = 0x54;
    private static final int SHIFT_LEFT = 0x64;
    private static final int JUMP = 0x05;
    private static final int BRANCH_EQUAL = 0x15;
    private static final int BRANCH_GREATER_OR_EQUAL = 0x35;
    private static final int BRANCH_ANY_BIT = 0x45;
    private static final int MOVE_A_TO_X = 0x07;
    private static final int MOVE_X_TO_A = 0x87;
    private static final int RETURN_CONSTANT = 0x06;
    private static final int RETURN_A = 0x16;

    private static final int FARTHEST = 255;

    private sealed interface Item {
        record Plain(int code, int k) implements Item {}

        record Branch(int code, int k, Label whenTrue, Label whenFalse) implements Item {}

        record Place(Label label) implements Item {}
    }

    private final List<Item> items = new ArrayList<>();

    public void loadByte(int offset) {
        plain(LOAD_BYTE, offset);
    }

    public void loadHalf(int offset) {
        plain(LOAD_HALF, offset);
    }

    public void loadWord(int offset) {
        plain(LOAD_WORD, offset);
    }

    /// From X plus the offset, as the two that follow.
    public void loadByteAtX(int offset) {
        plain(LOAD_BYTE_AT_X, offset);
    }

    public void loadHalfAtX(int offset) {
        plain(LOAD_HALF_AT_X, offset);
    }

    public void loadWordAtX(int offset) {
        plain(LOAD_WORD_AT_X, offset);
    }

    public void load(Ancillary what) {
        plain(LOAD_WORD, Ancillary.BASE + what.offset);
    }

    public void loadConstant(int value) {
        plain(LOAD_CONSTANT, value);
    }

    public void loadXConstant(int value) {
        plain(LOAD_X_CONSTANT, value);
    }

    /// X becomes the length in bytes of the IPv4 header that starts at the offset.
    public void loadXIpv4HeaderLength(int offset) {
        plain(LOAD_X_IPV4_HEADER, offset);
    }

    /// Of the 16 words of scratch memory.
    public void loadMemory(int word) {
        plain(LOAD_MEMORY, word);
    }

    public void loadXMemory(int word) {
        plain(LOAD_X_MEMORY, word);
    }

    public void storeMemory(int word) {
        plain(STORE_MEMORY, word);
    }

    public void add(int value) {
        plain(ADD, value);
    }

    public void addX() {
        plain(ADD_X, 0);
    }

    public void and(int value) {
        plain(AND, value);
    }

    public void shiftLeft(int bits) {
        plain(SHIFT_LEFT, bits);
    }

    public void moveAToX() {
        plain(MOVE_A_TO_X, 0);
    }

    public void moveXToA() {
        plain(MOVE_X_TO_A, 0);
    }

    public void jump(Label to) {
        items.add(new Item.Branch(JUMP, 0, to, to));
    }

    public void ifEqual(int value, Label then, Label otherwise) {
        items.add(new Item.Branch(BRANCH_EQUAL, value, then, otherwise));
    }

    /// Goes on with the next instruction when the two differ.
    public void ifEqual(int value, Label then) {
        fallThrough(BRANCH_EQUAL, value, then, true);
    }

    /// Goes on with the next instruction when the two are the same.
    public void unlessEqual(int value, Label then) {
        fallThrough(BRANCH_EQUAL, value, then, false);
    }

    /// Unsigned.
    public void ifAtLeast(int value, Label then) {
        fallThrough(BRANCH_GREATER_OR_EQUAL, value, then, true);
    }

    public void unlessAtLeast(int value, Label then) {
        fallThrough(BRANCH_GREATER_OR_EQUAL, value, then, false);
    }

    public void ifAnyBit(int bits, Label then) {
        fallThrough(BRANCH_ANY_BIT, bits, then, true);
    }

    public void unlessAnyBit(int bits, Label then) {
        fallThrough(BRANCH_ANY_BIT, bits, then, false);
    }

    public void returnConstant(int value) {
        plain(RETURN_CONSTANT, value);
    }

    public void returnA() {
        plain(RETURN_A, 0);
    }

    public void place(Label label) {
        items.add(new Item.Place(label));
    }

    /// Resolves the labels.
    ///
    /// @throws IllegalStateException when a label is missing, placed twice or behind its branch
    public List<ClassicInstruction> assemble() {
        boolean[] far = new boolean[items.size()];
        Map<Label, Integer> places;
        // A branch that turns out to be far grows by two, which may push others too far; each round
        // turns at least one branch, so the rounds are bounded by the branches.
        do {
            places = places(far);
        } while (growFarBranches(far, places));
        List<ClassicInstruction> program = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            emit(program, items.get(i), far[i], places);
        }
        return List.copyOf(program);
    }

    private Map<Label, Integer> places(boolean[] far) {
        Map<Label, Integer> places = new HashMap<>();
        int at = 0;
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof Item.Place(Label label) && places.put(label, at) != null) {
                throw new IllegalStateException("label placed twice: " + label);
            }
            at += length(items.get(i), far[i]);
        }
        return places;
    }

    private boolean growFarBranches(boolean[] far, Map<Label, Integer> places) {
        boolean grown = false;
        int at = 0;
        for (int i = 0; i < items.size(); i++) {
            if (!far[i] && items.get(i) instanceof Item.Branch branch && branch.code != JUMP) {
                far[i] =
                        distance(branch.whenTrue, at, places) > FARTHEST
                                || distance(branch.whenFalse, at, places) > FARTHEST;
                grown |= far[i];
                at += 1; // where it stood when the places were noted
            } else {
                at += length(items.get(i), far[i]);
            }
        }
        return grown;
    }

    private static void emit(
            List<ClassicInstruction> program, Item item, boolean far, Map<Label, Integer> places) {
        int at = program.size();
        switch (item) {
            case Item.Plain(int code, int k) -> program.add(new ClassicInstruction(code, 0, 0, k));
            case Item.Branch(int code, _, Label to, _) when code == JUMP ->
                    program.add(new ClassicInstruction(JUMP, 0, 0, distance(to, at, places)));
            case Item.Branch(int code, int k, Label whenTrue, Label whenFalse) when far -> {
                program.add(new ClassicInstruction(code, 0, 1, k));
                program.add(new ClassicInstruction(JUMP, 0, 0, distance(whenTrue, at + 1, places)));
                program.add(
                        new ClassicInstruction(JUMP, 0, 0, distance(whenFalse, at + 2, places)));
            }
            case Item.Branch(int code, int k, Label whenTrue, Label whenFalse) ->
                    program.add(
                            new ClassicInstruction(
                                    code,
                                    distance(whenTrue, at, places),
                                    distance(whenFalse, at, places),
                                    k));
            case Item.Place(_) -> {}
        }
    }

    private static int length(Item item, boolean far) {
        return switch (item) {
            case Item.Place(_) -> 0;
            case Item.Plain(_, _) -> 1;
            case Item.Branch(_, _, _, _) -> far ? 3 : 1;
        };
    }

    private static int distance(Label to, int from, Map<Label, Integer> places) {
        Integer place = places.get(to);
        if (place == null) {
            throw new IllegalStateException("label never placed: " + to);
        }
        int distance = place - (from + 1);
        if (distance < 0) {
            throw new IllegalStateException("classic BPF cannot go back to " + to);
        }
        return distance;
    }

    private void plain(int code, int k) {
        items.add(new Item.Plain(code, k));
    }

    private void fallThrough(int code, int k, Label target, boolean branchWhen) {
        Label next = new Label("next");
        items.add(
                branchWhen
                        ? new Item.Branch(code, k, target, next)
                        : new Item.Branch(code, k, next, target));
        place(next);
    }
}
