package dev.sluice.net.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

class KernelTest {

    @Test
    void resultsAreThoseOfTheKernel() {
        assertThat(Kernel.getpid()).isEqualTo((int) ProcessHandle.current().pid());
    }

    @Test
    void failuresAreNegativeErrnos() {
        assertThat(Kernel.close(-1)).isEqualTo(-Errno.EBADF);
        assertThat(Kernel.open("/nowhere/at/all", Flags.O_RDONLY, 0)).isEqualTo(-Errno.ENOENT);
        assertThat(Kernel.mmap(0, Flags.PROT_READ, Flags.MAP_PRIVATE, -1, 0)).isNegative();
    }

    @Test
    void errorsNameCallObjectAndErrno() {
        assertThatThrownBy(() -> Descriptor.open("/nowhere/at/all", Flags.O_RDONLY))
                .isInstanceOf(LinuxException.class)
                .hasMessage("open(/nowhere/at/all): ENOENT, no such file or entry");
    }

    @Test
    void writtenEventsAreReadBackThroughPoll() {
        try (Arena arena = Arena.ofConfined();
                Descriptor event =
                        Descriptor.of(Kernel.eventfd(0, Flags.EFD_NONBLOCK), "eventfd", "", "")) {
            MemorySegment pollfd = arena.allocate(8, 4);
            pollfd.set(ValueLayout.JAVA_INT, 0, event.number());
            pollfd.set(ValueLayout.JAVA_SHORT, 4, Flags.POLLIN);
            MemorySegment noTime = arena.allocate(16, 8);
            assertThat(Kernel.ppoll(pollfd, 1, noTime)).isZero();

            assertThat(Kernel.write(event.number(), arena.allocateFrom(ValueLayout.JAVA_LONG, 3)))
                    .isEqualTo(8);
            assertThat(Kernel.ppoll(pollfd, 1, noTime)).isEqualTo(1);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
            assertThat(Kernel.read(event.number(), count)).isEqualTo(8);
            assertThat(count.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(3);
        }
    }

    @Test
    void heapMemoryIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Kernel.read(0, MemorySegment.ofArray(new byte[8])));
    }

    @Test
    void aClosedDescriptorIsNotUsedAgain() {
        Descriptor event = Descriptor.of(Kernel.eventfd(0, 0), "eventfd", "wake-up", "");
        event.close();
        event.close();
        assertThat(event.isOpen()).isFalse();
        assertThatThrownBy(event::number).hasMessage("wake-up is closed");
    }
}
