package dev.sluice.health.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testing.Seeded;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// keepalived.md §5.3 to 5.8, with the numbers and words of the recorded runs.
final class PoolTest {

    private static final Load AS_CONFIGURED = Load.asConfigured();

    private static PoolRules.Member member(
            int number, long weight, boolean isInhibited, int checks) {
        return new PoolRules.Member(
                "R" + number, weight, isInhibited, Collections.nCopies(checks, false));
    }

    private static Pool pool(
            long quorum, long hysteresis, boolean hasSorryServer, long... weights) {
        List<PoolRules.Member> members = new ArrayList<>();
        for (long weight : weights) {
            members.add(member(members.size() + 1, weight, false, 1));
        }
        return new Pool(
                new PoolRules(
                        "V",
                        members,
                        quorum,
                        hysteresis,
                        hasSorryServer ? new PoolRules.SorryServer("S", false) : null));
    }

    private static List<String> words(List<Note> notes) {
        return notes.stream()
                .map(note ->
                        switch (note) {
                            case Note.Say(String line) -> line;
                            case Note.Server(int member, boolean isUp) ->
                                    "R" + (member + 1) + (isUp ? " up" : " down");
                            case Note.Quorum(boolean isHeld) ->
                                    isHeld ? "quorum up" : "quorum down";
                        })
                .toList();
    }

    private static List<String> fails(Pool pool, int member) {
        return words(pool.found(member, 0, false, AS_CONFIGURED));
    }

    private static List<String> passes(Pool pool, int member) {
        return words(pool.found(member, 0, true, AS_CONFIGURED));
    }

    /// Statement 19, and the worked example of §5.4.
    @Test
    void quorum() {
        Pool pool = pool(2, 1, true, 1, 1, 1);
        assertThat(words(pool.started()))
                .containsExactly("Gained quorum 2+1=3 <= 3 for VS V", "quorum up");
        assertThat(fails(pool, 0)).containsExactly("Removing service R1 from VS V", "R1 down");
        assertThat(fails(pool, 1)).containsExactly("Removing service R2 from VS V", "R2 down");
        assertThat(pool.sorryServer()).isEqualTo(Standing.OUT);
        assertThat(fails(pool, 2))
                .containsExactly(
                        "Removing service R3 from VS V",
                        "R3 down",
                        "Lost quorum 2-1=1 > 0 for VS V",
                        "Adding sorry server S to VS V",
                        "Removing alive servers from the pool for VS V",
                        "quorum down");
        assertThat(pool.sorryServer()).isEqualTo(Standing.IN);
        assertThat(passes(pool, 0)).containsExactly("Adding service R1 to VS V", "R1 up");
        assertThat(pool.standing(0)).isEqualTo(Standing.OUT);
        passes(pool, 1);
        assertThat(passes(pool, 2))
                .containsExactly(
                        "Adding service R3 to VS V",
                        "R3 up",
                        "Gained quorum 2+1=3 <= 3 for VS V",
                        "Removing sorry server S from VS V",
                        "Adding alive servers to the pool for VS V",
                        "quorum up");
        assertThat(pool.standing(0)).isEqualTo(Standing.IN);
        assertThat(pool.sorryServer()).isEqualTo(Standing.OUT);
    }

    @Test
    void withoutASorryServerAMissingQuorumLeavesTheServersInTheTable() {
        Pool pool = pool(3, 0, false, 1, 1, 1);
        assertThat(fails(pool, 0)).contains("Lost quorum 3-0=3 > 2 for VS V", "quorum down");
        assertThat(pool.standing(1)).isEqualTo(Standing.IN);
        assertThat(pool.standing(0)).isEqualTo(Standing.OUT);
    }

    /// Statement 20, as far as it concerns the table.
    @Test
    void inhibit() {
        Pool pool =
                new Pool(
                        new PoolRules(
                                "V",
                                List.of(member(1, 5, true, 1), member(2, 5, false, 1)),
                                1,
                                0,
                                null));
        assertThat(fails(pool, 0)).containsExactly("Disabling service R1 from VS V", "R1 down");
        assertThat(pool.standing(0)).isEqualTo(Standing.QUIESCED);
        assertThat(passes(pool, 0)).containsExactly("Enabling service R1 to VS V", "R1 up");
        assertThat(pool.standing(0)).isEqualTo(Standing.IN);
    }

    /// Statement 21: MISC exit 52 → weight 50; 0 → configured; 2 → weight 0 and still in the table.
    @Test
    void dynamicWeight() {
        Pool pool = pool(1, 0, false, 10, 10);
        assertThat(words(pool.found(0, 0, true, new Load.Weight(50))))
                .containsExactly("Changing weight from 10 to 50 for active service R1 of VS V");
        assertThat(pool.standing(0)).isEqualTo(new Standing(true, 50));
        assertThat(words(pool.found(0, 0, true, AS_CONFIGURED)))
                .containsExactly("Changing weight from 50 to 10 for active service R1 of VS V");
        assertThat(pool.standing(0)).isEqualTo(Standing.IN);
        pool.found(0, 0, true, new Load.Weight(0));
        assertThat(pool.standing(0)).isEqualTo(Standing.QUIESCED);
        assertThat(pool.isAlive(0)).isTrue();
        assertThat(pool.sum()).isEqualTo(10);
    }

