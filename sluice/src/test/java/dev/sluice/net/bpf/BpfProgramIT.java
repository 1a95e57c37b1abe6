package dev.sluice.net.bpf;

import static dev.sluice.ebpf.Condition.EQUAL;
import static dev.sluice.ebpf.Condition.NOT_EQUAL;
import static dev.sluice.ebpf.Register.R0;
import static dev.sluice.ebpf.Register.R1;
import static dev.sluice.ebpf.Register.R10;
import static dev.sluice.ebpf.Register.R2;
import static dev.sluice.ebpf.Register.R3;
import static dev.sluice.ebpf.Register.R4;
import static dev.sluice.ebpf.Register.R5;
import static dev.sluice.ebpf.Register.R6;
import static dev.sluice.ebpf.Size.BYTE;
import static dev.sluice.ebpf.Size.DOUBLE;
import static dev.sluice.ebpf.Size.WORD;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import dev.sluice.ebpf.Assembler;
import dev.sluice.ebpf.Helper;
import dev.sluice.ebpf.Label;
import dev.sluice.ebpf.Program;
import dev.sluice.net.bpf.BpfMap.Shape;
import dev.sluice.net.bpf.TcxLink.Direction;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

final class BpfProgramIT {

    private static final int LOOPBACK = 1;

    @BeforeAll
    static void needsPrivilege() {
        BpfPrivileges.need();
    }

    @Test
    void aTestRunShowsActionPacketAndContext() {
        Assembler code = new Assembler();
        code.move(R6, R1);
        code.load(WORD, R2, R6, SkBuff.MARK);
        code.add(R2, 1);
        code.store(WORD, R6, SkBuff.MARK, R2);
        code.store(BYTE, R10, -1, 0x42);
        code.move(R2, 0);
        code.move(R3, R10);
        code.add(R3, -1);
        code.move(R4, 1);
        code.move(R5, 0);
        code.call(Helper.SKB_STORE_BYTES);
        code.move(R0, SkBuff.DROP);
        code.exit();
        try (BpfProgram program = BpfProgram.load(code.assemble("test_run"), Map.of())) {
            BpfProgram.TestRun run = program.test(new byte[60], new SkBuff.Context(7, 0, LOOPBACK));
            assertThat(run.action()).isEqualTo(SkBuff.DROP);
            assertThat(run.packet()).hasSize(60).startsWith(0x42, 0);
            assertThat(run.context().mark()).isEqualTo(8);
            assertThat(run.context().interfaceIndex()).isEqualTo(LOOPBACK);
        }
    }

    @Test
    void mapsAreSharedWithThePrograms() {
        Label absent = new Label("absent");
        Assembler code = new Assembler();
        code.store(WORD, R10, -4, 1);
        code.loadMap(R1, "numbers");
        code.move(R2, R10);
        code.add(R2, -4);
        code.call(Helper.MAP_LOOKUP_ELEM);
        code.branch(R0, EQUAL, 0, absent);
        code.move(R1, 5);
        code.atomicAdd(DOUBLE, R0, 0, R1);
        code.place(absent);
        code.loadMapValue(R1, "settings", 8);
        code.load(WORD, R0, R1, 0);
        code.exit();
        try (BpfMap numbers = BpfMap.create(Shape.hash("numbers", 4, 8, 4));
                BpfMap settings = BpfMap.create(Shape.array("settings", 16, 1));
                BpfProgram program =
                        BpfProgram.load(
                                code.assemble("test_maps"),
                                Map.of("numbers", numbers, "settings", settings))) {
            numbers.update(BpfMap.key(1), new byte[8]);
            byte[] setting = new byte[16];
            setting[8] = 2;
            settings.update(BpfMap.key(0), setting);
            program.test(new byte[60], new SkBuff.Context(0, 0, LOOPBACK));
            assertThat(program.test(new byte[60], new SkBuff.Context(0, 0, LOOPBACK)).action())
                    .isEqualTo(2);
            assertThat(numbers.lookup(BpfMap.key(1))).startsWith(10, 0);
        }
    }

