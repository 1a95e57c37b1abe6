package dev.sluice.director.scheduler;

import static dev.sluice.director.scheduler.ServiceUnderTest.scheduledBy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.RealServer;
import dev.sluice.testing.Seeded;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Set;
import java.util.SplittableRandom;

/// Edits take effect with the first pick by the edited list, and not before.
final class EditTest {

    static Set<String> schedulers() {
        return Schedulers.names();
    }

    /// Two services live the same life; in front of each pick of one, edits are computed, looked at
    /// and thrown away.
    @ParameterizedTest
    @MethodSource("schedulers")
    void anEditThatIsThrownAwayLeavesNoTrace(String scheduler) {
        Seeded.forAll(
                50,
                random -> {
                    ServiceUnderTest pensive = scheduledBy(scheduler);
                    ServiceUnderTest plain = scheduledBy(scheduler);
                    for (int step = 0; step < 200; step++) {
                        ServiceUnderTest thought = pensive.supposing();
                        for (int edits = random.nextInt(4); edits > 0; edits--) {
                            anyEdit(random, thought, 1000 + edits);
                            thought.preview();
                        }
                        if (random.nextInt(8) == 0) {
                            long edit = random.nextLong();
                            anyEdit(new SplittableRandom(edit), pensive, 11 + step);
                            anyEdit(new SplittableRandom(edit), plain, 11 + step);
                        }
                        int foreseen = pensive.preview();
                        assertThat(id(pensive.connect())).as("step %d", step).isEqualTo(foreseen);
                        assertThat(id(plain.connect())).as("step %d", step).isEqualTo(foreseen);
                    }
                });
    }

    /// Several edits without a pick between them lead where they lead one by one, whether they are
    /// published singly or together.
    @ParameterizedTest
    @MethodSource("schedulers")
    void editsPublishedTogetherAreAsGoodAsSingleOnes(String scheduler) {
        Seeded.forAll(
                50,
                random -> {
                    ServiceUnderTest singly = scheduledBy(scheduler);
                    ServiceUnderTest together = scheduledBy(scheduler);
                    for (int step = 0; step < 200; step++) {
                        for (int edits = random.nextInt(4); edits > 0; edits--) {
                            long edit = random.nextLong();
                            anyEdit(new SplittableRandom(edit), singly, 11 + 4 * step + edits);
                            singly.publish();
                            anyEdit(new SplittableRandom(edit), together, 11 + 4 * step + edits);
                        }
                        assertThat(id(together.connect()))
                                .as("step %d", step)
                                .isEqualTo(id(singly.connect()));
                    }
                });
    }

    private static void anyEdit(SplittableRandom random, ServiceUnderTest service, int newcomer) {
        int upper = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 0;
        if (service.size() < 2 || service.size() < 8 && random.nextInt(3) == 0) {
            service.add(newcomer, random.nextInt(5), upper, 0);
            return;
        }
        int server = service.serverAt(random.nextInt(service.size()));
        if (random.nextInt(3) == 0) {
            service.delete(server);
        } else {
            service.edit(server, random.nextInt(5), upper, 0);
        }
    }

    private static int id(@Nullable RealServer server) {
        return server == null ? -1 : server.id();
    }
}
