/// AF_PACKET: frames with their vnet header, in and out, in batches. Start at [PacketRing] and
/// [PacketSender].
@NullMarked
package dev.sluice.net.packet;

import org.jspecify.annotations.NullMarked;
