package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import static java.time.Duration.ofSeconds;

import dev.sluice.director.service.RealServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Sequences of ipvs.md §5.2 and §13, seen on Linux 6.1. Before the bar: the first pass, at level
/// 1, which adding servers one by one leads to.
final class WeightedRoundRobinTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ':',
            textBlock =
                    """
                    5 3 2    : 13 12 11 | 11 11 12 11 13 12 11 13 12 11 | 11 11 12
                    4 3 2    : 13 12 11 | 11 12 11 13 12 11 13 12 11 | 11
                    1 1 1    : 13 12 11 13 12 11
                    10 20 30 : 13 12 11 | 13 13 12 13 12 11 | 13
                    3 0 1    : 13 11 | 11 11 13 11 | 11 11 13 11
                    6 4 2    : 13 12 11 | 11 12 11 13 12 11 | 11
                    2 3      : 12 11 | 12 12 11 12 11 | 12 12
                    7        : 11 11 11
                    0 0      : - -
                    """)
    void serversComeUpAsOftenAsTheyWeigh(String weights, String picks) {
        scheduledBy("wrr").weights(numbers(weights)).picks(picks);
    }

    @Test
    void aHeavyServerIsPickedManyTimesInARow() {
        List<String> cycle = new ArrayList<>(List.of("12", "11"));
        cycle.addAll(Collections.nCopies(99, "11"));
        String twice = String.join(" ", cycle) + " " + String.join(" ", cycle);
        scheduledBy("wrr").weights(100, 1).picks(twice);
    }

    @Test
    void switchedToOverPresentServersItBeginsAtTheHighestLevel() {
        scheduledBy("rr")
                .weights(5, 3, 2)
                .switchTo("wrr")
                .picks("11 11 12 11 13 12 11 13 12 11 | 11 11 12");
    }

    @Test
    void aNewWeightBeginsANewPassAtTheSameLevel() {
        scheduledBy("wrr")
                .weights(5, 3, 2)
                .picks("13 12 11 11")
                .edit(12, 4)
                .picks("11 12 11 12 11 13 12 11 13 12 11 11");
        scheduledBy("wrr")
                .weights(4, 2)
                .picks("12 11")
                .edit(12, 3)
                .picks("12 11 11 12 11 12 11 12 11");
    }

    @Test
    void aDeletionLowersTheLevel() {
        scheduledBy("wrr")
                .weights(5, 3, 2)
                .picks("13 12 11 11 11")
                .delete(11)
                .picks("12 13 12 13 12 12 13 12");
    }

    @Test
    void aNewServerIsMetFirstAtThePresentLevel() {
        scheduledBy("wrr")
                .weights(5, 3, 2)
                .picks("13 12 11")
                .add(14, 6)
                .picks("14 13 12 11 14 14 11 14 11 14 12 11 14 13 12 11 14 13");
    }

    @Test
    void anOverloadedServerIsPassedOver() {
        scheduledBy("wrr")
                .add(11, 5, 2, 0)
                .add(12, 3)
                .add(13, 2)
                .picks("13 12 11 11 12 13 12 13 12 12 13 12");
    }

    @Test
    void nobodyIsPickedWhenAllAreFull() {
        scheduledBy("wrr").add(11, 5, 2, 0).add(12, 3, 2, 0).picks("12 11 11 12 - - -");
    }

    @Test
    void levelsThatNobodyReachesCostNoTime() {
        assertTimeoutPreemptively(
                ofSeconds(5),
                () ->
                        scheduledBy("wrr")
                                .add(11, Integer.MAX_VALUE, 1, 0)
                                .add(12, 1)
                                .picks("12 11 12 12 12 12"));
    }

    /// The leap over empty levels must not change what is picked: a literal transcription of the
    /// rules in ipvs.md §5.2, level by level, is the model.
    @Test
    void leapingPicksWhatGoingLevelByLevelPicks() {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            ServiceUnderTest service = scheduledBy("wrr");
            LevelByLevel model = new LevelByLevel();
            for (int id = 11; id < 11 + 1 + random.nextInt(5); id++) {
                int weight = random.nextInt(4) == 0 ? 0 : random.nextInt(1, 40);
                int upper = random.nextInt(3) == 0 ? random.nextInt(1, 30) : 0;
                service.add(id, weight, upper, 0);
                model.list.addFirst(new LevelByLevel.Server(id, weight, upper));
                model.recompute();
            }
            for (int step = 0; step < 150; step++) {
                if (random.nextInt(25) == 0) {
                    LevelByLevel.Server any = model.list.get(random.nextInt(model.list.size()));
                    any.weight = random.nextInt(40);
                    service.edit(any.id, any.weight);
                    model.recompute();
                }
                RealServer picked = service.connect();
                assertThat(picked == null ? -1 : picked.id())
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(model.pick());
            }
        }
    }

    private static int[] numbers(String text) {
        return Stream.of(text.strip().split(" +", -1)).mapToInt(Integer::parseInt).toArray();
    }

    private static final class LevelByLevel {
        static final class Server {
            final int id;
            final int upper;
            int weight;
            int connections;

            Server(int id, int weight, int upper) {
                this.id = id;
                this.weight = weight;
                this.upper = upper;
            }

            boolean isOverloaded() {
                return upper != 0 && connections >= upper;
            }
        }

        final List<Server> list = new ArrayList<>();
        int last = -1;
        int level;
        int highest;
        int step = 1;

        void recompute() {
            int divisor = 0;
            int maximum = 0;
            for (Server server : list) {
                maximum = Math.max(maximum, server.weight);
                for (int a = server.weight, rest; a != 0; a = rest) {
                    rest = divisor % a;
                    divisor = a;
                }
            }
            step = Math.max(1, divisor);
            highest = maximum - (step - 1);
            last = -1;
            if (level > highest || level == 0) {
                level = highest;
            } else if (step > 1) {
                level = level / step * step + 1;
            }
        }

        int pick() {
            if (highest == 0) {
                return -1;
            }
            int begin = last;
            boolean restarted = false;
            boolean lowest = false;
            int stop = -1;
            for (int from = last; ; from = -1) {
                for (int i = from + 1; i < list.size(); i++) {
                    Server server = list.get(i);
                    if (!server.isOverloaded() && server.weight >= level) {
                        last = i;
                        server.connections++;
                        return server.id;
                    }
                    if (i == stop) {
                        return -1;
                    }
                }
                level -= step;
                if (level <= 0) {
                    level = highest;
                    if (lowest || begin == -1) {
                        return -1;
                    }
                    restarted = true;
                }
                lowest = level <= step;
                if (lowest && restarted && begin != -1) {
                    stop = begin;
                }
            }
        }
    }
}
