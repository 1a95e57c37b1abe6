package dev.sluice.director;

import dev.sluice.director.TestPaths.TestPath;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.wire.Address;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Keeps what a director sends by itself.
final class TestOutbox implements Outbox {

    /// Not at the start of memory, and among other bytes: a packet lies where it has room.
    private static final int START = 64;

    private final MemorySegment memory = MemorySegment.ofArray(new byte[1 << 17]);
    private final List<Sent> sent = new ArrayList<>();

    record Sent(Address to, MemorySegment packet, boolean ipv6) {

        byte[] bytes() {
            return packet.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long room(int bytes) {
        memory.fill((byte) 0xa5);
        return START;
    }

    @Override
    public void send(Path path, long start, int bytes, boolean ipv6) {
        MemorySegment packet =
                MemorySegment.ofArray(memory.asSlice(start, bytes).toArray(ValueLayout.JAVA_BYTE));
        sent.add(new Sent(((TestPath) path).to(), packet, ipv6));
    }

    /// What was sent since the last time.
    List<Sent> take() {
        List<Sent> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }
}
