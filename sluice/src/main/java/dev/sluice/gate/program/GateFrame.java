package dev.sluice.gate.program;

import dev.sluice.gate.layout.EndpointKey;
import dev.sluice.gate.layout.MarkKey;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.program.StackFrame.Slot;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Ipv6;

/// The stack of the programs, which they fill alike; `StackFrameTest` shows where it all lies.
final class GateFrame {

    static final StackFrame FRAME = StackFrame.of("gate");

    static final Slot METADATA = FRAME.slot("metadata", Metadata.BYTES, Metadata.INTERFACE);

    /// The ports of a packet, or the first bytes of another transport header.
    static final Slot PORTS = FRAME.slot("ports", 4);

    /// The first bytes of an IPv6 extension header, or the addresses that an ICMP error quotes.
    static final Slot EXTENSION = FRAME.slot("extension header", 8);

    private static final Slot HEADERS =
            FRAME.slot(
                    "link and IP header",
                    Ethernet.HEADER_BYTES + Ipv6.HEADER_BYTES,
                    Ethernet.HEADER_BYTES);

    /// The link header; what is loaded beyond it is the start of [#IP].
    static final Slot LINK = HEADERS;

    static final Slot IP = HEADERS.part("IP header", Ethernet.HEADER_BYTES, Ipv6.HEADER_BYTES);

    static final Slot SOURCE = FRAME.slot("source key", EndpointKey.BYTES);
    static final Slot DESTINATION = FRAME.slot("destination key", EndpointKey.BYTES);
    static final Slot QUOTED_SOURCE = FRAME.slot("quoted source key", EndpointKey.BYTES);
    static final Slot QUOTED_DESTINATION = FRAME.slot("quoted destination key", EndpointKey.BYTES);
    static final Slot MARK = FRAME.slot("mark key", MarkKey.BYTES);
    static final Slot INTERFACE = FRAME.slot("interface key", Integer.BYTES);
    static final Slot PROTOCOL = FRAME.slot("protocol", Long.BYTES);
    static final Slot IS_FRAGMENT = FRAME.slot("whether it is a fragment", Long.BYTES);

    private GateFrame() {}
}
