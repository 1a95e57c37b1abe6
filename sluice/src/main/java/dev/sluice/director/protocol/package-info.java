/// What the director knows of transport protocols. Start at [Transport], the seam: a protocol is
/// one file, one line in [Transport#of], and a row of [dev.sluice.director.service.Timeouts].
/// [TcpStates] is TCP's machine.
///
/// It must not know connections' records, services, servers, or what becomes of a packet.
@NullMarked
package dev.sluice.director.protocol;

import org.jspecify.annotations.NullMarked;
