package dev.sluice.wire;

/// Changes to a parsed packet, in place: the bytes, every checksum that covers them, and the facts
/// in the view.
///
/// Checksums are updated, not computed anew (RFC 1624): a wrong one stays wrong, so that the end
/// host still notices, and a payload of any size costs nothing. Only SCTP, whose CRC32c has no such
/// arithmetic, is summed again when a port changes.
///
/// A partial transport checksum ([PacketView#isChecksumPartial]) is the sum of the pseudo-header: a
/// new address is added into it, while ports and payload do not touch it.
///
/// Of the pieces of a fragmented packet only the first has ports and the transport checksum. It is
/// updated there although the packet is incomplete; the other pieces change their addresses.
public final class Rewrite {

    private Rewrite() {}

    /// Gives the packet another source. Without ports ([PacketView#hasPorts]) the port is ignored.
    public static void source(PacketView packet, long high, long low, int port) {
        int addressDifference =
                Checksum.difference(packet.flow.sourceHigh, packet.flow.sourceLow, high, low);
        packet.flow.sourceHigh = high;
        packet.flow.sourceLow = low;
        if (packet.flow.ipv6) {
            Ipv6.source(packet.frame, packet.ip, high, low);
        } else {
            Ipv4.source(packet.frame, packet.ip, low);
            adjustIpv4Header(packet, addressDifference);
        }
        int portBefore = packet.flow.sourcePort;
        if (packet.ports) {
            packet.flow.sourcePort = port;
            Bytes.u16(packet.frame, packet.transport, port);
        }
        adjustTransport(packet, addressDifference, portBefore, packet.flow.sourcePort);
    }

    /// Gives the packet another destination. Without ports the port is ignored.
    public static void destination(PacketView packet, long high, long low, int port) {
        int addressDifference =
                Checksum.difference(
                        packet.flow.destinationHigh, packet.flow.destinationLow, high, low);
        packet.flow.destinationHigh = high;
        packet.flow.destinationLow = low;
        if (packet.flow.ipv6) {
            Ipv6.destination(packet.frame, packet.ip, high, low);
        } else {
            Ipv4.destination(packet.frame, packet.ip, low);
            adjustIpv4Header(packet, addressDifference);
        }
        int portBefore = packet.flow.destinationPort;
        if (packet.ports) {
            packet.flow.destinationPort = port;
            Bytes.u16(packet.frame, packet.transport + 2, port);
        }
        adjustTransport(packet, addressDifference, portBefore, packet.flow.destinationPort);
    }

    /// Takes one from the time to live or hop limit, which must not be 0.
    public static void decrementTtl(PacketView packet) {
        int ttl = packet.ttl();
        if (packet.flow.ipv6) {
            Ipv6.hopLimit(packet.frame, packet.ip, ttl - 1);
        } else {
            Ipv4.ttl(packet.frame, packet.ip, ttl - 1);
            // The time to live is the high byte of its word.
            adjustIpv4Header(packet, Checksum.difference(ttl << 8, (ttl - 1) << 8));
        }
    }

    /// Gives the packet quoted in an ICMP error another source. The quoted header checksum and the
    /// ICMP checksum follow; the quoted transport checksum stays what it was, most often it is not
    /// even there. Only if [PacketView#hasQuote], and `high` and `low` of the quote's family.
    public static void quotedSource(PacketView packet, long high, long low, int port) {
        int difference =
                Checksum.difference(packet.quote.sourceHigh, packet.quote.sourceLow, high, low);
        packet.quote.sourceHigh = high;
        packet.quote.sourceLow = low;
        if (packet.quote.ipv6) {
            Ipv6.source(packet.frame, packet.quotedIp, high, low);
        } else {
            Ipv4.source(packet.frame, packet.quotedIp, low);
        }
        int portBefore = packet.quote.sourcePort;
        if (packet.quotedPorts) {
            packet.quote.sourcePort = port;
            Bytes.u16(packet.frame, packet.quotedTransport, port);
        }
        int portDifference = Checksum.difference(portBefore, packet.quote.sourcePort);
        adjustQuote(packet, difference, portDifference);
    }

    /// Gives the packet quoted in an ICMP error another destination; see [#quotedSource].
    public static void quotedDestination(PacketView packet, long high, long low, int port) {
        int difference =
                Checksum.difference(
                        packet.quote.destinationHigh, packet.quote.destinationLow, high, low);
        packet.quote.destinationHigh = high;
        packet.quote.destinationLow = low;
        if (packet.quote.ipv6) {
            Ipv6.destination(packet.frame, packet.quotedIp, high, low);
        } else {
            Ipv4.destination(packet.frame, packet.quotedIp, low);
        }
        int portBefore = packet.quote.destinationPort;
        if (packet.quotedPorts) {
            packet.quote.destinationPort = port;
            Bytes.u16(packet.frame, packet.quotedTransport + 2, port);
        }
        int portDifference = Checksum.difference(portBefore, packet.quote.destinationPort);
        adjustQuote(packet, difference, portDifference);
    }

    /// Whether the transport checksum is right. True for one that is partial, for UDP without one,
    /// for protocols whose checksum is not known here, and for fragments, which show only a part of
    /// what it covers.
    public static boolean isChecksumRight(PacketView packet) {
        if (packet.partialChecksum || packet.fragment) {
            return true;
        }
        return switch (packet.flow.protocol) {
            case IpProtocol.UDP ->
                    Udp.checksum(packet.frame, packet.transport) == 0
                            || transportChecksum(packet) == 0;
            case IpProtocol.TCP -> transportChecksum(packet) == 0;
            case IpProtocol.ICMP, IpProtocol.ICMPV6 ->
                    !packet.isIcmp() || transportChecksum(packet) == 0;
            case IpProtocol.SCTP ->
                    Sctp.checksum(packet.frame, packet.transport) == sctpChecksum(packet);
            default -> true;
        };
    }

