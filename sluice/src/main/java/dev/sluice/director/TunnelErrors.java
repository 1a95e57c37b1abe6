package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;
import static dev.sluice.director.connection.Direction.FROM_CLIENT;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.connection.ConnectionFlags;
import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.forward.Forwarder;
import dev.sluice.director.forward.Transmission;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.RealServer;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;
import dev.sluice.wire.Icmp;
import dev.sluice.wire.Icmpv6;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv4Fragmenter;
import dev.sluice.wire.Ipv6Fragmenter;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.TunnelPacket;

/// ICMP errors about packets in which a client's packet was on its way to a tunnelled real server
/// (ipvs.md §7.6). They are sent to the director, whose packet it was; the client is told instead.
///
/// ```
///  router ──► director   about  director → real server [ client → virtual ]
///             director ──► client   from the virtual address, about  client → virtual
/// ```
///
/// *Too big* is remembered of the path first, so that already this client is told what fits now.
final class TunnelErrors {

    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final Connections connections;
    private final Transmission transmission;
    private final Refusals refusals;
    private final DirectorCounters counters;
    private final Verdict verdict;

    TunnelErrors(
            ConnectionTable table,
            Connections connections,
            Transmission transmission,
            Refusals refusals,
            DirectorCounters counters,
            Verdict verdict) {
        this.table = table;
        this.records = table.records();
        this.connections = connections;
        this.transmission = transmission;
        this.refusals = refusals;
        this.counters = counters;
        this.verdict = verdict;
    }

    /// Moves the packet's quote to the packet inside the one that is quoted, if it shows its ports.
    ///
    /// @return whether it did; otherwise the quote is as it was
    static boolean enter(PacketView error) {
        Flow outer = error.quote();
        if (!error.hasQuote()
                || error.isFragment()
                || error.quotedIsLaterFragment()
                || outer.isIpv6() != error.isIpv6()
                || outer.sourceHigh() != error.destinationHigh()
                || outer.sourceLow() != error.destinationLow()) {
            return false;
        }
        long outerIp = error.quotedIp();
        long inner =
                TunnelPacket.inner(
                        error.frame(),
                        outer.protocol(),
                        error.quotedTransport(),
                        error.quotedTransportLength());
        if (inner == TunnelPacket.NONE) {
            return false;
        }
        if (error.quoteAt(inner) && error.quotedHasPorts()) {
            return true;
        }
        error.quoteAt(outerIp);
        return false;
    }

    /// Judges an error that is about nothing else here, if it is about a tunnel packet.
    ///
    /// @return whether it is; then its verdict is given
    boolean take(PacketView error, long nowNanos, int nowTicks) {
        long outerIp = error.quotedIp();
        int protocol = error.quote().protocol();
        long high = error.quote().destinationHigh();
        long low = error.quote().destinationLow();
        int port = protocol == IpProtocol.UDP ? error.quote().destinationPort() : 0;
        if (!enter(error)) {
            return false;
        }
        int id = table.findIn(error.quote(), FROM_CLIENT);
        RealServer server = id == NONE ? null : connections.server(id);
        if (server == null || !isTunnelTo(server, id, error.isIpv6(), high, low, protocol, port)) {
            error.quoteAt(outerIp);
            return false;
        }
        if (!Rewrite.isChecksumRight(error)) {
            verdict.drop(DropReason.BAD_ICMP_CHECKSUM);
            return true;
        }
        if (isTooBig(error)) {
            int fits =
                    transmission.learnPathMtu(
                            server, Forwarder.of(records.flags(id)), mtu(error), nowTicks);
            if (mustNotBeCut(error)) {
                tellTooBig(error, fits, nowNanos);
            }
        } else {
            tell(error, nowNanos);
        }
        verdict.drop(DropReason.TUNNEL_ERROR);
        return true;
    }

    private boolean isTunnelTo(
            RealServer server, int id, boolean ipv6, long high, long low, int protocol, int port) {
        Address address = server.address();
        Encapsulation encapsulation = server.encapsulation();
        return (records.flags(id) & ConnectionFlags.METHOD) == Forwarding.TUNNEL.kernelFlag()
                && address.isIpv6() == ipv6
                && address.high() == high
                && address.low() == low
                && protocol == encapsulation.protocol(ConnectionRecords.isIpv6(id))
                && port == encapsulation.port();
    }

    private static boolean isTooBig(PacketView error) {
        return error.isIpv6()
                ? error.icmpType() == Icmpv6.PACKET_TOO_BIG
                : error.icmpType() == Icmp.DESTINATION_UNREACHABLE
                        && error.icmpCode() == Icmp.FRAGMENTATION_NEEDED;
    }

    private static int mtu(PacketView error) {
        return error.isIpv6()
                ? (int) Math.min(Icmpv6.mtu(error.frame(), error.transport()), 65535)
                : Icmp.mtu(error.frame(), error.transport());
    }

    /// Of the inner packet.
    private static boolean mustNotBeCut(PacketView error) {
        return error.quote().isIpv6()
                || (Ipv4.fragmentWord(error.frame(), error.quotedIp()) & Ipv4.DONT_FRAGMENT) != 0;
    }

    private void tellTooBig(PacketView error, int fits, long nowNanos) {
        boolean ipv6 = error.quote().isIpv6();
        int mtuBytes = Math.max(fits, ipv6 ? Ipv6Fragmenter.MIN_MTU : Ipv4Fragmenter.MIN_MTU);
        count(
                refusals.passOn(
                        error,
                        ipv6 ? Icmpv6.PACKET_TOO_BIG : Icmp.DESTINATION_UNREACHABLE,
                        ipv6 ? 0 : Icmp.FRAGMENTATION_NEEDED,
                        mtuBytes,
                        nowNanos));
    }

    /// The same error, in the words of the client's family.
    private void tell(PacketView error, long nowNanos) {
        boolean from6 = error.isIpv6();
        boolean to6 = error.quote().isIpv6();
        int type = error.icmpType();
        int code = error.icmpCode();
        if (from6 != to6) {
            boolean late = type == (from6 ? Icmpv6.TIME_EXCEEDED : Icmp.TIME_EXCEEDED);
            if (late) {
                type = to6 ? Icmpv6.TIME_EXCEEDED : Icmp.TIME_EXCEEDED;
            } else {
                type = to6 ? Icmpv6.DESTINATION_UNREACHABLE : Icmp.DESTINATION_UNREACHABLE;
                code = to6 ? Icmpv6.ADDRESS_UNREACHABLE : Icmp.HOST_UNREACHABLE;
            }
        }
        count(refusals.passOn(error, type, code, /* word= */ 0, nowNanos));
    }

    private void count(boolean told) {
        counters.count(told ? Other.TUNNEL_ERRORS_TOLD : Other.ANSWERS_SUPPRESSED);
    }
}
