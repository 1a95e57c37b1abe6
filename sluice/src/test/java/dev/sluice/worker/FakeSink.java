package dev.sluice.worker;

import dev.sluice.net.packet.FrameSink;
import dev.sluice.wire.VnetHeader;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Keeps what was sent, as it is in memory when the batch is flushed.
final class FakeSink implements FrameSink {

    /// One frame.
    static final class Sent {

        final int interfaceIndex;
        final int etherType;
        private final MemorySegment vnet;
        private final byte[] frame;

        private Sent(Batched batched) {
            interfaceIndex = batched.interfaceIndex;
            etherType = batched.etherType;
            int vnetBytes = VnetHeader.BYTES;
            vnet =
                    MemorySegment.ofArray(
                            batched.segment
                                    .asSlice(batched.vnet, vnetBytes)
                                    .toArray(ValueLayout.JAVA_BYTE));
            frame =
                    batched.segment
                            .asSlice(batched.vnet + vnetBytes, batched.frameBytes)
                            .toArray(ValueLayout.JAVA_BYTE);
        }

        byte[] frame() {
            return frame;
        }

        /// Without the link header.
        byte[] packet() {
            return MemorySegment.ofArray(frame).asSlice(14).toArray(ValueLayout.JAVA_BYTE);
        }

        byte[] vnet() {
            return vnet.toArray(ValueLayout.JAVA_BYTE);
        }

        int checksumStart() {
            return VnetHeader.checksumStart(vnet, 0);
        }

        int headerLength() {
            return VnetHeader.headerLength(vnet, 0);
        }

        int gsoSize() {
            return VnetHeader.gsoSize(vnet, 0);
        }
    }

    private record Batched(
            MemorySegment segment, long vnet, int frameBytes, int interfaceIndex, int etherType) {}

    private final List<Batched> batch = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();

    @Override
    public void send(
            MemorySegment segment, long vnet, int frameBytes, int interfaceIndex, int etherType) {
        batch.add(new Batched(segment, vnet, frameBytes, interfaceIndex, etherType));
    }

    @Override
    public void flush() {
        for (int i = 0; i < batch.size(); i++) {
            sent.add(new Sent(batch.get(i)));
        }
        batch.clear();
    }

    @Override
    public long refused() {
        return 0;
    }

    /// What was sent since the last call.
    List<Sent> take() {
        if (!batch.isEmpty()) {
            throw new AssertionError(batch.size() + " frames were never flushed");
        }
        List<Sent> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }
}
