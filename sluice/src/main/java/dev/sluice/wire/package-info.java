/// Bytes on the wire: headers, checksums, addresses, and the one gate through which a packet is
/// parsed. Knows bytes and nothing else.
///
/// Start at [PacketView]: bytes become a packet there, or are [Malformed]. Then:
///
/// * one class for each header ([Ipv4], [Tcp], …): its drawing, and a static getter and setter of
///   the same name for each field. They trust that the view proved the lengths.
/// * [Rewrite] changes a parsed packet and everything that depends on the change: [Checksum]s by
///   RFC 1624, the view itself.
/// * Messages that are made here and not just passed on: [IcmpError], [Arp],
///   [NeighbourSolicitation], and the pieces of an [Ipv4Fragmenter].
/// * [VnetHeader] stands before frames on a packet socket.
///
/// Offsets are absolute in the segment and named after the header that starts there: `ip`,
/// `transport`, `icmp`. Lengths are in bytes.
@NullMarked
package dev.sluice.wire;

import org.jspecify.annotations.NullMarked;
