package dev.sluice.ebpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ebpf.ClassicAssembler.Ancillary;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

final class ClassicAssemblerTest {

    private final ClassicAssembler code = new ClassicAssembler();

    /// The expectation is the output of `tcpdump -ddd -y EN10MB 'ip and udp dst port 53'` without
    /// its first line.
    @Test
    void aFilterIsWhatTcpdumpWrites() {
        Label yes = new Label("yes");
        Label no = new Label("no");
        code.loadHalf(12);
        code.unlessEqual(0x800, no);
        code.loadByte(23);
        code.unlessEqual(17, no);
        code.loadHalf(20);
        code.ifAnyBit(0x1fff, no);
        code.loadXIpv4HeaderLength(14);
        code.loadHalfAtX(16);
        code.ifEqual(53, yes, no);
        code.place(yes);
        code.returnConstant(262144);
        code.place(no);
        code.returnConstant(0);
        assertThat(text(code.assemble()))
                .isEqualTo(
                        """
                        40 0 0 12
                        21 0 8 2048
                        48 0 0 23
                        21 0 6 17
                        40 0 0 20
                        69 4 0 8191
                        177 0 0 14
                        72 0 0 16
                        21 0 1 53
                        6 0 0 262144
                        6 0 0 0\
                        """);
    }

    @Test
    void anInstructionHasEightBytesInTheMachinesOrder() {
        assertThat(
                        HexFormat.of()
                                .formatHex(
                                        ClassicInstruction.bytes(
                                                List.of(
                                                        new ClassicInstruction(
                                                                0x15, 3, 7, 0x800)))))
                .isEqualTo("1500030700080000");
    }

    @Test
    void aBranchTooFarForAByteGoesByLongJumps() {
        Label far = new Label("far");
        code.loadByte(0);
        code.ifEqual(7, far);
        for (int i = 0; i < 300; i++) {
            code.add(1);
        }
        code.returnA();
        code.place(far);
        code.returnConstant(77);
        List<ClassicInstruction> program = code.assemble();
        assertThat(text(program)).startsWith("48 0 0 0\n21 0 1 7\n5 0 0 302\n5 0 0 0\n");
        assertThat(ClassicMachine.run(program, new byte[] {7}, Map.of())).isEqualTo(77);
        assertThat(ClassicMachine.run(program, new byte[] {8}, Map.of())).isEqualTo(308);
    }

    @Test
    void aBranchThatGrowsMayPushOthersTooFar() {
        Label first = new Label("first");
        Label second = new Label("second");
        code.loadByte(0);
        code.ifEqual(1, first); // 255 away as long as the next one stays short
        code.ifEqual(2, second);
        for (int i = 0; i < 253; i++) {
            code.add(1);
        }
        code.returnConstant(0);
        code.place(first);
        code.add(1);
        code.add(1);
        code.returnConstant(1);
        code.place(second);
        code.returnConstant(2);
        List<ClassicInstruction> program = code.assemble();
        assertThat(program).hasSize(1 + 3 + 3 + 253 + 1 + 3 + 1);
        assertThat(ClassicMachine.run(program, new byte[] {1}, Map.of())).isEqualTo(1);
        assertThat(ClassicMachine.run(program, new byte[] {2}, Map.of())).isEqualTo(2);
        assertThat(ClassicMachine.run(program, new byte[] {3}, Map.of())).isEqualTo(0);
    }

    @Test
    void ancillaryFactsAreLoadedFromNegativeOffsets() {
        code.load(Ancillary.MARK);
        code.returnA();
        List<ClassicInstruction> program = code.assemble();
        assertThat(program.getFirst()).isEqualTo(new ClassicInstruction(0x20, 0, 0, -0x1000 + 20));
        assertThat(ClassicMachine.run(program, new byte[0], Map.of(Ancillary.MARK, 9)))
                .isEqualTo(9);
    }

    @Test
    void thereIsNoWayBack() {
        Label back = new Label("back");
        code.place(back);
        code.loadByte(0);
        code.jump(back);
        assertThatThrownBy(code::assemble).hasMessage("classic BPF cannot go back to back");
    }

    private static String text(List<ClassicInstruction> program) {
        return program.stream().map(Object::toString).collect(Collectors.joining("\n"));
    }
}
