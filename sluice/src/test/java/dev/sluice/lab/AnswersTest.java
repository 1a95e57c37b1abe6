package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

final class AnswersTest {

    private static final Address CLIENT = Address.parse("10.0.0.101");

    private final Answers answers = new Answers();

    @Test
    void serversAreListedByNumber() {
        answers.add(CLIENT, "rs10");
        answers.add(CLIENT, "rs2");
        answers.add(CLIENT, "rs2");
        assertThat(answers.perServer().toString()).isEqualTo("{rs2=2, rs10=1}");
        assertThat(answers.serversOf(CLIENT)).containsExactlyInAnyOrder("rs2", "rs10");
        assertThat(answers.answered()).isEqualTo(3);
    }

    @Test
    void aReasonIsKeptOnceAndCountedAlways() {
        answers.addFailure("timed out");
        answers.addFailure("timed out");
        assertThat(answers.failed()).isEqualTo(2);
        assertThat(answers.reasons()).containsExactly("timed out");
    }
}
