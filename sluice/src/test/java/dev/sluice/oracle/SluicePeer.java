package dev.sluice.oracle;

import dev.sluice.cli.Host;
import dev.sluice.cli.Ipvsadm;
import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.Program;
import dev.sluice.control.RefusedException;
import dev.sluice.control.Table;
import dev.sluice.director.Director;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.Verdict;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.Setting;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.Ipv4Fragmenter;
import dev.sluice.wire.Ipv6Fragmenter;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Sluice in one thread: a [Director], the desired state and `ipvsadm` over it, at a time that only
/// goes on when a scenario says so. What the director hands to the stack goes to a [HostStack],
/// since the kernel's transcript cannot tell the two apart either.
final class SluicePeer implements Peer {

    /// What one step of a scenario costs a kernel, roughly.
    private static final long STEP_NANOS = 20_000_000;

    private static final long PACKET_NANOS = 20_000;
    private static final int MTU_BYTES = 1500;
    private static final int FRAME_BYTES = 1 << 17;
    private static final int HEADROOM_BYTES = 64;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(FRAME_BYTES, 8);
    private final MemorySegment fragment = arena.allocate(FRAME_BYTES, 8);
    private final PacketView view = new PacketView();
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private final Ipv6Fragmenter fragmenter6 = new Ipv6Fragmenter();
    private final Map<String, Integer> mtus = new HashMap<>();
    private final Sender outbox = new Sender();

    private long nowNanos = 1_000_000_000;
    private Director director = newDirector();
    private Table table = newTable();
    private Program ipvsadm = newIpvsadm();
    private Reassembly reassembly = new Reassembly();

    @Override
    public void reset() {
        mtus.clear();
        reassembly = new Reassembly();
        renewDirector();
    }

    private void renewDirector() {
        director.close();
        director = newDirector();
        table = newTable();
        ipvsadm = newIpvsadm();
    }

    private static DirectorSettings plentyOfErrors() {
        return DirectorSettings.DEFAULT.with(it -> {
            it.hashKey0 = 0x0123_4567_89ab_cdefL; // no identification like those of scenarios
            it.icmpPerSecond = 1_000_000;
            it.icmpBurst = 1_000_000;
        });
    }

    private Director newDirector() {
        return new Director(0, plentyOfErrors(), new Routes(), outbox);
    }

    private Table newTable() {
        return new Table(Capabilities.DIRECTOR, 1, director::configure);
    }

    private Program newIpvsadm() {
        ConnectionSource connections =
                consumer -> director.list(0, Integer.MAX_VALUE, nowNanos, consumer);
        Ipvsadm programs = new Ipvsadm(table, connections, new Nameless());
        return Objects.requireNonNull(programs.programs().get("ipvsadm"));
    }

