package dev.sluice.gate;

import dev.sluice.net.bpf.BpfMap;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/// A hash map and what was written into it, so that a change costs only the difference. Additions
/// and removals are two steps: what refers to an entry must be gone before the entry.
final class MapMirror {

    private final BpfMap map;
    private final Map<ByteBuffer, ByteBuffer> written = new HashMap<>();

    /// Learns what is there already.
    MapMirror(BpfMap map) {
        this.map = map;
        for (byte[] key : map.keys()) {
            byte[] value = map.lookup(key);
            if (value != null) {
                written.put(ByteBuffer.wrap(key), ByteBuffer.wrap(value));
            }
        }
    }

    /// Writes what is new or different.
    void add(Map<ByteBuffer, ByteBuffer> desired) {
        Map<ByteBuffer, ByteBuffer> news = new HashMap<>(desired);
        news.entrySet().removeAll(written.entrySet());
        map.updateAll(news);
        written.putAll(news);
    }

    /// Removes what is no longer wanted.
    void remove(Map<ByteBuffer, ByteBuffer> desired) {
        written.keySet()
                .removeIf(key -> {
                    boolean unwanted = !desired.containsKey(key);
                    if (unwanted) {
                        byte[] bytes = new byte[key.remaining()];
                        key.duplicate().get(bytes);
                        map.delete(bytes);
                    }
                    return unwanted;
                });
    }
}
