package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;

import dev.sluice.director.protocol.Ipsec;
import dev.sluice.director.protocol.Transport;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Policy;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;
import dev.sluice.wire.PacketView;

/// Which worker a packet is for, where there are several: usually the one that has it. A packet
/// that belongs to a connection here stays; any other goes where [Steering] leads, and a reply
/// whose service may or may not be persistent to the other one of the two workers that it may lead
/// to.
///
/// Each packet is asked about once, by the worker that the gate gave it to. Whoever gets it from
/// another worker keeps it.
final class Ownership {

    private final int worker;
    private final Steering steering;
    private final Flows flows;
    private final Fragments fragments;
    private final Ipsec ipsec = new Ipsec();
    private ServiceIndex services;
    private Policy policy;

    Ownership(
            int worker,
            Steering steering,
            Flows flows,
            Fragments fragments,
            Configuration configuration) {
        this.worker = worker;
        this.steering = steering;
        this.flows = flows;
        this.fragments = fragments;
        services = configuration.index();
        policy = configuration.policy();
    }

    void configure(Configuration newest) {
        services = newest.index();
        policy = newest.policy();
    }

    int owner(PacketView packet, int nowTicks) {
        if (steering.workers() == 1) {
            return worker;
        }
        if (packet.isIcmpError()) {
            return ownerOfError(packet);
        }
        if (packet.isLaterFragment()) {
            int entry = fragments.find(packet, nowTicks);
            boolean elsewhere = entry >= 0 && fragments.kind(entry) == Fragments.Kind.HANDED_OVER;
            return elsewhere ? fragments.value(entry) : worker;
        }
        Flow flow = ipsec.carrying(packet.flow());
        Transport transport = Transport.of(flow.protocol());
        int owner = transport == null ? worker : ownerOfFlow(packet, flow, transport);
        if (owner != worker && packet.isFragment()) {
            fragments.remember(
                    packet, Fragments.Kind.HANDED_OVER, owner, /* generation= */ 0, nowTicks);
        }
        return owner;
    }

    private int ownerOfFlow(PacketView packet, Flow flow, Transport transport) {
        if (flows.find(packet) != NONE) {
            return worker;
        }
        VirtualService service = services.find(flow, packet.mark());
        if (service != null) {
            int port = service.isSteeredByAddress() ? 0 : flow.sourcePort();
            int owner = steer(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow(), port);
            return owner != worker || transport.begins(packet, policy)
                    ? owner
                    : otherOwnerOfSource(flow);
        }
        return services.maySendReplies(flow.sourceHigh(), flow.sourceLow())
                ? otherOwnerOfDestination(flow)
                : worker;
    }

    private int ownerOfError(PacketView packet) {
        if (flows.find(packet) != NONE) {
            return worker;
        }
        int owner = ownerOfTunnelled(packet);
        return owner >= 0 ? owner : ownerOfErrorAboutFlow(packet);
    }

    /// Of the packet inside the tunnel packet that an error quotes, or -1.
    private int ownerOfTunnelled(PacketView packet) {
        long outer = packet.quotedIp();
        if (!TunnelErrors.enter(packet)) {
            return -1;
        }
        Flow inner = packet.quote();
        VirtualService service = services.find(inner, /* mark= */ 0);
        // A mark service is not found: an error does not tell its mark.
        boolean byAddress = service != null && service.isSteeredByAddress();
        int port = byAddress ? 0 : inner.sourcePort();
        int owner = steer(inner.isIpv6(), inner.sourceHigh(), inner.sourceLow(), port);
        packet.quoteAt(outer);
        return owner;
    }

    private int ownerOfErrorAboutFlow(PacketView packet) {
        if (!Flows.isErrorAboutFlow(packet)) {
            return worker;
        }
        Flow quote = ipsec.carrying(packet.quote());
        if (services.maySendReplies(quote.destinationHigh(), quote.destinationLow())) {
            return otherOwnerOfSource(quote);
        }
        return services.maySendReplies(quote.sourceHigh(), quote.sourceLow())
                ? otherOwnerOfDestination(quote)
                : worker;
    }

    private int otherOwnerOfSource(Flow flow) {
        return otherOwner(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow(), flow.sourcePort());
    }

    private int otherOwnerOfDestination(Flow flow) {
        return otherOwner(
                flow.isIpv6(),
                flow.destinationHigh(),
                flow.destinationLow(),
                flow.destinationPort());
    }

    /// Of the two workers that may own a client's connection the one that this is not.
    private int otherOwner(boolean ipv6, long clientHigh, long clientLow, int clientPort) {
        int byPort = steer(ipv6, clientHigh, clientLow, clientPort);
        return byPort == worker ? steer(ipv6, clientHigh, clientLow, 0) : byPort;
    }

    /// Where [Steering] leads. With port 0 the address alone decides, and of it what persistent
    /// services tell clients apart by.
    private int steer(boolean ipv6, long clientHigh, long clientLow, int clientPort) {
        if (clientPort != 0) {
            return steering.worker(clientHigh, clientLow, clientPort);
        }
        Address mask = services.clientMask(ipv6);
        return steering.worker(clientHigh & mask.high(), clientLow & mask.low(), 0);
    }
}
