package dev.sluice.oracle;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.ebpf.Label;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Starts user-mode Linux so that it runs on processors with larger registers than it knows.
///
/// It sets a guest's registers in the size that they had when it was built; with AMX they are
/// larger, and the host refuses (`ptrace set fp regs failed`). But it can do with the registers up
/// to SSE where the host does not tell it the others, and a seccomp filter makes this host one that
/// does not. AVX registers are then not kept for a guest that is interrupted, so the guest's C
/// library must leave them alone: [#GUEST_ENVIRONMENT].
final class SmallRegisters {

    /// For the guest's command line, from where its first process has it.
    static final String GUEST_ENVIRONMENT =
            "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,"
                    + "-AVX512CD,-XSAVE,-XSAVEC,-ERMS,-FSRM";

    // struct seccomp_data: number 4, architecture 4, instruction pointer 8, arguments 8 each.
    private static final int CALL = 0;
    private static final int ARGUMENT_0 = 16;
    private static final int ARGUMENT_2 = 32;

    private static final int PTRACE = 101;
    private static final int PTRACE_GETREGSET = 0x4204;
    private static final int NT_X86_XSTATE = 0x202;
    private static final int EINVAL = 22;
    private static final int SECCOMP_RET_ERRNO = 0x50000;
    private static final int SECCOMP_RET_ALLOW = 0x7fff0000;

    private static final int PR_SET_SECCOMP = 22;
    private static final int SECCOMP_MODE_FILTER = 2;
    private static final int PR_SET_NO_NEW_PRIVS = 38;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle PRCTL =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("prctl"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    LONG,
                                    LONG,
                                    LONG,
                                    LONG),
                            Linker.Option.firstVariadicArg(1));

    private SmallRegisters() {}

    /// On a thread of its own: the filter stays with it, and with the processes it starts.
    static Process start(ProcessBuilder userModeLinux) throws IOException {
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread.ofPlatform()
                .name("oracle-start")
                .start(() -> {
                    try {
                        hideLargeRegisters();
                        started.complete(userModeLinux.start());
                    } catch (Throwable e) {
                        started.completeExceptionally(e);
                    }
                });
        try {
            return started.join();
        } catch (CompletionException e) {
            throw new IOException("cannot start user-mode Linux", e.getCause());
        }
    }

    private static void hideLargeRegisters() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment instructions =
                    arena.allocateFrom(
                            ValueLayout.JAVA_BYTE, ClassicInstruction.bytes(xstateIsUnknown()));
            // struct sock_fprog: count 2, padding 6, address 8.
            MemorySegment filter = arena.allocate(16, 8);
            filter.set(
                    ValueLayout.JAVA_SHORT,
                    0,
                    (short) (instructions.byteSize() / ClassicInstruction.BYTES));
            filter.set(ValueLayout.ADDRESS, 8, instructions);
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0);
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter.address());
        }
    }

    private static List<ClassicInstruction> xstateIsUnknown() {
        ClassicAssembler filter = new ClassicAssembler();
        Label allow = new Label("allow");
        filter.loadWord(CALL);
        filter.unlessEqual(PTRACE, allow);
        filter.loadWord(ARGUMENT_0);
        filter.unlessEqual(PTRACE_GETREGSET, allow);
        filter.loadWord(ARGUMENT_2);
        filter.unlessEqual(NT_X86_XSTATE, allow);
        filter.returnConstant(SECCOMP_RET_ERRNO | EINVAL);
        filter.place(allow);
        filter.returnConstant(SECCOMP_RET_ALLOW);
        return filter.assemble();
    }

    private static void prctl(int what, long a, long b) {
        try {
            int result = (int) PRCTL.invokeExact(what, a, b, 0L, 0L);
            if (result != 0) {
                throw new IllegalStateException("prctl " + what + " is refused");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
