package dev.sluice.ebpf;

import static dev.sluice.ebpf.Condition.ANY_BIT;
import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.GREATER;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Condition.SIGNED_GREATER;
import static dev.sluice.ebpf.Operation.DIVIDE;
import static dev.sluice.ebpf.Operation.MODULO;
import static dev.sluice.ebpf.Operation.SHIFT_RIGHT_SIGNED;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R10;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R4;
import static dev.sluice.ebpf.Register.R5;
import static dev.sluice.ebpf.Register.R6;
import static dev.sluice.ebpf.Register.R7;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.HALF;
import static dev.sluice.ebpf.Size.WORD;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;

final class ProgramTest {

    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    /// The bytes are those of LLVM's assembler, but for the few it does not write: RFC 9669.
    static Stream<Arguments> instructions() {
        return Stream.of(
                one("r1 = r2", "bf 21 00 00 00 00 00 00", code -> code.move(R1, R2)),
                one("w1 = w2", "bc 21 00 00 00 00 00 00", code -> code.move32(R1, R2)),
                one("r1 = -5", "b7 01 00 00 fb ff ff ff", code -> code.move(R1, -5)),
                one("r1 += 7", "07 01 00 00 07 00 00 00", code -> code.add(R1, 7)),
                one("r3 += r4", "0f 43 00 00 00 00 00 00", code -> code.add(R3, R4)),
                one("r3 -= r4", "1f 43 00 00 00 00 00 00", code -> code.subtract(R3, R4)),
                one("r1 *= r2", "2f 21 00 00 00 00 00 00", code -> code.multiply(R1, R2)),
                one("r5 &= 255", "57 05 00 00 ff 00 00 00", code -> code.and(R5, 255)),
                one("r5 |= r6", "4f 65 00 00 00 00 00 00", code -> code.or(R5, R6)),
                one("r5 ^= r6", "af 65 00 00 00 00 00 00", code -> code.xor(R5, R6)),
                one("r5 <<= 3", "67 05 00 00 03 00 00 00", code -> code.shiftLeft(R5, 3)),
                one("r5 >>= 32", "77 05 00 00 20 00 00 00", code -> code.shiftRight(R5, 32)),
                one(
                        "r5 s>>= 2",
                        "c7 05 00 00 02 00 00 00",
                        code -> code.add(wide(SHIFT_RIGHT_SIGNED, R5, 2))),
                one("r5 /= 3", "37 05 00 00 03 00 00 00", code -> code.add(wide(DIVIDE, R5, 3))),
                one("r5 %= 3", "97 05 00 00 03 00 00 00", code -> code.add(wide(MODULO, R5, 3))),
                one("r1 = be16 r1", "dc 01 00 00 10 00 00 00", code -> code.networkOrder(R1, 16)),
                one("r1 = be32 r1", "dc 01 00 00 20 00 00 00", code -> code.networkOrder(R1, 32)),
                one("r1 = be64 r1", "dc 01 00 00 40 00 00 00", code -> code.networkOrder(R1, 64)),
                one(
                        "r1 = 0x9e3779b97f4a7c15 ll",
                        "18 01 00 00 15 7c 4a 7f 00 00 00 00 b9 79 37 9e",
                        code -> code.loadConstant(R1, 0x9E3779B97F4A7C15L)),
                one(
                        "r1 = map services",
                        "18 11 00 00 2a 00 00 00 00 00 00 00 00 00 00 00",
                        code -> code.loadMap(R1, "services")),
                one(
                        "r1 = map settings value +8",
                        "18 21 00 00 2a 00 00 00 00 00 00 00 08 00 00 00",
                        code -> code.loadMapValue(R1, "settings", 8)),
                one(
                        "r2 = *(u8 *)(r6 + 8)",
                        "71 62 08 00 00 00 00 00",
                        code -> code.load(BYTE, R2, R6, 8)),
                one(
                        "r2 = *(u16 *)(r6 + 8)",
                        "69 62 08 00 00 00 00 00",
                        code -> code.load(HALF, R2, R6, 8)),
                one(
                        "r2 = *(u32 *)(r6 - 8)",
                        "61 62 f8 ff 00 00 00 00",
                        code -> code.load(WORD, R2, R6, -8)),
                one(
                        "r2 = *(u64 *)(r10 - 16)",
                        "79 a2 f0 ff 00 00 00 00",
                        code -> code.load(DOUBLE, R2, R10, -16)),
                one(
                        "*(u8 *)(r10 - 1) = r7",
                        "73 7a ff ff 00 00 00 00",
                        code -> code.store(BYTE, R10, -1, R7)),
                one(
                        "*(u64 *)(r10 - 8) = r7",
                        "7b 7a f8 ff 00 00 00 00",
                        code -> code.store(DOUBLE, R10, -8, R7)),
                one(
                        "*(u32 *)(r10 - 8) = 5",
                        "62 0a f8 ff 05 00 00 00",
                        code -> code.store(WORD, R10, -8, 5)),
                one(
                        "lock *(u64 *)(r1 + 0) += r2",
                        "db 21 00 00 00 00 00 00",
                        code -> code.atomicAdd(DOUBLE, R1, 0, R2)),
                one(
                        "call SKB_LOAD_BYTES",
                        "85 00 00 00 1a 00 00 00",
                        code -> code.call(Helper.SKB_LOAD_BYTES)),
                one("exit", "95 00 00 00 00 00 00 00", Assembler::exit));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("instructions")
    void anInstructionBecomesTheseBytes(String text, String bytes, Consumer<Assembler> write) {
        Assembler code = new Assembler();
        write.accept(code);
        Program program = code.assemble("one");
        assertThat(HEX.formatHex(program.bytes(_ -> 42))).isEqualTo(bytes);
        assertThat(program.listing()).isEqualTo("    0  " + text + "\n");
    }

    static Stream<Arguments> branches() {
        Label to = new Label("there");
        return Stream.of(
                ahead("if r1 == 5", "15 01 03 00 05 00 00 00", c -> c.branch(R1, EQUAL, 5, to), to),
                ahead(
                        "if r1 > r2",
                        "2d 21 03 00 00 00 00 00",
                        c -> c.branch(R1, GREATER, R2, to),
                        to),
                ahead(
                        "if w1 != -1",
                        "56 01 03 00 ff ff ff ff",
                        c -> c.branch32(R1, NOT_EQUAL, -1, to),
                        to),
                ahead(
                        "if r1 & 4",
                        "45 01 03 00 04 00 00 00",
                        c -> c.branch(R1, ANY_BIT, 4, to),
                        to),
                ahead("goto", "05 00 03 00 00 00 00 00", c -> c.jump(to), to),
                ahead("gotol", "06 00 00 00 03 00 00 00", c -> c.longJump(to), to));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("branches")
    void aBranchCountsSlotsToItsLabel(
            String name, String bytes, Consumer<Assembler> write, Label to) {
        Assembler code = new Assembler();
        write.accept(code);
        code.loadConstant(R0, 0); // two slots
        code.move(R0, 1);
        code.place(to);
        code.exit();
        assertThat(HEX.formatHex(code.assemble("ahead").bytes(_ -> 0))).startsWith(bytes);
    }

    @Test
    void branchesGoBackwardsToo() {
        Label again = new Label("again");
        Assembler code = new Assembler();
        code.place(again);
        code.move(R0, 0);
        code.branch(R1, SIGNED_GREATER, 4, again);
        assertThat(HEX.formatHex(code.assemble("back").bytes(_ -> 0)))
                .endsWith("65 01 fe ff 04 00 00 00");
    }

    @Test
    void theListingShowsLabelsAndSlots() {
        Label pass = new Label("pass");
        Assembler code = new Assembler();
        code.loadMap(R1, "services");
        code.branch(R1, EQUAL, 0, pass);
        code.move(R0, 2);
        code.place(pass);
        code.exit();
        Program program = code.assemble("listing");
        assertThat(program.listing())
                .isEqualTo(
                        """
                            0  r1 = map services
                            2  if r1 == 0 goto pass
                            3  r0 = 2
                        pass:
                            4  exit
                        """);
        assertThat(program.line(4)).isEqualTo("slot 4 under pass: exit");
        assertThat(program.line(1)).isEqualTo("slot 1 under start: r1 = map services");
        assertThat(program.maps()).containsExactly("services");
        assertThat(program.slots()).isEqualTo(5);
    }

    @Test
    void aCallCountsSlotsToItsFunction() {
        Program program = squares();
        assertThat(HEX.formatHex(program.bytes(_ -> 0)))
                .startsWith("b7 01 00 00 05 00 00 00 85 10 00 00 01 00 00 00 95");
        assertThat(program.listing())
                .isEqualTo(
                        """
                            0  r1 = 5
                            1  call square
                            2  exit
                        square():
                            3  r0 = r1
                            4  if r1 == 0 goto done
                            5  r0 *= r1
                        done:
                            6  exit
                        """);
        assertThat(program.line(2)).isEqualTo("slot 2 under start: exit");
        assertThat(program.line(3)).isEqualTo("slot 3 under square: r0 = r1");
        assertThat(program.line(6)).isEqualTo("slot 6 under done in square: exit");
    }

    private static Program squares() {
        Label square = new Label("square");
        Label done = new Label("done");
        Assembler code = new Assembler();
        code.move(R1, 5);
        code.call(square);
        code.exit();
        code.function(square);
        code.move(R0, R1);
        code.branch(R1, EQUAL, 0, done);
        code.multiply(R0, R1);
        code.place(done);
        code.exit();
        return code.assemble("squares");
    }

    @Test
    void aBranchOutOfItsFunctionIsRefused() {
        Label function = new Label("function");
        Label outside = new Label("outside");
        Assembler code = new Assembler();
        code.call(function);
        code.place(outside);
        code.exit();
        code.function(function);
        code.branch(R1, EQUAL, 0, outside);
        code.exit();
        assertThatThrownBy(() -> code.assemble("bad"))
                .hasMessage("a branch leaves its function: to outside");
    }

    @Test
    void aFunctionThatIsRunIntoIsRefused() {
        Label function = new Label("function");
        Assembler code = new Assembler();
        code.call(function);
        code.function(function);
        code.exit();
        assertThatThrownBy(() -> code.assemble("bad"))
                .hasMessage("the function function is run into from above");
    }

    @Test
    void onlyFunctionsAreCalled() {
        Label label = new Label("label");
        Assembler code = new Assembler();
        code.call(label);
        code.place(label);
        code.exit();
        assertThatThrownBy(() -> code.assemble("bad")).hasMessage("called, but no function: label");
    }

    @Test
    void aMissingLabelIsRefused() {
        Assembler code = new Assembler();
        code.jump(new Label("nowhere"));
        assertThatThrownBy(() -> code.assemble("bad")).hasMessage("label never placed: nowhere");
    }

    @Test
    void aLabelPlacedTwiceIsRefused() {
        Label twice = new Label("twice");
        Assembler code = new Assembler();
        code.place(twice);
        code.exit();
        code.place(twice);
        assertThatThrownBy(() -> code.assemble("bad")).hasMessage("label placed twice: twice");
    }

    @Test
    void sixteenBitsAreTheLimitOfABranchButNotOfALongJump() {
        assertThat(jumpOver(Short.MAX_VALUE, false).slots()).isEqualTo(Short.MAX_VALUE + 2);
        assertThatThrownBy(() -> jumpOver(Short.MAX_VALUE + 1, false))
                .hasMessageContaining("label end is 32768 slots away");
        assertThat(jumpOver(Short.MAX_VALUE + 1, true).slots()).isEqualTo(Short.MAX_VALUE + 3);
    }

    @Test
    void memoryOffsetsHaveSixteenBits() {
        Assembler code = new Assembler();
        code.load(BYTE, R1, R2, 40_000);
        assertThatThrownBy(() -> code.assemble("bad"))
                .hasMessage("the offset 40000 does not fit in 16 bits");
    }

    private static Program jumpOver(int slots, boolean far) {
        Label end = new Label("end");
        Assembler code = new Assembler();
        if (far) {
            code.longJump(end);
        } else {
            code.jump(end);
        }
        for (int i = 0; i < slots; i++) {
            code.move(R0, 0);
        }
        code.place(end);
        code.exit();
        return code.assemble("far");
    }

    private static Instruction wide(Operation operation, Register target, int value) {
        return new Instruction.Arithmetic(true, operation, target, new Operand.Immediate(value));
    }

    private static Arguments one(String text, String bytes, Consumer<Assembler> write) {
        return Arguments.of(text, bytes, write);
    }

    private static Arguments ahead(String text, String bytes, Consumer<Assembler> write, Label to) {
        return Arguments.of(text, bytes, write, to);
    }
}
