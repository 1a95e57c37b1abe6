package dev.sluice.oracle;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/// Puts IPv4 fragments together as the packet socket does for the workers
/// (`PACKET_FANOUT_FLAG_DEFRAG`). Everything else passes.
final class Reassembly {
    private final Map<String, TreeMap<Integer, byte[]>> pending = new HashMap<>();

    /// The packets that are complete now: none or one.
    List<byte[]> put(byte[] packet) {
        if (packet[0] >> 4 != 4 || (Frames.u16(packet, 6) & 0x3fff) == 0) {
            return List.of(packet);
        }
        String key =
                Frames.text(Arrays.copyOfRange(packet, 12, 16))
                        + Frames.text(Arrays.copyOfRange(packet, 16, 20))
                        + packet[9]
                        + Frames.u16(packet, 4);
        TreeMap<Integer, byte[]> pieces = pending.computeIfAbsent(key, _ -> new TreeMap<>());
        pieces.put((Frames.u16(packet, 6) & 0x1fff) * 8, packet);
        int end = 0;
        for (Map.Entry<Integer, byte[]> piece : pieces.entrySet()) {
            if (piece.getKey() != end) {
                return List.of();
            }
            end += dataBytes(piece.getValue());
        }
        if ((Frames.u16(pieces.lastEntry().getValue(), 6) & 0x2000) != 0) {
            return List.of();
        }
        pending.remove(key);
        return List.of(whole(pieces, end));
    }

    private static byte[] whole(SortedMap<Integer, byte[]> pieces, int dataBytes) {
        byte[] first = Objects.requireNonNull(pieces.get(0));
        int header = headerBytes(first);
        byte[] whole = Arrays.copyOf(first, header + dataBytes);
        pieces.forEach((at, piece) ->
                System.arraycopy(piece, headerBytes(piece), whole, header + at, dataBytes(piece)));
        Frames.put16(whole, 2, whole.length);
        Frames.put16(whole, 6, 0);
        Frames.put16(whole, 10, 0);
        Frames.put16(whole, 10, Frames.complement(Frames.sum(whole, 0, header, 0)));
        return whole;
    }

    private static int headerBytes(byte[] packet) {
        return (packet[0] & 15) * 4;
    }

    private static int dataBytes(byte[] packet) {
        return Frames.u16(packet, 2) - headerBytes(packet);
    }
}
