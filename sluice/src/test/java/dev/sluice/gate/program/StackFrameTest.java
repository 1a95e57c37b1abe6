package dev.sluice.gate.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ebpf.Size;
import dev.sluice.gate.program.StackFrame.Slot;

import org.junit.jupiter.api.Test;

final class StackFrameTest {

    @Test
    void whereTheGatesSlotsLie() {
        assertThat(GateFrame.FRAME.drawing())
                .isEqualTo(
                        """
                        gate, 216 bytes
                          -18  metadata 12
                          -24  ports 4
                          -32  extension header 8
                          -86  link and IP header 54
                         -112  source key 20
                         -136  destination key 20
                         -160  quoted source key 20
                         -184  quoted destination key 20
                         -192  mark key 8
                         -200  interface key 4
                         -208  protocol 8
                         -216  whether it is a fragment 8
                        """);
    }

    @Test
    void aSlotStartsAtAMultipleOfEightOrHasAByteThere() {
        StackFrame frame = StackFrame.of("test");
        assertThat(frame.slot("a", 3).offset()).isEqualTo(-8);
        assertThat(frame.slot("b", 12, 2).offset()).isEqualTo(-26);
        assertThat(frame.slot("c", 8).offset()).isEqualTo(-40);
    }

    @Test
    void nothingReachesBeyondItsSlot() {
        Slot slot = StackFrame.of("test").slot("key", 12);
        assertThat(slot.at(8, Size.WORD)).isEqualTo(-8);
        assertThatThrownBy(() -> slot.at(12, Size.BYTE))
                .hasMessage("key has 12 bytes, none at 12+1");
        assertThatThrownBy(() -> slot.at(8, Size.DOUBLE))
                .hasMessage("key has 12 bytes, none at 8+8");
        assertThatThrownBy(() -> slot.at(-1, Size.BYTE)).hasMessageStartingWith("key has 12 bytes");
        assertThatThrownBy(() -> slot.part("rest", 4, 8).at(6, Size.WORD))
                .hasMessage("rest has 8 bytes, none at 6+4");
    }

    @Test
    void numbersAreAligned() {
        Slot slot = StackFrame.of("test").slot("header", 14, 2);
        assertThat(slot.at(2, Size.DOUBLE) % 8).isZero();
        assertThatThrownBy(() -> slot.at(4, Size.WORD))
                .hasMessage("header+4 is not aligned for u32");
    }

    @Test
    void theStacksOfCallerAndFunctionFitTogether() {
        StackFrame caller = StackFrame.of("test");
        caller.slot("most", 440);
        StackFrame function = caller.callee("function");
        function.slot("some", 32);
        assertThat(function.total()).isEqualTo(448 + 32);
        function.slot("more", 32);
        assertThatThrownBy(() -> function.slot("one", 1))
                .hasMessage("no room for one: 544 bytes of stack, at most 512");
    }
}
