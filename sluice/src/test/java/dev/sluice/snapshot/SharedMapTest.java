package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

final class SharedMapTest {

    /// Many keys share a hash code.
    private record Key(int number) {
        @Override
        public int hashCode() {
            return number % 97;
        }
    }

    private record Change(@Nullable Integer before, @Nullable Integer after) {}

    private record Snapshot(SharedMap<Key, Integer> map, Map<Key, Integer> model) {}

    @Test
    void everySnapshotIsWhatAMapWasAtItsTime() {
        Seeded.forAll(
                30,
                random -> {
                    List<Snapshot> snapshots = life(random);
                    for (Snapshot each : snapshots) {
                        assertThat(contents(each.map)).isEqualTo(each.model);
                        assertThat(each.map.size()).isEqualTo(each.model.size());
                        assertThat(each.map.isEmpty()).isEqualTo(each.model.isEmpty());
                        for (int number = 0; number < 2000; number += 7) {
                            Key key = new Key(number);
                            assertThat(each.map.get(key)).isEqualTo(each.model.get(key));
                        }
                    }
                });
    }

    @Test
    void differencesAreThoseOfTheModels() {
        Seeded.forAll(
                30,
                random -> {
                    List<Snapshot> snapshots = life(random);
                    for (int i = 0; i < 20; i++) {
                        Snapshot before = snapshots.get(random.nextInt(snapshots.size()));
                        Snapshot after = snapshots.get(random.nextInt(snapshots.size()));
                        Map<Key, Change> told = new HashMap<>();
                        SharedMap.differences(
                                before.map,
                                after.map,
                                (key, old, fresh) ->
                                        assertThat(told.put(key, new Change(old, fresh)))
                                                .as("told once")
                                                .isNull());
                        assertThat(told).isEqualTo(differences(before.model, after.model));
                    }
                });
    }

    @Test
    void aChangeTouchesNothingElse() {
        SharedMap<Integer, String> map = SharedMap.empty();
        for (int i = 0; i < 100_000; i++) {
            map = map.with(i, "v");
        }
        SharedMap<Integer, String> edited = map.with(77_777, "other");
        int[] looked = {0};
        SharedMap.differences(map, edited, (_, _, _) -> looked[0]++);
        assertThat(looked[0]).isEqualTo(1);
        assertThat(map.get(77_777)).isEqualTo("v");
        assertThat(map.with(5, "v")).as("equal, not the same").isNotNull();
        assertThat(map.without(-1)).as("nothing to take away").isSameAs(map);
    }

    @Test
    void anArrayGrowsWithItsIndexesAndIsNullElsewhere() {
        SharedArray<String> array = SharedArray.empty();
        assertThat(array.limit()).isZero();
        assertThat(array.get(0)).isNull();
        assertThat(array.get(-1)).isNull();
        SharedArray<String> one = array.with(3, "three");
        SharedArray<String> two = one.with(70_000, "far");
        assertThat(one.get(70_000)).isNull();
        assertThat(two.get(70_000)).isEqualTo("far");
        assertThat(two.get(3)).isEqualTo("three");
        assertThat(two.get(300)).isNull();
        assertThat(two.limit()).isBetween(70_001, 70_001 + 256);
        assertThat(two.with(3, "three")).isSameAs(two);
        List<Integer> changed = new ArrayList<>();
        SharedArray.differences(one, two.with(4, "four"), (index, _, _) -> changed.add(index));
        assertThat(changed).containsExactly(4, 70_000);
    }

    /// Grows, is changed, and shrinks again.
    private static List<Snapshot> life(SplittableRandom random) {
        List<Snapshot> snapshots = new ArrayList<>();
        SharedMap<Key, Integer> map = SharedMap.empty();
        Map<Key, Integer> model = new HashMap<>();
        for (int step = 0; step < 4000; step++) {
            boolean growing = step < 2000;
            Key key = new Key(random.nextInt(2000));
            if (random.nextInt(4) == 0 ^ growing) {
                int value = random.nextInt(3);
                map = map.with(key, value);
                model.put(key, value);
            } else {
                map = map.without(key);
                model.remove(key);
            }
            if (step % 200 == 0) {
                snapshots.add(new Snapshot(map, new HashMap<>(model)));
            }
        }
        for (Key key : List.copyOf(model.keySet())) {
            map = map.without(key);
        }
        snapshots.add(new Snapshot(map, Map.of()));
        return snapshots;
    }

    private static Map<Key, Integer> contents(SharedMap<Key, Integer> map) {
        Map<Key, Integer> contents = new HashMap<>();
        map.forEach((key, value) -> assertThat(contents.put(key, value)).isNull());
        return contents;
    }

    private static Map<Key, Change> differences(Map<Key, Integer> before, Map<Key, Integer> after) {
        Map<Key, Change> differences = new HashMap<>();
        for (int number = 0; number < 2000; number++) {
            Key key = new Key(number);
            if (!Objects.equals(before.get(key), after.get(key))) {
                differences.put(key, new Change(before.get(key), after.get(key)));
            }
        }
        return differences;
    }
}
