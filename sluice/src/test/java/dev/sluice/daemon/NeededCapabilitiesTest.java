package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NeededCapabilitiesTest {

    private static final long NET_ADMIN = 1L << 12;
    private static final long NET_RAW = 1L << 13;
    private static final long SYS_ADMIN = 1L << 21;
    private static final long BPF = 1L << 39;

    @Test
    void anOrdinaryUserIsToldAllOfThem() {
        assertThat(NeededCapabilities.complaint(0L, true))
                .startsWith("it needs root, or as an ordinary user: CAP_NET_ADMIN to ")
                .contains("CAP_NET_RAW for packet sockets")
                .contains("CAP_BPF to ")
                .contains("README");
    }

    @Test
    void onlyWhatIsMissingIsNamed() {
        assertThat(NeededCapabilities.complaint(NET_ADMIN | BPF, true))
                .contains("CAP_NET_RAW")
                .doesNotContain("CAP_BPF")
                .doesNotContain("CAP_NET_ADMIN");
    }

    @Test
    void withoutBpfThereIsDirectMode() {
        assertThat(NeededCapabilities.complaint(NET_ADMIN | NET_RAW, false)).isNull();
        assertThat(NeededCapabilities.complaint(NET_ADMIN | NET_RAW, true)).contains("CAP_BPF");
    }

    @Test
    void whoHasWhatItTakesIsToldNothing() {
        assertThat(NeededCapabilities.complaint(NET_ADMIN | NET_RAW | BPF, true)).isNull();
        assertThat(NeededCapabilities.complaint(NET_ADMIN | NET_RAW | SYS_ADMIN, true)).isNull();
    }
}
