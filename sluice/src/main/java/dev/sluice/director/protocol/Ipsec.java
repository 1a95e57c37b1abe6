package dev.sluice.director.protocol;

import dev.sluice.wire.Flow;
import dev.sluice.wire.IpProtocol;

/// AH and ESP (ipvs.md §4.4). They have no ports and no state here, and begin no connection: they
/// follow the UDP connection of the key exchange between the same two hosts (RFC 7296 §2).
public final class Ipsec {

    /// Where keys are exchanged, on both sides.
    private static final int EXCHANGE_PORT = 500;

    private final Flow exchange = new Flow();

    public static boolean is(int protocol) {
        return protocol == IpProtocol.ESP || protocol == IpProtocol.AH;
    }

    /// The flow whose connection a packet of this flow belongs to: its own, or that of the key
    /// exchange. Holds until the next call.
    public Flow carrying(Flow flow) {
        return is(flow.protocol())
                ? exchange.of(flow.isIpv6(), IpProtocol.UDP)
                        .from(flow.sourceHigh(), flow.sourceLow(), EXCHANGE_PORT)
                        .to(flow.destinationHigh(), flow.destinationLow(), EXCHANGE_PORT)
                : flow;
    }
}
