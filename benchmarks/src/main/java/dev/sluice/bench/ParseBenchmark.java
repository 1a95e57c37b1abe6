package dev.sluice.bench;

import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.Tcp;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/// What does it cost to parse a packet, and to translate it?
///
/// The packets of a burst lie in a ring-like piece of memory, each in its own slot, so that a
/// packet is not in registers from the last round.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ParseBenchmark {

    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 2048;
    private static final int LINK_BYTES = 14;
    private static final int PAYLOAD_BYTES = 100;

    @Param({"4", "6"})
    public int version;

    private final PacketView view = new PacketView();
    private final MemorySegment ring =
            Arena.ofAuto().allocate((long) SLOTS * SLOT_BYTES, SLOT_BYTES);
    private int slot;
    private int length;

    @Setup
    public void fill() {
        int header = version == 4 ? Ipv4.HEADER_BYTES : Ipv6.HEADER_BYTES;
        length = header + Tcp.HEADER_BYTES + PAYLOAD_BYTES;
        for (int i = 0; i < SLOTS; i++) {
            long ip = (long) i * SLOT_BYTES + LINK_BYTES;
            if (version == 4) {
                Ipv4.headerLength(ring, ip, header);
                Ipv4.totalLength(ring, ip, length);
                Ipv4.ttl(ring, ip, 64);
                Ipv4.protocol(ring, ip, IpProtocol.TCP);
                Ipv4.source(ring, ip, 0xac10_0001L + i);
                Ipv4.destination(ring, ip, 0xc0a8_0164L);
                Ipv4.fillChecksum(ring, ip);
            } else {
                Ipv6.firstWord(ring, ip, 0, 0);
                Ipv6.payloadLength(ring, ip, length - header);
                Ipv6.nextHeader(ring, ip, IpProtocol.TCP);
                Ipv6.hopLimit(ring, ip, 64);
                Ipv6.source(ring, ip, 0x2001_0db8_0000_0000L, i);
                Ipv6.destination(ring, ip, 0x2001_0db8_0000_0000L, 0x100);
            }
            Tcp.sourcePort(ring, ip + header, 1000 + i);
            Tcp.destinationPort(ring, ip + header, 80);
            Tcp.headerLength(ring, ip + header, Tcp.HEADER_BYTES);
            Tcp.flags(ring, ip + header, Tcp.ACK);
        }
    }

    @Benchmark
    public @Nullable Malformed parse() {
        return view.parse(ring, nextIp(), length);
    }

    /// Parse, another destination address and port with their checksums, one hop less.
    @Benchmark
    public int parseAndTranslate() {
        Malformed malformed = view.parse(ring, nextIp(), length);
        if (malformed != null) {
            throw new IllegalStateException(malformed.name());
        }
        int port = view.destinationPort() ^ 0x1111;
        Rewrite.destination(
                view, view.destinationHigh(), view.destinationLow() ^ 0x0011_0000L, port);
        if (view.ttl() > 1) {
            Rewrite.decrementTtl(view);
        }
        return port;
    }

    private long nextIp() {
        slot = slot + 1 & SLOTS - 1;
        return (long) slot * SLOT_BYTES + LINK_BYTES;
    }
}
