package dev.sluice.gate.program;

import dev.sluice.ebpf.Size;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The stack of one function of a program: slots with names, laid out downwards from the frame
/// pointer in the order in which they are added. Where a slot lies is nobody's business but this
/// class's; that nothing reaches beyond its slot, that numbers are aligned to their size, as the
/// verifier demands of the stack, and that the stacks of a function and its caller fit into what
/// the kernel gives them is checked when the program is written.
final class StackFrame {

    /// Of all functions that are active together (`MAX_BPF_STACK`).
    static final int MAXIMUM_BYTES = 512;

    /// The kernel rounds a function's stack up to this.
    private static final int ROUNDING = 32;

    private static final int ALIGNMENT = 8;

    private final String function;
    private final @Nullable StackFrame caller;
    private final List<Slot> slots = new ArrayList<>();
    private int depth;

    private StackFrame(String function, @Nullable StackFrame caller) {
        this.function = function;
        this.caller = caller;
    }

    static StackFrame of(String function) {
        return new StackFrame(function, null);
    }

    /// The frame of a function that this one calls, to be asked for when this one is complete.
    StackFrame callee(String name) {
        return new StackFrame(name, this);
    }

    /// Bytes on the stack.
    ///
    /// @param offset of the first, from the frame pointer: negative
    record Slot(String name, int offset, int bytes) {

        /// The offset of a number in it.
        int at(int within, Size size) {
            int at = at(within, size.bytes());
            if (at % size.bytes() != 0) {
                throw new IllegalStateException(
                        name + "+" + within + " is not aligned for " + size);
            }
            return at;
        }

        /// The offset of some bytes in it.
        int at(int within, int length) {
            if (within < 0 || length < 1 || within + length > bytes) {
                throw new IllegalStateException(
                        name + " has " + bytes + " bytes, none at " + within + "+" + length);
            }
            return offset + within;
        }

        /// A piece of it with a name of its own.
        Slot part(String part, int within, int length) {
            return new Slot(part, at(within, length), length);
        }
    }

    /// A slot that starts at a multiple of 8.
    Slot slot(String name, int bytes) {
        return slot(name, bytes, 0);
    }

    /// A slot in which the byte at `alignedAt` is at a multiple of 8.
    Slot slot(String name, int bytes, int alignedAt) {
        int offset = -depth - bytes;
        offset -= Math.floorMod(offset + alignedAt, ALIGNMENT);
        depth = -offset;
        if (total() > MAXIMUM_BYTES) {
            throw new IllegalStateException(
                    "no room for %s: %d bytes of stack, at most %d"
                            .formatted(name, total(), MAXIMUM_BYTES));
        }
        Slot slot = new Slot(name, offset, bytes);
        slots.add(slot);
        return slot;
    }

    /// With those of the callers.
    int total() {
        int own = (depth + ROUNDING - 1) / ROUNDING * ROUNDING;
        return own + (caller == null ? 0 : caller.total());
    }

    /// The slots, one a line, from the frame pointer down.
    String drawing() {
        StringBuilder text =
                new StringBuilder(function).append(", ").append(depth).append(" bytes\n");
        for (Slot slot : slots) {
            text.append("%5d  %s %d%n".formatted(slot.offset, slot.name, slot.bytes));
        }
        return text.toString();
    }
}