    @Test
    void aRefusalShowsTheVerifiersReasonAndOurLine() {
        Assembler code = new Assembler();
        code.store(WORD, R10, -4, 1);
        code.loadMap(R1, "numbers");
        code.move(R2, R10);
        code.add(R2, -4);
        code.call(Helper.MAP_LOOKUP_ELEM);
        code.place(new Label("unchecked"));
        code.load(WORD, R0, R0, 0);
        code.exit();
        try (BpfMap numbers = BpfMap.create(Shape.hash("numbers", 4, 8, 4))) {
            assertThatThrownBy(() ->
                            BpfProgram.load(code.assemble("test_bad"), Map.of("numbers", numbers)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("bpf PROG_LOAD(program test_bad): EACCES")
                    .hasMessageContaining("invalid mem access 'map_value_or_null'")
                    .hasMessageEndingWith("at slot 6 under unchecked: r0 = *(u32 *)(r0 + 0)");
        }
    }

    @Test
    void aProgramWithoutEndIsNamedToo() {
        Assembler code = new Assembler();
        code.move(R0, 0);
        assertThatThrownBy(() -> BpfProgram.load(code.assemble("test_open"), Map.of()))
                .hasMessageContaining("PROG_LOAD(program test_open)")
                .hasMessageContaining("last insn is not an exit or jmp");
    }

    @Test
    void aLinkAttachesIsReplacedPinnedTakenOverAndDetached() throws Exception {
        Path pin = BpfFileSystem.mounted().resolve("sluice-test-link");
        try (NetworkNamespace namespace = NetworkNamespace.unnamed();
                BpfProgram pass = BpfProgram.load(answering(SkBuff.PASS), Map.of());
                BpfProgram next = BpfProgram.load(answering(SkBuff.NEXT), Map.of())) {
            assertThat(TcxLink.isSupported(pass)).isTrue();
            int firstProgram =
                    namespace.call(() -> {
                        try (TcxLink link =
                                TcxLink.attach(pass, LOOPBACK, "lo", Direction.INGRESS)) {
                            link.pin(pin.toString());
                            assertThat(link.interfaceIndex()).isEqualTo(LOOPBACK);
                            return link.programId();
                        }
                    });
            try (TcxLink found = requireNonNull(TcxLink.open(pin.toString()))) {
                assertThat(found.programId()).isEqualTo(firstProgram);
                found.update(next);
                assertThat(found.programId()).isNotEqualTo(firstProgram);
                found.detach();
                assertThat(found.interfaceIndex()).isZero();
            }
        } finally {
            Files.deleteIfExists(pin);
        }
    }

    @Test
    void aLinkToAMissingInterfaceIsRefused() {
        try (BpfProgram pass = BpfProgram.load(answering(SkBuff.PASS), Map.of())) {
            assertThatThrownBy(() -> TcxLink.attach(pass, 1_000_000, "eth77", Direction.EGRESS))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("test_answer at eth77 EGRESS): ENODEV");
        }
    }

    @Test
    void aConditionThatComparesTheLowerHalfIsLoaded() {
        Label other = new Label("other");
        Assembler code = new Assembler();
        code.load(WORD, R2, R1, SkBuff.MARK);
        code.move(R0, 1);
        code.branch32(R2, NOT_EQUAL, -2, other);
        code.move(R0, 2);
        code.place(other);
        code.exit();
        try (BpfProgram program = BpfProgram.load(code.assemble("test_half"), Map.of())) {
            assertThat(program.test(new byte[60], new SkBuff.Context(-2, 0, LOOPBACK)).action())
                    .isEqualTo(2);
        }
    }

    /// A function has its own R6 and stack, and may look at what the caller has on its own.
    @Test
    void aFunctionIsCalledAndReturns() {
        Label sum = new Label("sum");
        Assembler code = new Assembler();
        code.move(R6, 40);
        code.store(DOUBLE, R10, -8, 2);
        code.move(R1, R6);
        code.move(R2, R10);
        code.add(R2, -8);
        code.call(sum);
        code.load(DOUBLE, R2, R10, -8);
        code.add(R0, R2); // 42 + 2
        code.add(R0, R6); // + 40
        code.exit();
        code.function(sum);
        code.move(R6, 0);
        code.store(DOUBLE, R10, -8, R1);
        code.load(DOUBLE, R0, R10, -8);
        code.load(DOUBLE, R3, R2, 0);
        code.add(R0, R3);
        code.exit();
        try (BpfProgram program = BpfProgram.load(code.assemble("test_call"), Map.of())) {
            assertThat(program.test(new byte[60], new SkBuff.Context(0, 0, LOOPBACK)).action())
                    .isEqualTo(84);
        }
    }

    @Test
    void aRefusalInsideAFunctionNamesIt() {
        Label count = new Label("count");
        Assembler code = new Assembler();
        code.call(count);
        code.exit();
        code.function(count);
        code.store(WORD, R10, -4, 1);
        code.loadMap(R1, "numbers");
        code.move(R2, R10);
        code.add(R2, -4);
        code.call(Helper.MAP_LOOKUP_ELEM);
        code.place(new Label("unchecked"));
        code.load(WORD, R0, R0, 0);
        code.exit();
        try (BpfMap numbers = BpfMap.create(Shape.hash("numbers", 4, 8, 4))) {
            assertThatThrownBy(() ->
                            BpfProgram.load(
                                    code.assemble("test_bad_call"), Map.of("numbers", numbers)))
                    .hasMessageContaining("invalid mem access 'map_value_or_null'")
                    .hasMessageEndingWith(
                            "at slot 8 under unchecked in count: r0 = *(u32 *)(r0 + 0)");
        }
    }

    private static Program answering(int action) {
        Assembler code = new Assembler();
        code.move(R0, action);
        code.exit();
        return code.assemble("test_answer");
    }
}
