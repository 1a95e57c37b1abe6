package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;

final class CommandRehearsalTest {

    @Test
    void everyCommandSucceedsAndLeavesTheTableAsItWas() throws IOException {
        CommandRehearsal rehearsal = new CommandRehearsal();
        for (int time = 0; time < 3; time++) {
            assertThat(rehearsal.once()).isZero();
        }
    }

    @Test
    void withoutTimeNothingIsPlayed() throws IOException {
        assertThat(CommandRehearsal.play(0)).isZero();
    }
}
