package dev.sluice.net.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sluice.ebpf.Program;
import dev.sluice.net.bpf.BpfCall.Command;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/// A program the kernel has accepted, of the kind that classifies packets (`SCHED_CLS`).
public final class BpfProgram implements AutoCloseable {

    /// The licence that programs are loaded under. Sluice's own licence is its owner's business;
    /// the kernel asks because some helpers, `bpf_ktime_get_ns` among them, serve only programs
    /// whose licence is GPL-compatible. The programs, and nothing else of Sluice, are offered under
    /// either of the two.
    static final String LICENCE = "Dual MIT/GPL";

    private static final int SCHED_CLS = 3;
    private static final int LOG_LEVEL_BRANCHES = 1;
    private static final int LOG_BYTES = 1 << 20;

    /// A load is interrupted by signals, of which a JVM gets many; as in libbpf it is tried again.
    private static final int ATTEMPTS = 5;

    /// By how much a packet may grow in a test run.
    private static final int OUTPUT_HEADROOM = 256;

    private final Descriptor descriptor;
    private final Program program;

    private BpfProgram(Descriptor descriptor, Program program) {
        this.descriptor = descriptor;
        this.program = program;
    }

    /// Loads a program.
    ///
    /// @param maps the maps the program names
    /// @throws LinuxException when the verifier refuses it: with the verifier's reason and the
    ///   instruction that it is about
    public static BpfProgram load(Program program, Map<String, BpfMap> maps) {
        byte[] instructions = program.bytes(name -> map(maps, name).number());
        try (BpfCall call = new BpfCall(Command.PROG_LOAD)) {
            call.u32(0, SCHED_CLS) // prog_type
                    .u32(4, program.slots()) // insn_cnt
                    .bytes(8, instructions) // insns
                    .text(16, LICENCE) // license
                    .name(48, program.name()); // prog_name
            int result = -Errno.EAGAIN;
            for (int attempt = 0; attempt < ATTEMPTS && result == -Errno.EAGAIN; attempt++) {
                result = call.attempt();
            }
            String name = "program " + program.name();
            if (result < 0 && result != -Errno.EPERM) {
                // Once more, with a log: writing one costs time, so it is left out at first.
                MemorySegment log = call.buffer(32, LOG_BYTES); // log_buf
                call.u32(24, LOG_LEVEL_BRANCHES).u32(28, LOG_BYTES); // log_level, log_size
                result = call.attempt();
                if (result < 0) {
                    throw new LinuxException(
                            call.name(),
                            name,
                            -result,
                            VerifierLog.explain(log.getString(0), program));
                }
            }
            return new BpfProgram(
                    Descriptor.of(result, call.name(), name, "bpf(2) takes CAP_BPF"), program);
        }
    }

    private static BpfMap map(Map<String, BpfMap> maps, String name) {
        BpfMap map = maps.get(name);
        if (map == null) {
            throw new IllegalArgumentException("no map " + name);
        }
        return map;
    }

    /// The outcome of a test run.
    public static final class TestRun {

        private final int action;
        private final byte[] packet;
        private final SkBuff.Context context;

        private TestRun(int action, byte[] packet, SkBuff.Context context) {
            this.action = action;
            this.packet = packet;
            this.context = context;
        }

        /// What the program returned.
        public int action() {
            return action;
        }

        /// The packet afterwards.
        public byte[] packet() {
            return packet;
        }

        /// The context afterwards.
        public SkBuff.Context context() {
            return context;
        }
    }

    /// Runs the program over one packet without any interface, as the kernel would.
    ///
    /// @param packet from the link header on, 14 bytes at least
    public TestRun test(byte[] packet, SkBuff.Context context) {
        try (BpfCall call = new BpfCall(Command.PROG_TEST_RUN)) {
            call.u32(0, number()) // prog_fd
                    .u32(8, packet.length) // data_size_in
                    .bytes(16, packet) // data_in
                    .u32(40, SkBuff.BYTES) // ctx_size_in
                    .bytes(48, context.bytes()); // ctx_in
            int room = packet.length + OUTPUT_HEADROOM;
            MemorySegment output = call.buffer(24, room); // data_out
            call.u32(12, room); // data_size_out
            MemorySegment contextAfter = call.buffer(56, SkBuff.BYTES); // ctx_out
            call.u32(44, SkBuff.BYTES); // ctx_size_out
            call.on(descriptor.toString());
            return new TestRun(
                    call.u32(4), // retval
                    output.asSlice(0, call.u32(12)).toArray(JAVA_BYTE),
                    SkBuff.Context.of(contextAfter.toArray(JAVA_BYTE)));
        }
    }

    /// The descriptor, for links.
    public int number() {
        return descriptor.number();
    }

    public Program program() {
        return program;
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }
}