    @Override
    public String ipvsadm(String arguments) {
        advance(STEP_NANOS);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        List<String> words = List.of(arguments.split(" ", -1));
        Program.Call call =
                new Program.Call("ipvsadm", words, new ByteArrayInputStream(new byte[0]), out, out);
        try {
            int status = ipvsadm.run(call);
            if (status != 0) {
                out.print("exit " + status + "\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void setting(String name, String value) {
        Setting setting = Objects.requireNonNull(Setting.named(name), () -> "no setting " + name);
        try {
            table.apply(new Edit.SetSetting(Origin.OPERATOR, setting, value));
        } catch (RefusedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void pathMtu(String address, int mtu) {
        mtus.put(Address.parse(address).toString(), mtu);
    }

    @Override
    public void sleep(Duration time) {
        // In pieces, so that what is due in between happens in its order.
        long end = nowNanos + time.toNanos();
        while (nowNanos < end) {
            advance(Math.min(STEP_NANOS, end - nowNanos));
        }
    }

    private void advance(long nanos) {
        nowNanos += nanos;
        int looked;
        do {
            looked = director.expire(nowNanos, 1000);
        } while (looked == 1000);
        table.poll(nowNanos);
    }

    @Override
    public List<byte[]> exchange(List<byte[]> frames) {
        advance(STEP_NANOS);
        List<byte[]> answers = new ArrayList<>();
        for (byte[] frame : frames) {
            advance(PACKET_NANOS);
            for (byte[] packet : reassembly.put(Frames.packet(frame))) {
                process(packet, answers);
            }
        }
        return answers;
    }

    private void process(byte[] packet, List<byte[]> answers) {
        MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, HEADROOM_BYTES, packet.length);
        if (view.parse(memory, HEADROOM_BYTES, packet.length) != null) {
            new HostStack(mtus).receive(packet, answers);
            return;
        }
        outbox.sent = answers;
        Verdict verdict = director.process(view, nowNanos);
        switch (verdict.action()) {
            case TO_STACK ->
                    new HostStack(mtus).receive(bytes(memory, view.ip(), view.length()), answers);
            case DROP -> {}
            case FORWARD -> forward(verdict, answers);
        }
    }

    private void forward(Verdict verdict, List<byte[]> answers) {
        LinkPath path = (LinkPath) verdict.path();
        if (verdict.fragmentBytes() == 0) {
            answers.add(frame(path, bytes(memory, verdict.start(), verdict.bytes())));
        } else if (verdict.isIpv6()) {
            fragmenter6.start(memory, verdict.start(), verdict.bytes(), verdict.fragmentBytes(), 1);
            for (int length = fragmenter6.next(fragment, 0);
                    length > 0;
                    length = fragmenter6.next(fragment, 0)) {
                answers.add(frame(path, bytes(fragment, 0, length)));
            }
        } else {
            view.parse(memory, verdict.start(), verdict.bytes());
            fragmenter.start(view, verdict.fragmentBytes());
            for (int length = fragmenter.next(fragment, 0);
                    length > 0;
                    length = fragmenter.next(fragment, 0)) {
                answers.add(frame(path, bytes(fragment, 0, length)));
            }
        }
    }

    private static byte[] frame(LinkPath path, byte[] packet) {
        return Frames.ethernet(Wire.macOf(path.nextHop), Wire.mac(Wire.directorMac()), packet);
    }

    private static byte[] bytes(MemorySegment segment, long from, int length) {
        return segment.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /// The routes that [Wire] describes.
    private final class Routes implements Paths {

        @Override
        public @Nullable Path find(
                boolean ipv6,
                long sourceHigh,
                long sourceLow,
                long destinationHigh,
                long destinationLow) {
            Address destination =
                    new Address(ipv6 ? Family.IPV6 : Family.IPV4, destinationHigh, destinationLow);
            String text = destination.toString();
            if (Wire.isUnreachable(text)) {
                return null;
            }
            return new LinkPath(text, mtus.getOrDefault(text, MTU_BYTES), Wire.isOwn(text));
        }

        @Override
        public Address source(boolean ipv6, long destinationHigh, long destinationLow) {
            return Address.parse(Wire.serverSideAddress(ipv6));
        }
    }

    private record LinkPath(String nextHop, int mtuBytes, boolean isLocal) implements Path {}

    /// A machine without names.
    private static final class Nameless implements Host {
        @Override
        public @Nullable Address address(String name) {
            return null;
        }

        @Override
        public @Nullable String name(Address address) {
            return null;
        }

        @Override
        public int port(String service, Protocol protocol) {
            return -1;
        }

        @Override
        public @Nullable String service(int port, Protocol protocol) {
            return null;
        }

        @Override
        public boolean hasInterface(String name) {
            return false;
        }
    }

    @Override
    public void close() {
        director.close();
        arena.close();
    }

    /// Puts what the director makes itself among the answers of the packet in hand.
    private final class Sender implements Outbox {
        private final MemorySegment packets = arena.allocate(FRAME_BYTES, 8);
        private List<byte[]> sent = new ArrayList<>();

        @Override
        public MemorySegment memory() {
            return packets;
        }

        @Override
        public long room(int bytes) {
            return HEADROOM_BYTES;
        }

        @Override
        public void send(Path path, long start, int bytes, boolean ipv6) {
            sent.add(frame((LinkPath) path, bytes(packets, start, bytes)));
        }
    }
}