    /// Computes the transport checksum from scratch and writes it: for UDP that had none, for a
    /// partial checksum that has to become a whole one (which it then is), for a message just made.
    /// Does nothing to a fragment, which shows only a part of what the checksum covers.
    public static void fillChecksum(PacketView packet) {
        if (packet.fragment) {
            return;
        }
        long transport = packet.transport;
        switch (packet.flow.protocol) {
            case IpProtocol.TCP -> {
                Tcp.checksum(packet.frame, transport, 0);
                Tcp.checksum(packet.frame, transport, transportChecksum(packet));
            }
            case IpProtocol.UDP -> {
                Udp.checksum(packet.frame, transport, 0);
                Udp.computedChecksum(packet.frame, transport, transportChecksum(packet));
            }
            case IpProtocol.SCTP -> Sctp.checksum(packet.frame, transport, sctpChecksum(packet));
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
                if (packet.isIcmp()) {
                    Icmp.checksum(packet.frame, transport, 0);
                    Icmp.checksum(packet.frame, transport, transportChecksum(packet));
                }
            }
            default -> {}
        }
        packet.partialChecksum = false;
    }

    private static void adjustIpv4Header(PacketView packet, int difference) {
        int checksum = Ipv4.checksum(packet.frame, packet.ip);
        Ipv4.checksum(packet.frame, packet.ip, Checksum.apply(checksum, difference));
    }

    private static void adjustTransport(
            PacketView packet, int addressDifference, int portBefore, int portAfter) {
        if (packet.laterFragment) {
            return;
        }
        int portDifference = Checksum.difference(portBefore, portAfter);
        switch (packet.flow.protocol) {
            case IpProtocol.TCP -> adjust(packet, Tcp.CHECKSUM, addressDifference, portDifference);
            case IpProtocol.UDP -> adjustUdp(packet, addressDifference, portDifference);
            case IpProtocol.SCTP -> {
                // The checksum does not cover addresses. The kernel cannot finish a partial one
                // for us: it would write an Internet checksum.
                if (portBefore != portAfter || packet.partialChecksum) {
                    fillChecksum(packet);
                }
            }
            case IpProtocol.ICMPV6 -> {
                if (packet.flow.ipv6) {
                    adjust(packet, Icmp.CHECKSUM, addressDifference, portDifference);
                }
            }
            default -> {}
        }
    }

    private static void adjustUdp(PacketView packet, int addressDifference, int portDifference) {
        long at = packet.transport + Udp.CHECKSUM;
        int checksum = Bytes.u16(packet.frame, at);
        if (packet.partialChecksum) {
            Bytes.u16(packet.frame, at, Checksum.applyToPartial(checksum, addressDifference));
        } else if (checksum != 0) {
            int difference = Checksum.both(addressDifference, portDifference);
            Bytes.u16(packet.frame, at, Checksum.applyToUdp(checksum, difference));
        }
    }

    private static void adjust(
            PacketView packet, int checksumOffset, int addressDifference, int portDifference) {
        long at = packet.transport + checksumOffset;
        int checksum = Bytes.u16(packet.frame, at);
        Bytes.u16(
                packet.frame,
                at,
                packet.partialChecksum
                        ? Checksum.applyToPartial(checksum, addressDifference)
                        : Checksum.apply(
                                checksum, Checksum.both(addressDifference, portDifference)));
    }

    /// The quote is the ICMP message's body. In IPv4 its header checksum changes by the opposite of
    /// what the address does, so that the ICMP checksum sees only the port.
    private static void adjustQuote(PacketView packet, int addressDifference, int portDifference) {
        int difference = portDifference;
        if (packet.quote.ipv6) {
            difference = Checksum.both(addressDifference, portDifference);
        } else {
            int checksum = Ipv4.checksum(packet.frame, packet.quotedIp);
            Ipv4.checksum(
                    packet.frame, packet.quotedIp, Checksum.apply(checksum, addressDifference));
        }
        if (!packet.partialChecksum) {
            long at = packet.transport + Icmp.CHECKSUM;
            Bytes.u16(packet.frame, at, Checksum.apply(Bytes.u16(packet.frame, at), difference));
        }
    }

    /// 0 if the field is right, the checksum if the field is 0.
    private static int transportChecksum(PacketView packet) {
        boolean withPseudoHeader = packet.flow.ipv6 || packet.flow.protocol != IpProtocol.ICMP;
        int length = packet.transportLength;
        if (packet.flow.protocol == IpProtocol.UDP) {
            length = Udp.length(packet.frame, packet.transport);
        }
        long pseudoSum =
                withPseudoHeader
                        ? Checksum.pseudoSum(
                                packet.flow.sourceHigh,
                                packet.flow.sourceLow,
                                packet.flow.destinationHigh,
                                packet.flow.destinationLow,
                                packet.flow.protocol,
                                length)
                        : 0;
        return Checksum.ofTransport(packet.frame, packet.transport, length, pseudoSum);
    }

    private static int sctpChecksum(PacketView packet) {
        long at = packet.transport + Sctp.CHECKSUM;
        long before = Bytes.u32(packet.frame, at);
        Bytes.u32(packet.frame, at, 0);
        int crc = Crc32c.of(packet.frame, packet.transport, packet.transportLength);
        Bytes.u32(packet.frame, at, before);
        return crc;
    }
}
