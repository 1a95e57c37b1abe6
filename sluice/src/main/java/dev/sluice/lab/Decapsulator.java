package dev.sluice.lab;

import dev.sluice.net.packet.Fanout;
import dev.sluice.net.packet.PacketRing;
import dev.sluice.net.packet.PacketSender;
import dev.sluice.net.packet.RawIpSocket;
import dev.sluice.net.packet.Waiter;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.TunnelPacket;
import dev.sluice.wire.VnetHeader;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// Unwraps tunnel packets on a real server whose kernel has no module for them: IPIP, GRE and GUE,
/// of both families. What is inside goes to the host's stack by way of `lo`, where the virtual
/// address is.
///
/// ```
///  eth0 ── packet socket ──► outer headers off ──► lo ──► TCP, UDP
/// ```
///
/// Checksums that are still to be made stay so, by the vnet header, as in a kernel tunnel.
public final class Decapsulator implements AutoCloseable {

    private static final long PATIENCE_NANOS = 100_000_000;
    private static final int FANOUT_GROUP = 47;

    private final int loopback;
    private final PacketRing ring;
    private final PacketSender sender;
    private final Waiter waiter;
    private final List<RawIpSocket> listeners = new ArrayList<>();
    private final DatagramChannel gueListener;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment unread = arena.allocate(1 << 16, 8);
    private final PacketView packet = new PacketView();
    private final LongAdder unwrapped = new LongAdder();
    private final Thread thread;
    private final int guePort;
    private volatile boolean ends;

    private Decapsulator(Host host, int guePort) throws IOException {
        this.guePort = guePort;
        loopback = host.interfaces().index("lo");
        int index = host.interfaces().index("eth0");
        ring = PacketRing.open(index, "eth0", Fanout.toFirst(FANOUT_GROUP));
        sender = new PacketSender("lo", 0);
        waiter = new Waiter(List.of(ring));
        for (Family family : Family.values()) {
            for (int protocol : new int[] {IpProtocol.IPV4, IpProtocol.IPV6, IpProtocol.GRE}) {
                listeners.add(RawIpSocket.open(family, protocol));
            }
        }
        gueListener = DatagramChannel.open().bind(new InetSocketAddress(guePort));
        thread = host.start("unwrap-" + host.name(), this::work);
    }

    /// Begins on a host's eth0.
    ///
    /// @param guePort where GUE comes to
    public static Decapsulator start(Host host, int guePort) {
        return host.run(() -> new Decapsulator(host, guePort));
    }

    /// The kernel answers with an error what nobody listens to, or what nobody reads: the client
    /// would hear of it. So it is read, once more.
    private void readAndForget() {
        for (int i = 0; i < listeners.size(); i++) {
            while (listeners.get(i).receive(unread) > 0) {
                // the next one
            }
        }
    }

    private void work() {
        while (!ends) {
            waiter.prepare();
            int count = 0;
            while (count < PacketSender.BATCH && ring.next()) {
                unwrap(ring.segment(), ring.vnetOffset(), ring.frameBytes());
                count++;
            }
            sender.flush();
            ring.release();
            readAndForget();
            if (count == 0) {
                waiter.await(PATIENCE_NANOS);
            }
        }
    }

    private void unwrap(MemorySegment memory, long vnet, int frameBytes) {
        long ip = vnet + VnetHeader.BYTES + Ethernet.HEADER_BYTES;
        boolean well = packet.parse(memory, ip, frameBytes - Ethernet.HEADER_BYTES) == null;
        if (!well || packet.isFragment() || !isForUs()) {
            return;
        }
        long inner =
                TunnelPacket.inner(
                        memory, packet.protocol(), packet.transport(), packet.transportLength());
        if (inner == TunnelPacket.NONE) {
            return;
        }
        int bytes = (int) (packet.ip() + packet.length() - inner);
        int type = Ipv4.version(memory, inner) == 4 ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6;
        long link = inner - Ethernet.HEADER_BYTES;
        VnetHeader.move(memory, vnet, link - VnetHeader.BYTES);
        memory.asSlice(link, Ethernet.HEADER_BYTES).fill((byte) 0);
        Ethernet.type(memory, link, type);
        sender.send(memory, link - VnetHeader.BYTES, Ethernet.HEADER_BYTES + bytes, loopback, type);
        unwrapped.increment();
    }

    private boolean isForUs() {
        return switch (packet.protocol()) {
            case IpProtocol.UDP -> packet.destinationPort() == guePort;
            case IpProtocol.IPV4, IpProtocol.IPV6, IpProtocol.GRE -> true;
            default -> false;
        };
    }

    /// Packets unwrapped so far.
    public long unwrapped() {
        return unwrapped.sum();
    }

    @Override
    public void close() {
        ends = true;
        waiter.wake();
        try {
            thread.join();
            listeners.forEach(RawIpSocket::close);
            gueListener.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException failure) {
            throw new LabException("cannot end the decapsulator: " + failure.getMessage());
        }
        waiter.close();
        sender.close();
        ring.close();
        arena.close();
    }
}
