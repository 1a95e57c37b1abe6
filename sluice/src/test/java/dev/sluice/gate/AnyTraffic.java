package dev.sluice.gate;

import dev.sluice.director.service.Encapsulation;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;
import dev.sluice.wire.Mutation;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// A random configuration and frames to try it with: the scenarios', or others of their addresses.
final class AnyTraffic {

    static final int[] MARKS = {1, 7, 8, 9, -10};

    private static final List<Address> ADDRESSES = Scenario.addresses();
    private static final List<Encapsulation> TUNNELS =
            List.of(Encapsulation.IPIP, Scenario.GUE, Scenario.GRE);
    private static final int[] PORTS = {0, 20, 21, 80, 53, 443, 8080, 5353, 90, 1000};
    private static final List<Scenario> ALL = Scenario.all();
    private static final List<Scenario> CAPTURED =
            ALL.stream().filter(each -> each.decision() != Decision.PASSED).toList();

    private final SplittableRandom random;
    private final GateTables tables;
    private final Set<Address> locals;

    AnyTraffic(SplittableRandom random) {
        this.random = random;
        tables = makeTables();
        locals = makeLocals();
    }

    GateTables tables() {
        return tables;
    }

    /// The director's own addresses.
    Set<Address> locals() {
        return locals;
    }

    Classifier classifier() {
        return new Classifier(tables, locals);
    }

    /// Any frame for this host, of any mark, damaged or not.
    Scenario.Frame frame() {
        List<Scenario> from = oneIn(4) ? ALL : CAPTURED;
        Scenario.Frame sample = from.get(random.nextInt(from.size())).frame();
        byte[] frame = damaged(redirected(sample.array()));
        Arrays.fill(frame, 0, 6, (byte) 0);
        int mark =
                switch (random.nextInt(16)) {
                    case 0 -> MARKS[random.nextInt(MARKS.length)];
                    case 1 -> random.nextInt();
                    case 2 -> oneIn(4) ? Metadata.RETURN_MARK : 0;
                    default -> sample.mark();
                };
        return new Scenario.Frame(frame, mark);
    }

    private boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }

    // ---- configuration ----

    private Set<Address> makeLocals() {
        Set<Address> locals = new HashSet<>(Scenario.locals());
        if (oneIn(2)) {
            locals.add(ADDRESSES.get(random.nextInt(ADDRESSES.size())));
        }
        return locals;
    }

    /// Those of the scenarios, or others of the same addresses, some of them left behind by
    /// services that are gone.
    private GateTables makeTables() {
        if (oneIn(2)) {
            return GateTables.EMPTY.next(Scenario.configuration());
        }
        TestServices services = new TestServices();
        Set<String> taken = new HashSet<>();
        int count = 0;
        for (int i = random.nextInt(1, 40); i > 0; i--) {
            Address address = ADDRESSES.get(random.nextInt(ADDRESSES.size()));
            if (addService(services, address, taken)) {
                count++;
                for (int servers = random.nextInt(3); servers > 0; servers--) {
                    addServer(services, address.family());
                }
                if (oneIn(2)) {
                    services.persistent();
                }
            }
        }
        GateTables first = GateTables.EMPTY.next(services.configuration());
        if (oneIn(2)) {
            services.removeService(random.nextInt(count));
        }
        return first.next(services.configuration());
    }

    private boolean addService(TestServices services, Address address, Set<String> taken) {
        int port = PORTS[random.nextInt(PORTS.length)];
        int mark = MARKS[random.nextInt(MARKS.length)];
        int kind = random.nextInt(3);
        boolean free =
                taken.add(
                        kind + (kind == 2 ? address.family() + " " + mark : address + " " + port));
        if (free) {
            switch (kind) {
                case 0 -> services.tcp(address.toString(), port);
                case 1 -> services.udp(address.toString(), port);
                default -> services.mark(address.family(), mark);
            }
        }
        return free;
    }

    private void addServer(TestServices services, Family family) {
        Address server = ADDRESSES.get(random.nextInt(ADDRESSES.size()));
        if (oneIn(3)) {
            services.tunnel(server.toString(), TUNNELS.get(random.nextInt(TUNNELS.size())));
        } else if (server.family() == family) {
            if (oneIn(4)) {
                services.directRouting(server.toString());
            } else {
                services.nat(server.toString(), PORTS[random.nextInt(PORTS.length)]);
            }
        }
    }

    // ---- frames ----

    /// Some have other addresses and ports that this configuration may know.
    private byte[] redirected(byte[] frame) {
        boolean ipv6 = Ethernet.type(MemorySegment.ofArray(frame), 0) == Ethernet.TYPE_IPV6;
        int addresses = Ethernet.HEADER_BYTES + (ipv6 ? 8 : 12);
        int length = ipv6 ? 16 : 4;
        int ports = Ethernet.HEADER_BYTES + (ipv6 ? 40 : 20);
        for (int end = 0; end < 2; end++) {
            if (oneIn(8)) {
                byte[] address = ADDRESSES.get(random.nextInt(ADDRESSES.size())).bytes();
                put(frame, addresses + end * length, Arrays.copyOf(address, length));
            }
            if (oneIn(8)) {
                int port = PORTS[random.nextInt(PORTS.length)];
                put(frame, ports + end * 2, (byte) (port >> 8), (byte) port);
            }
        }
        return frame;
    }

    private static void put(byte[] frame, int at, byte... bytes) {
        if (at + bytes.length <= frame.length) {
            System.arraycopy(bytes, 0, frame, at, bytes.length);
        }
    }

    private byte[] damaged(byte[] frame) {
        if (oneIn(2)) {
            return Scenario.damage(frame, random);
        }
        byte[] room = Arrays.copyOf(frame, frame.length + 32);
        int at = Math.min(frame.length, Ethernet.HEADER_BYTES);
        int length = Mutation.mutate(room, at, frame.length - at, random);
        return Arrays.copyOf(room, at + length);
    }
}
