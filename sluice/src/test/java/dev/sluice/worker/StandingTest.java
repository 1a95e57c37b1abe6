package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sluice.net.linux.Nice;
import dev.sluice.net.linux.RealTime;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/// Threads of the test's own ask the kernel; what it grants depends on who runs the test.
final class StandingTest {

    private static final long TENTH_NANOS = 100_000_000;

    @Test
    void saysWhatWasGranted() {
        Standing standing = new Standing(new Priority.Weighted(-10));
        int nice =
                CompletableFuture.supplyAsync(
                                () -> {
                                    standing.take(0);
                                    return Nice.get();
                                },
                                command -> Thread.ofPlatform().start(command))
                        .join();
        assertThat(standing.words()).startsWith("ordinary, nice " + nice);
        assertThat(standing.words().contains("not permitted")).isEqualTo(nice != -10);
    }

    @Test
    void whoAsksForNothingIsAsTheProcessIs() {
        Standing standing = new Standing(new Priority.Normal());
        assertThat(standing.words()).isEqualTo("not started");
        CompletableFuture.runAsync(
                        () -> standing.take(0), command -> Thread.ofPlatform().start(command))
                .join();
        assertThat(standing.words()).startsWith("ordinary, nice ").contains(", ");
    }

    @Test
    void aSpentBudgetMakesItOrdinaryUntilThereIsANewOne() {
        Standing standing = new Standing(new Priority.Immediate(1));
        List<Boolean> realTime =
                CompletableFuture.supplyAsync(
                                () -> {
                                    standing.take(0);
                                    standing.keepTo(TENTH_NANOS / 2);
                                    boolean first = RealTime.isSet();
                                    standing.keepTo(TENTH_NANOS * 9 / 10);
                                    boolean spent = RealTime.isSet();
                                    standing.keepTo(TENTH_NANOS);
                                    return List.of(first, spent, RealTime.isSet());
                                },
                                command -> Thread.ofPlatform().start(command))
                        .join();
        boolean granted = standing.isRealTime();
        assertThat(realTime).containsExactly(granted, false, granted);
        assertThat(standing.words().startsWith("real-time 1")).isEqualTo(granted);
    }

    @Test
    void aWorkerThatDoesNotComeToAnEndIsDeposed() throws InterruptedException {
        Standing standing = new Standing(new Priority.Immediate(1));
        Rounds rounds = new Rounds(() -> 0);
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread worker =
                Thread.ofPlatform()
                        .start(() -> {
                            standing.take(0);
                            rounds.begin(0);
                            taken.countDown();
                            try {
                                end.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        try {
            taken.await();
            assumeThat(standing.isRealTime()).as("real time is permitted here").isTrue();
            Watchdog watchdog = new Watchdog(List.of(new Watchdog.Watched(rounds, standing)), 2);
            watchdog.look();
            watchdog.look();
            assertThat(RealTime.isSet(standing.tid())).isTrue();
            watchdog.look();
            assertThat(RealTime.isSet(standing.tid())).isFalse();
            assertThat(standing.words()).startsWith("ordinary since");
        } finally {
            end.countDown();
            worker.join();
        }
    }

    @Test
    void aWorkerThatGoesOnKeepsWhatItHas() {
        Standing standing = new Standing(new Priority.Immediate(1));
        Rounds rounds = new Rounds(() -> 0);
        Watchdog watchdog = new Watchdog(List.of(new Watchdog.Watched(rounds, standing)), 2);
        for (int look = 0; look < 10; look++) {
            rounds.begin(look);
            watchdog.look();
        }
        assertThat(standing.words()).isEqualTo("not started");
    }
}
