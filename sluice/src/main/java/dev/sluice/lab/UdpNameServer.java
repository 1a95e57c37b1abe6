package dev.sluice.lab;

import dev.sluice.wire.Address;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/// UDP echo that puts its name in front: `7` is answered with `rs1 7`.
///
/// It is bound to one address. A server on the wildcard address would answer a directly routed
/// request from the address that its route prefers, not from the virtual one, and the client would
/// throw the answer away.
public final class UdpNameServer implements NamedServer {

    private static final int MAX_DATAGRAM_BYTES = 2048;

    private final String name;
    private final DatagramSocket socket;
    private final LongAdder answered = new LongAdder();

    private UdpNameServer(String name, DatagramSocket socket) {
        this.name = name;
        this.socket = socket;
    }

    /// Starts a server on a host, bound to one of the host's addresses.
    public static UdpNameServer start(Host host, Address address, int port) {
        DatagramSocket socket =
                host.run(() ->
                        new DatagramSocket(
                                new InetSocketAddress(
                                        InetAddress.getByAddress(address.bytes()), port)));
        UdpNameServer server = new UdpNameServer(host.name(), socket);
        Thread.ofVirtual().name("udp-" + host.name()).start(server::serve);
        return server;
    }

    private void serve() {
        byte[] prefix = (name + " ").getBytes(StandardCharsets.US_ASCII);
        byte[] buffer = new byte[prefix.length + MAX_DATAGRAM_BYTES];
        System.arraycopy(prefix, 0, buffer, 0, prefix.length);
        DatagramPacket packet = new DatagramPacket(buffer, MAX_DATAGRAM_BYTES);
        while (!socket.isClosed()) {
            try {
                packet.setData(buffer, prefix.length, MAX_DATAGRAM_BYTES);
                socket.receive(packet);
                packet.setData(buffer, 0, prefix.length + packet.getLength());
                socket.send(packet);
                answered.increment();
            } catch (IOException unreachableOrClosed) {
                // An ICMP error about an earlier answer, or close(): the loop's condition decides.
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long answered() {
        return answered.sum();
    }

    @Override
    public void close() {
        socket.close();
    }
}
