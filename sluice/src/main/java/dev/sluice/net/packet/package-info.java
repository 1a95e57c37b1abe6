/// Packets as the kernel sees them: frames with their vnet header on AF_PACKET sockets, in and out,
/// in batches; start at [PacketRing] and [PacketSender]. And raw IP: [RawIpSocket].
///
/// Must not know what is in a packet behind its link header, or what becomes of it.
@NullMarked
package dev.sluice.net.packet;

import org.jspecify.annotations.NullMarked;
