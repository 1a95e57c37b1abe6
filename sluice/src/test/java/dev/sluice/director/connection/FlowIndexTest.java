package dev.sluice.director.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The index against a map from hash to ids, newest first.
final class FlowIndexTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void findsWhatTheModelFinds(long seed) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            FlowIndex index = new FlowIndex(arena);
            Map<Integer, List<Integer>> model = new HashMap<>();
            // Few different hashes make twins; few homes make buckets overflow.
            int hashes = 1 + random.nextInt(60_000);
            int homes = seed % 2 == 0 ? 0xffff_ffff : 0xffff_ff8f;
            int nextId = 1;
            for (int step = 0; step < 120_000; step++) {
                int hash = mix(1 + random.nextInt(hashes)) & homes;
                hash = hash == 0 ? 1 : hash;
                List<Integer> ids = model.computeIfAbsent(hash, _ -> new ArrayList<>());
                boolean grow = step % 40_000 < 30_000;
                if (random.nextInt(10) < (grow ? 7 : 2)) {
                    int kind = random.nextInt(2);
                    assertThat(index.insert(hash, nextId, kind)).isTrue();
                    ids.addFirst(kind == 1 ? -nextId : nextId);
                    forgetOldest(ids, kind);
                    nextId++;
                } else if (!ids.isEmpty()) {
                    int id = ids.get(random.nextInt(ids.size()));
                    ids.removeIf(other -> other == id);
                    assertThat(index.remove(hash, Math.abs(id), id < 0 ? 1 : 0)).isTrue();
                } else {
                    assertThat(index.remove(hash, nextId, 0)).isFalse();
                }
                assertThat(found(index, hash))
                        .as("seed %d, step %d, hash %x", seed, step, hash)
                        .isEqualTo(newestFirstByKind(ids));
            }
            long entries = 0;
            for (Map.Entry<Integer, List<Integer>> entry : model.entrySet()) {
                assertThat(found(index, entry.getKey()))
                        .as("seed %d, at the end", seed)
                        .isEqualTo(newestFirstByKind(entry.getValue()));
                entries += entry.getValue().size();
            }
            assertThat(index.entries()).isEqualTo(entries);
        }
    }

    @Test
    void anEntrySurvivesEverySplit() {
        try (Arena arena = Arena.ofConfined()) {
            FlowIndex index = new FlowIndex(arena);
            int count = 400_000;
            for (int id = 1; id <= count; id++) {
                assertThat(index.insert(mix(id), id, 0)).isTrue();
            }
            for (int id = 1; id <= count; id++) {
                assertThat(FlowIndex.id(index.first(mix(id)))).isEqualTo(id);
            }
            assertThat(index.splits()).isEqualTo(index.segments() - 1);
            for (int id = 1; id <= count; id++) {
                assertThat(index.remove(mix(id), id, 0)).isTrue();
            }
            assertThat(index.entries()).isZero();
        }
    }

    @Test
    void theIndexIsNeverLessThanTwoFifthsFull() {
        try (Arena arena = Arena.ofConfined()) {
            FlowIndex index = new FlowIndex(arena);
            double worst = 1;
            double best = 0;
            for (int id = 1; id <= 2_000_000; id++) {
                index.insert(mix(id), id, 0);
                if (id > 100_000 && id % 1_000 == 0) {
                    double fill = id / (index.segments() * 4096.0);
                    worst = Math.min(worst, fill);
                    best = Math.max(best, fill);
                }
            }
            assertThat(worst).isGreaterThan(0.41);
            assertThat(best).isGreaterThan(0.63);
        }
    }

    @Test
    void theOldestOfTooManyTwinsIsForgotten() {
        try (Arena arena = Arena.ofConfined()) {
            FlowIndex index = new FlowIndex(arena);
            for (int id = 1; id <= 10_000; id++) {
                assertThat(index.insert(77, id, 1)).isTrue();
            }
            assertThat(index.entries()).isEqualTo(FlowIndex.MAX_TWINS);
            assertThat(FlowIndex.id(index.first(77))).isEqualTo(10_000);
            assertThat(index.remove(77, 1, 1)).isFalse();
            assertThat(index.segments()).isEqualTo(1);
        }
    }

    /// Kinds are kept apart: order is promised among entries of one kind only.
    private static Map<Boolean, List<Integer>> found(FlowIndex index, int hash) {
        List<Integer> ids = new ArrayList<>();
        for (long entry = index.first(hash); entry != 0; entry = index.next(hash, entry)) {
            ids.add(FlowIndex.isKind1(entry) ? -FlowIndex.id(entry) : FlowIndex.id(entry));
        }
        return newestFirstByKind(ids);
    }

    private static Map<Boolean, List<Integer>> newestFirstByKind(List<Integer> ids) {
        Map<Boolean, List<Integer>> byKind = new HashMap<>();
        for (int id : ids) {
            byKind.computeIfAbsent(id > 0, _ -> new ArrayList<>()).add(id);
        }
        return byKind;
    }

    private static void forgetOldest(List<Integer> ids, int kind) {
        List<Integer> same = ids.stream().filter(id -> id < 0 == (kind == 1)).toList();
        if (same.size() > FlowIndex.MAX_TWINS) {
            int oldest = same.getLast();
            ids.removeIf(id -> id == oldest);
        }
    }

    /// A bijection that spreads counters over all bits; never 0 for small arguments above 0.
    private static int mix(int value) {
        int x = value * 0x9e37_79b1;
        x = (x ^ x >>> 15) * 0x85eb_ca6b;
        x = (x ^ x >>> 13) * 0xc2b2_ae35;
        return x ^ x >>> 16;
    }
}
