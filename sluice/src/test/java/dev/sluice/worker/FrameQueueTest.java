package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.packet.FrameSource;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/// One thread writes, one reads, and a plain queue knows better.
final class FrameQueueTest {

    private static final int LONGEST = 10 + 14 + 4 + 65535;
    private static final int VNET = 3;

    private record Frame(int seed, int bytes, int intake) {}

    @Test
    void whatGoesInComesOutAsFromAPlainQueue() {
        Seeded.forAll(30, FrameQueueTest::compare);
    }

    private static void compare(SplittableRandom random) {
        try (Arena arena = Arena.ofConfined()) {
            FrameQueue queue = new FrameQueue(arena);
            ArrayDeque<Frame> model = new ArrayDeque<>();
            MemorySegment memory = arena.allocate(VNET + LONGEST);
            int longest = 1 << 5 + random.nextInt(12);
            for (int step = 0; step < 3000; step++) {
                if (random.nextInt(5) < 3) {
                    Frame frame = frame(random, longest);
                    write(memory, frame);
                    if (queue.offer(memory, VNET, frame.bytes, frame.intake)) {
                        model.add(frame);
                    } else {
                        long held = model.stream().mapToLong(old -> old.bytes + 80).sum();
                        assertThat(held + 2L * (longest + 80))
                                .as("refused though there was room")
                                .isGreaterThan(FrameQueue.CAPACITY_BYTES);
                    }
                } else {
                    assertThat(queue.hasNext()).isEqualTo(!model.isEmpty());
                    if (!model.isEmpty()) {
                        check(queue, model.remove());
                    }
                }
            }
            while (!model.isEmpty()) {
                assertThat(queue.hasNext()).isTrue();
                check(queue, model.remove());
            }
            assertThat(queue.hasNext()).isFalse();
        }
    }

    @Test
    void twoThreadsAgree() throws InterruptedException {
        long rounds = Seeded.count("sluice.fuzz", 200_000);
        for (int longest : new int[] {64, 1500, LONGEST}) {
            exchange(longest, longest == LONGEST ? rounds / 20 : rounds);
        }
    }

    private static void exchange(int longest, long frames) throws InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            FrameQueue queue = new FrameQueue(arena);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread consumer =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    SplittableRandom expected = new SplittableRandom(longest);
                                    for (long i = 0; i < frames; i++) {
                                        while (!queue.hasNext()) {
                                            Thread.onSpinWait();
                                        }
                                        check(queue, frame(expected, longest));
                                    }
                                } catch (Throwable e) {
                                    failure.set(e);
                                }
                            });
            SplittableRandom random = new SplittableRandom(longest);
            MemorySegment memory = arena.allocate(VNET + LONGEST);
            for (long i = 0; i < frames && failure.get() == null; i++) {
                Frame frame = frame(random, longest);
                write(memory, frame);
                while (!queue.offer(memory, VNET, frame.bytes, frame.intake)) {
                    if (failure.get() != null) {
                        break;
                    }
                    Thread.onSpinWait();
                }
            }
            consumer.join();
            assertThat(failure.get()).isNull();
            assertThat(queue.hasNext()).isFalse();
        }
    }

    @Test
    void aFullQueueRefusesAndGoesOnWhenThereIsRoom() {
        try (Arena arena = Arena.ofConfined()) {
            FrameQueue queue = new FrameQueue(arena);
            MemorySegment memory = arena.allocate(VNET + LONGEST);
            int taken = 0;
            while (queue.offer(memory, VNET, LONGEST, taken)) {
                taken++;
            }
            assertThat(taken).as("super-packets").isGreaterThan(60);
            for (int i = 0; i < 3 * taken; i++) {
                assertThat(queue.hasNext()).isTrue();
                assertThat(queue.intake()).isEqualTo(i);
                queue.remove();
                assertThat(queue.offer(memory, VNET, LONGEST, taken + i)).isTrue();
            }
        }
    }

    @Test
    void whoWritesIntoAFramesHeadroomHarmsNoOther() {
        try (Arena arena = Arena.ofConfined()) {
            FrameQueue queue = new FrameQueue(arena);
            MemorySegment memory = arena.allocate(VNET + LONGEST);
            Frame first = new Frame(1, 60, 3);
            Frame second = new Frame(2, 60, 4);
            for (Frame frame : new Frame[] {first, second}) {
                write(memory, frame);
                assertThat(queue.offer(memory, VNET, frame.bytes, frame.intake)).isTrue();
            }
            for (Frame frame : new Frame[] {first, second}) {
                assertThat(queue.hasNext()).isTrue();
                queue.segment()
                        .asSlice(
                                queue.vnet() - FrameSource.HEADROOM_BYTES,
                                FrameSource.HEADROOM_BYTES)
                        .fill((byte) 0xee);
                check(queue, frame);
            }
            assertThat(queue.hasNext()).isFalse();
        }
    }

    private static Frame frame(SplittableRandom random, int longest) {
        return new Frame(random.nextInt(), 24 + random.nextInt(longest - 23), random.nextInt(64));
    }

    private static void write(MemorySegment memory, Frame frame) {
        for (int i = 0; i < frame.bytes; i += stride(frame)) {
            memory.set(ValueLayout.JAVA_BYTE, VNET + i, (byte) (frame.seed + i));
        }
        memory.set(ValueLayout.JAVA_BYTE, VNET + frame.bytes - 1, (byte) frame.seed);
    }

    private static void check(FrameQueue queue, Frame frame) {
        assertThat(queue.bytes()).isEqualTo(frame.bytes);
        assertThat(queue.intake()).isEqualTo(frame.intake);
        MemorySegment segment = queue.segment();
        for (int i = 0; i < frame.bytes - 1; i += stride(frame)) {
            if (segment.get(ValueLayout.JAVA_BYTE, queue.vnet() + i) != (byte) (frame.seed + i)) {
                throw new AssertionError("byte " + i + " of " + frame);
            }
        }
        assertThat(segment.get(ValueLayout.JAVA_BYTE, queue.vnet() + frame.bytes - 1))
                .isEqualTo((byte) frame.seed);
        queue.remove();
    }

    /// Long frames are looked at here and there.
    private static int stride(Frame frame) {
        return 1 + frame.bytes / 100;
    }
}
