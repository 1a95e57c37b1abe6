package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PriorityTest {

    @Test
    void isReadAsItIsWritten() {
        assertThat(Priority.parse("auto")).isEqualTo(new Priority.Automatic());
        assertThat(Priority.parse("normal")).isEqualTo(new Priority.Normal());
        assertThat(Priority.parse("nice:-20")).isEqualTo(new Priority.Weighted(-20));
        assertThat(Priority.parse("nice:19")).isEqualTo(new Priority.Weighted(19));
        assertThat(Priority.parse("realtime")).isEqualTo(new Priority.Immediate(1));
        assertThat(Priority.parse("realtime:98")).isEqualTo(new Priority.Immediate(98));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nice",
                "nice:",
                "nice:20",
                "nice:-21",
                "realtime:0",
                "realtime:99",
                "auto:1",
                "normal:2",
                "high",
                "realtime:1 "
            })
    void anythingElseIsRefusedWithWhatThereIs(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Priority.parse(text))
                .withMessageContaining("nice:N (-20 to 19)")
                .withMessageEndingWith("not '" + text + "'");
    }
}
