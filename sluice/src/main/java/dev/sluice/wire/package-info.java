/// Bytes on the wire: headers, checksums, addresses, and the one gate through which a packet is
/// parsed. Start at [PacketView]. Knows bytes and nothing else.
@NullMarked
package dev.sluice.wire;

import org.jspecify.annotations.NullMarked;
