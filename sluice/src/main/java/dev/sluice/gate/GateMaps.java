package dev.sluice.gate;

import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Settings;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.bpf.BpfMap.Shape;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The open [Maps]: new ones, or those that an earlier director pinned.
final class GateMaps implements AutoCloseable {

    private final Map<String, BpfMap> maps;
    private final boolean adopted;

    private GateMaps(Map<String, BpfMap> maps, boolean adopted) {
        this.maps = maps;
        this.adopted = adopted;
    }

    /// New maps, not pinned.
    static GateMaps create() {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        Maps.ALL.forEach(shape -> maps.put(shape.name(), BpfMap.create(shape)));
        return new GateMaps(maps, false);
    }

    /// The maps pinned in a directory; when one is missing or has another shape, new ones.
    static GateMaps open(Path directory) {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        for (Shape shape : Maps.ALL) {
            BpfMap map = BpfMap.open(directory.resolve(shape.name()).toString(), shape);
            if (map == null) {
                maps.values().forEach(BpfMap::close);
                return create();
            }
            maps.put(shape.name(), map);
        }
        return new GateMaps(maps, true);
    }

    /// Whether they were there already.
    boolean adopted() {
        return adopted;
    }

    void pin(Path directory) {
        maps.forEach((name, map) -> map.pin(directory.resolve(name).toString()));
    }

    static List<String> names() {
        List<String> names = new ArrayList<>();
        Maps.ALL.forEach(shape -> names.add(shape.name()));
        return names;
    }

    Map<String, BpfMap> byName() {
        return maps;
    }

    BpfMap get(Shape shape) {
        return Objects.requireNonNull(maps.get(shape.name()));
    }

    void writeSettings(Settings settings) {
        get(Maps.SETTINGS).update(BpfMap.key(0), settings.bytes());
    }

    long count(Decision decision) {
        return get(Maps.COUNTERS).sum(decision.counter());
    }

    @Override
    public void close() {
        maps.values().forEach(BpfMap::close);
    }
}
