package dev.sluice.oracle;

import java.time.Duration;
import java.util.List;

/// A director under question, with its administration tool and one Ethernet link. See [Wire] for
/// the addresses on that link.
public interface Peer extends AutoCloseable {

    /// Forgets services, connections, settings and routes; the next scenario starts from nothing.
    void reset();

    /// What `ipvsadm ARGUMENTS` prints on both streams; a last line `exit N` tells a failure.
    String ipvsadm(String arguments);

    /// Writes `net.ipv4.vs.NAME`.
    void setting(String name, String value);

    /// Gives the path to this address its own MTU.
    void pathMtu(String address, int mtu);

    /// Sends frames in this order and returns everything that comes out because of them, in order.
    List<byte[]> exchange(List<byte[]> frames);

    /// Lets this time go by.
    void sleep(Duration time);

    @Override
    void close();
}
