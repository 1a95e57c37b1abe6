package dev.sluice.director.protocol;

import java.util.Arrays;
import java.util.List;

/// The TCP state machine (ipvs.md §4.1). It follows the packets of both sides without checking
/// sequence numbers, as IPVS does.
///
/// The event is the first of RST, SYN, FIN, ACK that is set in the segment; a segment with none of
/// them closes. The table is chosen by where the segment comes from: the client (INPUT), the real
/// server (OUTPUT), or the client of a connection whose replies never pass here (INPUT_ONLY), as
/// with direct routing.
public final class TcpStates {
    public static final TcpStates INPUT =
            new TcpStates(
                    """
                         NO ES SS SR FW TW CL CW LA LI SA
                    syn  SR ES ES SR SR SR SR SR SR SR SR
                    fin  CL CW SS TW TW TW CL CW LA LI TW
                    ack  ES ES SS ES FW TW CL CW CL LI ES
                    rst  CL CL CL SR CL CL CL CL LA LI SR
                    none CL CL CL CL CL CL CL CL CL CL CL
                    """);

    public static final TcpStates OUTPUT =
            new TcpStates(
                    """
                         NO ES SS SR FW TW CL CW LA LI SA
                    syn  SS ES SS SR SS SS SS SS SS LI SR
                    fin  TW FW SS TW FW TW CL TW LA LI TW
                    ack  ES ES SS ES FW TW CL CW LA ES ES
                    rst  CL CL SS CL CL TW CL CL CL CL CL
                    none CL CL CL CL CL CL CL CL CL CL CL
                    """);

    public static final TcpStates INPUT_ONLY =
            new TcpStates(
                    """
                         NO ES SS SR FW TW CL CW LA LI SA
                    syn  SR ES ES SR SR SR SR SR SR SR SR
                    fin  CL FW SS TW FW TW CL CW LA LI TW
                    ack  ES ES SS ES FW TW CL CW CL LI ES
                    rst  CL CL CL SR CL CL CL CL LA LI CL
                    none CL CL CL CL CL CL CL CL CL CL CL
                    """);

    // While `secure_tcp` is in force: a handshake counts as one when both have been heard.

    public static final TcpStates SECURE_INPUT =
            new TcpStates(
                    """
                         NO ES SS SR FW TW CL CW LA LI SA
                    syn  SR ES ES SR SR SR SR SR SR SR SA
                    fin  CL CW SS TW TW TW CL CW LA LI SA
                    ack  ES ES SS SR FW TW CL CW CL LI SA
                    rst  CL CL CL SR CL CL CL CL LA LI CL
                    none CL CL CL CL CL CL CL CL CL CL CL
                    """);

    public static final TcpStates SECURE_OUTPUT =
            new TcpStates(
                    """
                         NO ES SS SR FW TW CL CW LA LI SA
                    syn  SS ES SS SA SS SS SS SS SS LI SA
                    fin  TW FW SS TW FW TW CL TW LA LI TW
                    ack  ES ES SS ES FW TW CL CW LA ES ES
                    rst  CL CL SS CL CL TW CL CL CL CL CL
                    none CL CL CL CL CL CL CL CL CL CL CL
                    """);

    public static final TcpStates SECURE_INPUT_ONLY =
            new TcpStates(
                    """
                         NO ES SS SR FW TW CL CW LA LI SA
                    syn  SA ES ES SR SA SA SA SA SA SA SA
                    fin  CL FW SS TW FW TW CL CW LA LI TW
                    ack  ES ES SS ES FW TW CL CW CL LI ES
                    rst  CL CL CL SR CL CL CL CL LA LI CL
                    none CL CL CL CL CL CL CL CL CL CL CL
                    """);

    // The flags as they stand in the header's fourteenth byte, RFC 9293 §3.1.
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int ACK = 0x10;

    private final StateTable table;

    private TcpStates(String table) {
        this.table =
                StateTable.of(
                        table,
                        Arrays.stream(TcpState.values()).map(TcpState::abbreviation).toList(),
                        List.of("syn", "fin", "ack", "rst", "none"));
    }

    /// The state that follows `present` when a segment with these flags passes.
    public TcpState next(TcpState present, int tcpFlags) {
        return TcpState.of(table.next(event(tcpFlags).ordinal(), present.ordinal()));
    }

    private enum Event {
        SYN,
        FIN,
        ACK,
        RST,
        NONE
    }

    private static Event event(int tcpFlags) {
        if ((tcpFlags & RST) != 0) {
            return Event.RST;
        }
        if ((tcpFlags & SYN) != 0) {
            return Event.SYN;
        }
        if ((tcpFlags & FIN) != 0) {
            return Event.FIN;
        }
        if ((tcpFlags & ACK) != 0) {
            return Event.ACK;
        }
        return Event.NONE;
    }
}
