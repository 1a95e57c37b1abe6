package dev.sluice.director.forward;

import java.lang.foreign.MemorySegment;

/// Takes packets that the director makes itself: any number, at any time, also when a timer ends
/// and no packet is in hand. Whoever implements it writes them out before it waits for more.
///
/// ```java
/// long start = outbox.room(bytes);
/// … outbox.memory() from start on …
/// outbox.send(path, start, bytes, ipv6);
/// ```
public interface Outbox {

    /// Where packets are written.
    MemorySegment memory();

    /// Room for a packet of at most so many bytes, until it is sent or the director returns.
    ///
    /// @return where its IP header shall start
    long room(int bytes);

    /// Sends an IP packet that lies in [#memory].
    ///
    /// @param path what [Paths] returned for its destination, not a local one
    void send(Path path, long start, int bytes, boolean ipv6);
}
