package dev.sluice.wire;

/// Who talks to whom, and by which protocol: the five facts that all packets of one direction of a
/// conversation share.
///
/// Plain fields in an object that is reused, so that a flow is handed on as one thing and costs no
/// garbage. A [PacketView] shows two, its own and, of an ICMP error, the quoted one; whoever speaks
/// of a flow without a packet fills one of his own.
///
/// Addresses are pairs of longs as in [Address]: the IPv4 address is the low half, the high half is
/// 0.
public final class Flow {

    boolean ipv6;
    int protocol;
    long sourceHigh;
    long sourceLow;
    int sourcePort;
    long destinationHigh;
    long destinationLow;
    int destinationPort;

    /// Begins another flow; its ends are still those of the one before.
    ///
    /// Sets what both ends share.
    ///
    /// @param protocol the IP protocol number
    public Flow of(boolean ipv6, int protocol) {
        this.ipv6 = ipv6;
        this.protocol = protocol;
        return this;
    }

    /// Sets where it comes from.
    ///
    /// @param port 0 where the protocol has none
    public Flow from(long high, long low, int port) {
        sourceHigh = high;
        sourceLow = low;
        sourcePort = port;
        return this;
    }

    /// Sets where it goes.
    ///
    /// @param port 0 where the protocol has none
    public Flow to(long high, long low, int port) {
        destinationHigh = high;
        destinationLow = low;
        destinationPort = port;
        return this;
    }

    public boolean isIpv6() {
        return ipv6;
    }

    /// The IP protocol number.
    public int protocol() {
        return protocol;
    }

    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public int sourcePort() {
        return sourcePort;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /// `10.0.0.1:1000 > 10.0.0.2:80 protocol 6`
    @Override
    public String toString() {
        Family family = ipv6 ? Family.IPV6 : Family.IPV4;
        return new Address(family, sourceHigh, sourceLow).withPort(sourcePort)
                + " > "
                + new Address(family, destinationHigh, destinationLow).withPort(destinationPort)
                + " protocol "
                + protocol;
    }
}
