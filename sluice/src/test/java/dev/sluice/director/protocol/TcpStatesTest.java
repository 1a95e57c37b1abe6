package dev.sluice.director.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Timeouts;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

/// Every cell of the table in ipvs.md §4.1, written here once more and column by column, so that a
/// slip in either shows.
final class TcpStatesTest {

    private static final int SYN = 0x02;
    private static final int FIN = 0x01;
    private static final int ACK = 0x10;
    private static final int RST = 0x04;
    private static final int PSH = 0x08;

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    INPUT,      NO, SR CL ES CL CL
                    INPUT,      ES, ES CW ES CL CL
                    INPUT,      SS, ES SS SS CL CL
                    INPUT,      SR, SR TW ES SR CL
                    INPUT,      FW, SR TW FW CL CL
                    INPUT,      TW, SR TW TW CL CL
                    INPUT,      CL, SR CL CL CL CL
                    INPUT,      CW, SR CW CW CL CL
                    INPUT,      LA, SR LA CL LA CL
                    INPUT,      LI, SR LI LI LI CL
                    INPUT,      SA, SR TW ES SR CL
                    OUTPUT,     NO, SS TW ES CL CL
                    OUTPUT,     ES, ES FW ES CL CL
                    OUTPUT,     SS, SS SS SS SS CL
                    OUTPUT,     SR, SR TW ES CL CL
                    OUTPUT,     FW, SS FW FW CL CL
                    OUTPUT,     TW, SS TW TW TW CL
                    OUTPUT,     CL, SS CL CL CL CL
                    OUTPUT,     CW, SS TW CW CL CL
                    OUTPUT,     LA, SS LA LA CL CL
                    OUTPUT,     LI, LI LI ES CL CL
                    OUTPUT,     SA, SR TW ES CL CL
                    INPUT_ONLY, NO, SR CL ES CL CL
                    INPUT_ONLY, ES, ES FW ES CL CL
                    INPUT_ONLY, SS, ES SS SS CL CL
                    INPUT_ONLY, SR, SR TW ES SR CL
                    INPUT_ONLY, FW, SR FW FW CL CL
                    INPUT_ONLY, TW, SR TW TW CL CL
                    INPUT_ONLY, CL, SR CL CL CL CL
                    INPUT_ONLY, CW, SR CW CW CL CL
                    INPUT_ONLY, LA, SR LA CL LA CL
                    INPUT_ONLY, LI, SR LI LI LI CL
                    INPUT_ONLY, SA, SR TW ES CL CL
                    """)
    void synFinAckRstAndNoFlagLeadOn(String name, String present, String expected) {
        TcpStates table =
                switch (name) {
                    case "INPUT" -> TcpStates.INPUT;
                    case "OUTPUT" -> TcpStates.OUTPUT;
                    default -> TcpStates.INPUT_ONLY;
                };
        List<String> next = new ArrayList<>();
        for (int flags : new int[] {SYN, FIN, ACK, RST, PSH}) {
            next.add(table.next(state(present), flags).abbreviation());
        }
        assertThat(String.join(" ", next)).isEqualTo(expected);
    }

    @Test
    void resetGoesBeforeSynBeforeFinBeforeAck() {
        TcpStates table = TcpStates.INPUT;
        assertThat(table.next(TcpState.ESTABLISHED, RST | SYN | FIN | ACK))
                .isEqualTo(TcpState.CLOSE);
        assertThat(table.next(TcpState.NONE, SYN | FIN | ACK)).isEqualTo(TcpState.SYN_RECV);
        assertThat(table.next(TcpState.ESTABLISHED, FIN | ACK)).isEqualTo(TcpState.CLOSE_WAIT);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    NO, NONE,        2,   false
                    ES, ESTABLISHED, 900, true
                    SS, SYN_SENT,    120, true
                    SR, SYN_RECV,    60,  true
                    FW, FIN_WAIT,    120, false
                    TW, TIME_WAIT,   120, false
                    CL, CLOSE,       10,  false
                    CW, CLOSE_WAIT,  60,  false
                    LA, LAST_ACK,    30,  false
                    LI, LISTEN,      120, false
                    SA, SYNACK,      120, true
                    """)
    void eachStateHasItsNameTimeoutAndActivity(
            String abbreviation, String name, int seconds, boolean active) {
        TcpState state = state(abbreviation);
        assertThat(state.name()).isEqualTo(name);
        assertThat(seconds(state, Timeouts.DEFAULT)).isEqualTo(seconds);
        assertThat(state.isActive()).isEqualTo(active);
    }

    @Test
    void theSetTimeoutsApplyToEstablishedAndFinWait() {
        Timeouts timeouts = new Timeouts(30, 5, 60);
        assertThat(seconds(TcpState.ESTABLISHED, timeouts)).isEqualTo(30);
        assertThat(seconds(TcpState.FIN_WAIT, timeouts)).isEqualTo(5);
        assertThat(seconds(TcpState.TIME_WAIT, timeouts)).isEqualTo(120);
    }

    private static int seconds(TcpState state, Timeouts timeouts) {
        return Tcp.TCP.timeoutSeconds(state.ordinal(), timeouts);
    }

    private static TcpState state(String abbreviation) {
        for (TcpState state : TcpState.values()) {
            if (state.abbreviation().equals(abbreviation)) {
                return state;
            }
        }
        throw new AssertionError(abbreviation);
    }
}
