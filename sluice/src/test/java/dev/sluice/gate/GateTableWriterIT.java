package dev.sluice.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.gate.GateTableWriter.Contents;
import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.layout.MarkKey;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.bpf.BpfMap.Shape;
import dev.sluice.net.bpf.BpfPrivileges;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Maps that are too small for what is wanted, in the kernel.
final class GateTableWriterIT {

    private static final int ROOM = 8;

    private final List<Address> locals =
            List.of(Address.parse("10.0.0.1"), Address.parse("192.168.1.100"));

    private List<BpfMap> maps = List.of();

    @BeforeEach
    void create() {
        BpfPrivileges.need();
        maps =
                List.of(
                        BpfMap.create(Shape.hash("endpoints", EndpointKey.BYTES, 4, ROOM)),
                        BpfMap.create(Shape.hash("addresses", EndpointKey.BYTES, 4, ROOM)),
                        BpfMap.create(Shape.hash("marks", MarkKey.BYTES, 4, ROOM)));
    }

    @AfterEach
    void close() {
        maps.forEach(BpfMap::close);
    }

    @Test
    void whatHasNoRoomLeavesTheMapsAsTheyWere() {
        GateTableWriter writer = new GateTableWriter(maps.get(0), maps.get(1), maps.get(2));
        TestServices services = new TestServices();
        services.tcp("192.168.1.100", 80).nat("10.0.0.11", 80);
        Contents before =
                new Contents(GateTables.EMPTY.next(services.configuration()), Set.copyOf(locals));
        writer.write(Contents.NOTHING, before);
        List<Map<ByteBuffer, Integer>> written = contents();
        assertThat(written.getFirst()).hasSize(2);

        // The endpoints fit; the address that is one too many comes after them.
        services.removeServer(0, 0).persistent();
        for (int i = 0; i < ROOM - 2; i++) {
            services.tcp("192.168.2." + i, 80);
        }
        Contents tooMuch =
                new Contents(before.tables().next(services.configuration()), before.locals());
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> writer.write(before, tooMuch))
                .withMessageContaining("the gate has room for");
        assertThat(contents()).isEqualTo(written);

        // And far too many.
        for (int i = 0; i < 100; i++) {
            services.tcp("192.168.3." + i, 80);
        }
        Contents farTooMuch =
                new Contents(before.tables().next(services.configuration()), before.locals());
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> writer.write(before, farTooMuch));
        assertThat(contents()).isEqualTo(written);

        writer.write(before, Contents.NOTHING);
        assertThat(contents()).allSatisfy(map -> assertThat(map).isEmpty());
    }

    private List<Map<ByteBuffer, Integer>> contents() {
        return maps.stream().map(GateTableWriterIT::contents).toList();
    }

    private static Map<ByteBuffer, Integer> contents(BpfMap map) {
        Map<ByteBuffer, Integer> contents = new HashMap<>();
        for (byte[] key : map.keys()) {
            byte[] value = map.lookup(key);
            contents.put(ByteBuffer.wrap(key), value == null ? 0 : ByteBuffer.wrap(value).getInt());
        }
        return contents;
    }
}
