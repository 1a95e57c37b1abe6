package dev.sluice.director.protocol;

import java.util.Arrays;
import java.util.List;

/// The SCTP state machine (ipvs.md §4.3). The event is the type of the packet's first chunk; types
/// without a row of their own count as DATA.
///
/// The table is chosen by where the packet comes from, as with [TcpStates].
public final class SctpStates {

    public static final SctpStates INPUT =
            new SctpStates(
                    """
                                   NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    DATA           ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    INIT           I1 IN IN CS CR CW CO CE ES SS SR SA IN IN
                    INIT_ACK       CW CW CW CS CR CO CO CE ES SS SR SA RJ CL
                    COOKIE_ECHO    CR IN IN CR CR CW CO CE ES SS SR SA RJ CL
                    COOKIE_ACK     ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL
                    SHUTDOWN       SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL
                    SHUTDOWN_ACK   CL IN IN CS CR CW CO CE ES CL SR CL RJ CL
                    SHUTDOWN_COMP  CL CL CL CS CR CW CO CE ES SS SR CL RJ CL
                    ERROR          CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL
                    ABORT          CL CL CL CL CL RJ CL CL CL CL CL CL CL CL
                    """);

    public static final SctpStates OUTPUT =
            new SctpStates(
                    """
                                   NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    DATA           ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    INIT           CW CW CW CW CW CW CW CW ES CW CW CW CW CW
                    INIT_ACK       CS CS CS CS CR CW CO CE ES SS SR SA RJ CL
                    COOKIE_ECHO    CE CE CE CE CE CE CE CE ES SS SR SA RJ CL
                    COOKIE_ACK     ES ES ES ES ES ES ES ES ES SS SR SA RJ CL
                    SHUTDOWN       SS SS SS SS SS SS SS SS SS SS SR SA RJ CL
                    SHUTDOWN_ACK   SA SA SA SA SA CW CO CE ES SA SA SA RJ CL
                    SHUTDOWN_COMP  CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    ERROR          CL CL CL CL CL CW CO CE ES SS SR SA RJ CL
                    ABORT          CL RJ CL CL CL CL CL CL CL CL CL CL CL CL
                    """);

    public static final SctpStates INPUT_ONLY =
            new SctpStates(
                    """
                                   NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    DATA           ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL
                    INIT           I1 IN IN IN IN IN CO CE ES SS SR SA IN IN
                    INIT_ACK       CE CE CE CE CE CE CO CE ES SS SR SA RJ CL
                    COOKIE_ECHO    ES ES ES ES ES ES CO CE ES SS SR SA RJ CL
                    COOKIE_ACK     ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL
                    SHUTDOWN       SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL
                    SHUTDOWN_ACK   CL IN IN CS CR CW CO CE CL CL SR CL RJ CL
                    SHUTDOWN_COMP  CL CL CL CL CL CW CO CE ES SS CL CL RJ CL
                    ERROR          CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL
                    ABORT          CL CL CL CL CL RJ CL CL CL CL CL CL CL CL
                    """);

    /// What a packet tells; the names are those of the rows.
    public enum Event {
        DATA,
        INIT,
        INIT_ACK,
        COOKIE_ECHO,
        COOKIE_ACK,
        SHUTDOWN,
        SHUTDOWN_ACK,
        SHUTDOWN_COMP,
        ERROR,
        ABORT
    }

    private final StateTable table;

    private SctpStates(String table) {
        List<String> states =
                Arrays.stream(SctpState.values()).map(SctpState::abbreviation).toList();
        List<String> events = Arrays.stream(Event.values()).map(Event::name).toList();
        this.table = StateTable.of(table, states, events);
    }

    /// The state that follows `present` when a packet that tells this passes.
    public SctpState next(SctpState present, Event event) {
        return SctpState.of(table.next(event.ordinal(), present.ordinal()));
    }
}
