package dev.sluice.director;

import dev.sluice.director.DirectorCounters.Other;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;
import dev.sluice.wire.IcmpError;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;

import java.util.Objects;

/// Drops packets of clients and tells them, where that is allowed and there are not too many.
final class Refusals {

    private final Verdict verdict;
    private final DirectorCounters counters;
    private final Paths paths;
    private final Outbox outbox;
    private final AnswerLimit limit;
    private final int worker;
    private ServiceIndex services;

    Refusals(
            int worker,
            ServiceIndex services,
            Verdict verdict,
            DirectorCounters counters,
            Paths paths,
            Outbox outbox,
            AnswerLimit limit) {
        this.verdict = verdict;
        this.counters = counters;
        this.paths = paths;
        this.outbox = outbox;
        this.limit = limit;
        this.worker = worker;
        this.services = services;
    }

    void configure(ServiceIndex newest) {
        services = newest;
    }

    /// Drops a packet, which is as the client sent it.
    Verdict refuse(PacketView packet, DropReason reason, long nowNanos) {
        return refuse(packet, reason, /* mtuBytes= */ 0, nowNanos);
    }

    /// Drops a packet, which is as the client sent it.
    ///
    /// @param mtuBytes of TOO_BIG: what the client may send
    Verdict refuse(PacketView packet, DropReason reason, int mtuBytes, long nowNanos) {
        // A later fragment has no ports to tell its service by.
        VirtualService service = packet.isLaterFragment() ? null : services.find(packet);
        if (service != null) {
            service.tally().drop(worker, reason);
        }
        IcmpError error = reason.answer();
        if (error != null && IcmpError.isAllowedAbout(packet)) {
            count(
                    error,
                    tell(
                            packet,
                            error,
                            packet.destinationHigh(),
                            packet.destinationLow(),
                            mtuBytes,
                            nowNanos));
        }
        return verdict.drop(reason);
    }

    /// Drops a packet of a real server, and tells it from this machine's own address towards it:
    /// whom the packet is for has nothing to do with that. As in Linux the quote has gone its hop.
    Verdict refuseServer(PacketView packet, DropReason reason, long nowNanos) {
        IcmpError error = Objects.requireNonNull(reason.answer(), "an answer");
        if (IcmpError.isAllowedAbout(packet) && packet.ttl() > 1) {
            Rewrite.decrementTtl(packet);
            Address source = paths.source(packet.isIpv6(), packet.sourceHigh(), packet.sourceLow());
            count(
                    error,
                    source != null
                            && tell(packet, error, source.high(), source.low(), 0, nowNanos));
        }
        return verdict.drop(reason);
    }

    /// Tells the sender of the packet that an ICMP error quotes, from where he sent it to.
    ///
    /// @param word the second half of the ICMP header
    /// @return false if he cannot be told, or too many were told already
    boolean passOn(PacketView error, int type, int code, long word, long nowNanos) {
        Flow about = error.quote();
        boolean tooBig = word != 0;
        if (!limit.allow(
                tooBig ? IcmpError.PACKET_TOO_BIG : IcmpError.HOST_UNREACHABLE, nowNanos)) {
            return false;
        }
        Path path =
                paths.find(
                        about.isIpv6(),
                        /* sourceHigh= */ about.destinationHigh(),
                        /* sourceLow= */ about.destinationLow(),
                        /* destinationHigh= */ about.sourceHigh(),
                        /* destinationLow= */ about.sourceLow());
        if (path == null || path.isLocal()) {
            return false;
        }
        long start = outbox.room(IcmpError.MAX_IPV6_BYTES);
        int bytes =
                IcmpError.write(
                        about.isIpv6(),
                        type,
                        code,
                        word,
                        about.destinationHigh(),
                        about.destinationLow(),
                        about.sourceHigh(),
                        about.sourceLow(),
                        error.frame(),
                        error.quotedIp(),
                        (int) (error.ip() + error.length() - error.quotedIp()),
                        outbox.memory(),
                        start);
        outbox.send(path, start, bytes, about.isIpv6());
        return true;
    }

    private void count(IcmpError error, boolean told) {
        if (told) {
            counters.count(error);
        } else {
            counters.count(Other.ANSWERS_SUPPRESSED);
        }
    }

    /// @param sourceHigh with `sourceLow` who tells
    private boolean tell(
            PacketView packet,
            IcmpError error,
            long sourceHigh,
            long sourceLow,
            int mtuBytes,
            long nowNanos) {
        if (!limit.allow(error, nowNanos)) {
            return false;
        }
        Path path =
                paths.find(
                        packet.isIpv6(),
                        sourceHigh,
                        sourceLow,
                        /* destinationHigh= */ packet.sourceHigh(),
                        /* destinationLow= */ packet.sourceLow());
        if (path == null || path.isLocal()) {
            return false;
        }
        if (error == IcmpError.PACKET_TOO_BIG) {
            // Linux has counted the hop when it finds the packet too big, and quotes it so.
            Rewrite.decrementTtl(packet);
        }
        long start = outbox.room(IcmpError.MAX_IPV6_BYTES);
        int bytes = error.write(packet, sourceHigh, sourceLow, mtuBytes, outbox.memory(), start);
        outbox.send(path, start, bytes, packet.isIpv6());
        return true;
    }
}