    @Test
    void contributionsAddUpAndAreClamped() {
        Pool pool = new Pool(new PoolRules("V", List.of(member(1, 10, false, 2)), 1, 0, null));
        pool.found(0, 0, true, new Load.Weight(50));
        pool.found(0, 1, true, new Load.More(-20));
        assertThat(pool.weight(0)).isEqualTo(30);
        pool.found(0, 1, true, new Load.More(-1000));
        assertThat(pool.weight(0)).isZero();
        assertThat(pool.isAlive(0)).isTrue();
        pool.found(0, 1, true, new Load.More(1L << 40));
        assertThat(pool.weight(0)).isEqualTo(Integer.MAX_VALUE);
        pool.found(0, 1, true, new Load.More(-2_147_483_700L));
        assertThat(pool.isAlive(0)).isFalse();
    }

    @Test
    void severalChecksAreAnAnd() {
        Pool pool = new Pool(new PoolRules("V", List.of(member(1, 1, false, 2)), 1, 0, null));
        assertThat(words(pool.found(0, 0, false, AS_CONFIGURED))).contains("R1 down");
        assertThat(pool.found(0, 1, false, AS_CONFIGURED)).isEmpty();
        assertThat(pool.found(0, 0, true, AS_CONFIGURED)).isEmpty();
        assertThat(words(pool.found(0, 1, true, AS_CONFIGURED))).contains("R1 up");
    }

    @Test
    void alphaStartsOutsideAndTheSorryServerIsInAtOnce() {
        PoolRules.Member alpha = new PoolRules.Member("R1", 1, false, List.of(true));
        PoolRules.Member inhibited = new PoolRules.Member("R2", 1, true, List.of(true));
        PoolRules.SorryServer sorry = new PoolRules.SorryServer("S", false);
        Pool pool = new Pool(new PoolRules("V", List.of(alpha, inhibited), 1, 0, sorry));
        assertThat(words(pool.started())).containsExactly("Starting with quorum down for VS V");
        assertThat(pool.standing(0)).isEqualTo(Standing.OUT);
        assertThat(pool.standing(1)).isEqualTo(Standing.QUIESCED);
        assertThat(pool.sorryServer()).isEqualTo(Standing.IN);
        passes(pool, 1);
        assertThat(pool.sorryServer()).isEqualTo(Standing.OUT);
        assertThat(pool.standing(0)).isEqualTo(Standing.OUT);
    }

    @Test
    void aQuorumThatHysteresisPutsOutOfReachIsNeverGained() {
        Pool pool = pool(5, 2, false, 3, 3);
        assertThat(pool.hasQuorum()).isFalse();
        fails(pool, 0);
        passes(pool, 0);
        assertThat(pool.hasQuorum()).isFalse();
    }

    @Test
    void anInhibitedSorryServerWaitsInTheTableWithoutClients() {
        PoolRules rules =
                new PoolRules(
                        "V",
                        List.of(member(1, 1, false, 1)),
                        1,
                        0,
                        new PoolRules.SorryServer("S", true));
        Pool pool = new Pool(rules);
        assertThat(pool.sorryServer()).isEqualTo(Standing.QUIESCED);
        fails(pool, 0);
        assertThat(pool.sorryServer()).isEqualTo(Standing.IN);
    }

    /// A pool after any results is what the results say, whatever their order; a client never meets
    /// an empty table while there is a sorry server or a server that works.
    @Test
    void anyResultsLeadToWhatTheRulesSay() {
        Seeded.forAll(
                1_000,
                random -> {
                    int count = 1 + random.nextInt(5);
                    long[] weights = new long[count];
                    long total = 0;
                    for (int i = 0; i < count; i++) {
                        weights[i] = random.nextInt(4);
                        total += weights[i];
                    }
                    long quorum = 1L + random.nextInt((int) Math.max(1, total));
                    long hysteresis = random.nextInt((int) quorum);
                    boolean hasSorryServer = random.nextBoolean();
                    Pool pool = pool(quorum, hysteresis, hasSorryServer, weights);
                    @Nullable Boolean told = pool.hasQuorum();
                    for (int i = 0; i < 200; i++) {
                        int member = random.nextInt(count);
                        long change = random.nextInt(5) - 2L;
                        for (Note note :
                                pool.found(
                                        member, 0, random.nextBoolean(), new Load.More(change))) {
                            if (note instanceof Note.Quorum(boolean isHeld)) {
                                assertThat(isHeld).isNotEqualTo(told);
                                told = isHeld;
                            }
                        }
                        assertThat(told).isEqualTo(pool.hasQuorum());
                        hold(pool, quorum, hysteresis);
                    }
                });
    }

    private static void hold(Pool pool, long quorum, long hysteresis) {
        long sum = pool.sum();
        if (sum >= quorum + hysteresis) {
            assertThat(pool.hasQuorum()).isTrue();
        }
        if (sum == 0 || sum < quorum - hysteresis) {
            assertThat(pool.hasQuorum()).isFalse();
        }
        boolean isServed = pool.sorryServer().isIn();
        boolean works = false;
        for (int i = 0; i < pool.rules().members().size(); i++) {
            isServed |= pool.standing(i).isIn();
            works |= pool.isAlive(i);
        }
        if (works || pool.rules().sorryServer() != null) {
            assertThat(isServed).isTrue();
        }
    }
}
