package dev.sluice.net.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import dev.sluice.net.bpf.BpfMap.Shape;
import dev.sluice.net.linux.LinuxException;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

final class BpfMapIT {

    @BeforeAll
    static void needsPrivilege() {
        BpfPrivileges.need();
    }

    @Test
    void entriesAreAddedReplacedFoundAndDeleted() {
        try (BpfMap map = BpfMap.create(Shape.hash("test_hash", 4, 8, 10))) {
            assertThat(map.lookup(BpfMap.key(1))).isNull();
            map.update(BpfMap.key(1), value(11));
            map.update(BpfMap.key(1), value(12));
            map.update(BpfMap.key(2), value(20));
            assertThat(map.lookup(BpfMap.key(1))).isEqualTo(value(12));
            assertThat(map.keys()).containsExactlyInAnyOrder(BpfMap.key(1), BpfMap.key(2));
            assertThat(map.delete(BpfMap.key(1))).isTrue();
            assertThat(map.delete(BpfMap.key(1))).isFalse();
            assertThat(map.keys()).containsExactly(BpfMap.key(2));
        }
    }

    @Test
    void manyEntriesAreWrittenInBatches() {
        try (BpfMap map = BpfMap.create(Shape.hash("test_batch", 4, 8, 5000))) {
            Map<ByteBuffer, ByteBuffer> entries = new HashMap<>();
            for (int i = 0; i < 3000; i++) {
                entries.put(ByteBuffer.wrap(BpfMap.key(i)), ByteBuffer.wrap(value(i * 7L)));
            }
            map.updateAll(entries);
            assertThat(map.keys()).hasSize(3000);
            assertThat(map.lookup(BpfMap.key(2999))).isEqualTo(value(2999 * 7L));
        }
    }

    @Test
    void aFullMapSaysHowMuchItHolds() {
        try (BpfMap map = BpfMap.create(Shape.hash("test_full", 4, 8, 1))) {
            map.update(BpfMap.key(1), value(1));
            assertThatThrownBy(() -> map.update(BpfMap.key(2), value(1)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessage(
                            "bpf MAP_UPDATE_ELEM(map test_full): E2BIG, argument too large; the map"
                                    + " holds 1 entries");
        }
    }

    @Test
    void theMemoryOfAMappedArrayIsTheMap() {
        try (BpfMap map = BpfMap.create(Shape.mappedArray("test_mapped", 8, 3));
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = map.memory(arena);
            memory.setAtIndex(ValueLayout.JAVA_LONG, 2, 99);
            assertThat(map.lookup(BpfMap.key(2))).isEqualTo(value(99));
            map.update(BpfMap.key(0), value(5));
            assertThat(memory.getAtIndex(ValueLayout.JAVA_LONG, 0)).isEqualTo(5);
            assertThat(memory.byteSize()).isEqualTo(24);
        }
    }

    @Test
    void perCpuValuesAreSummed() {
        try (BpfMap map = BpfMap.create(Shape.perCpuArray("test_percpu", 8, 2))) {
            ByteBuffer values =
                    ByteBuffer.allocate(8 * Processors.possible()).order(ByteOrder.nativeOrder());
            for (int cpu = 0; cpu < Processors.possible(); cpu++) {
                values.putLong(cpu + 1);
            }
            map.update(BpfMap.key(1), values.array());
            long n = Processors.possible();
            assertThat(map.sum(1)).isEqualTo(n * (n + 1) / 2);
            assertThat(map.sum(0)).isZero();
        }
    }

    @Test
    void aPinnedMapIsFoundAgainButOnlyInItsShape() throws Exception {
        String path = BpfFileSystem.mounted().resolve("sluice-test-pinned").toString();
        Shape shape = Shape.hash("test_pinned", 4, 8, 10);
        try {
            try (BpfMap map = BpfMap.create(shape)) {
                map.update(BpfMap.key(1), value(1));
                map.pin(path);
            }
            try (BpfMap found = BpfMap.open(path, shape)) {
                assertThat(requireNonNull(found).lookup(BpfMap.key(1))).isEqualTo(value(1));
            }
            assertThat(BpfMap.open(path, Shape.hash("test_pinned", 4, 8, 11))).isNull();
            assertThat(BpfMap.open(path + "-not", shape)).isNull();
        } finally {
            Files.deleteIfExists(Path.of(path));
        }
    }

    private static byte[] value(long number) {
        return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(number).array();
    }
}
