package dev.sluice.net.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Nothing stays open because something else could not be closed.
final class OpenedTest {

    private final List<String> closed = new ArrayList<>();
    private final Opened opened = new Opened();

    OpenedTest() {
        opened.add(() -> closed.add("first"));
        opened.add(() -> {
            closed.add("second");
            throw new IOException("stuck");
        });
        opened.add(() -> closed.add("third"));
    }

    @Test
    void allIsClosedLastFirstAndTheFailureTold() {
        assertThatThrownBy(opened::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("java.io.IOException: stuck");
        assertThat(closed).containsExactly("third", "second", "first");
        opened.close();
        assertThat(closed).as("once").hasSize(3);
    }

    @Test
    void whatFailedFirstIsWhatIsToldOf() {
        IllegalStateException reason = new IllegalStateException("no such device");
        opened.closeAfter(reason);
        assertThat(closed).containsExactly("third", "second", "first");
        assertThat(reason.getSuppressed()).singleElement().isInstanceOf(IOException.class);
    }
}
