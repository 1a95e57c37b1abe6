package dev.sluice.router;

import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Privileges;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Two machines on a switch: network namespaces with an `eth1` each, `192.0.2.1` and `192.0.2.2`,
/// `fe80::1` and `fe80::2`. Virtual routers run in them, ours or keepalived's. The switch is
/// 192.0.2.254 and can ask for addresses.
final class VrrpBed implements AutoCloseable {

    static final String INTERFACE = "eth1";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int REACH_MILLIS = 1_000;

    private final Path folder;
    private final NetworkNamespace wire = NetworkNamespace.unnamed();
    private final Rtnetlink switchLinks = Rtnetlink.open(wire);
    private final int bridge;
    private final List<Machine> machines = new ArrayList<>();

    VrrpBed() {
        Needs.programs("keepalived", "tcpdump");
        Privileges.needNamedNamespaces();
        try {
            folder = Files.createTempDirectory(Path.of("/run"), "sluice-vrrp-it-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bridge = switchLinks.links().createBridge("br0");
        switchLinks.links().setUp(bridge, true);
        switchLinks.addresses().add(bridge, Address.parse("192.0.2.254"), 24);
        switchLinks.addresses().add(bridge, Address.parse("2001:db8::fe"), 64);
        for (int i = 1; i <= 2; i++) {
            machines.add(new Machine(i));
        }
        for (Machine machine : machines) {
            await("carrier", () -> machine.links.links().get(INTERFACE).isRunning());
        }
    }

    Machine first() {
        return machines.getFirst();
    }

    Machine second() {
        return machines.getLast();
    }

    /// Whether somebody on the switch gets an answer from an address.
    boolean answers(Address address) {
        try {
            InetAddress wanted = InetAddress.getByAddress(address.bytes());
            return wire.call(() -> wanted.isReachable(REACH_MILLIS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for: " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /// One of the two.
    final class Machine implements AutoCloseable {

        private final int number;
        private final NetworkNamespace namespace = NetworkNamespace.unnamed();
        private final Rtnetlink links = Rtnetlink.open(namespace);
        private final int index;
        private final int port;
        private final List<AutoCloseable> running = new ArrayList<>();

        private Machine(int number) {
            this.number = number;
            namespace.setSysctl("net/ipv6/conf/default/accept_dad", 0);
            namespace.setSysctl("net/ipv6/conf/default/addr_gen_mode", 1);
            links.links().setUp(links.links().get("lo").index(), true);
            port = switchLinks.links().createVeth("p" + number, INTERFACE, namespace);
            index = links.links().get(INTERFACE).index();
            links.links().setMacAddress(index, 0x0200_0000_0000L + number);
            links.links().setUp(index, true);
            links.addresses().add(index, Address.parse("192.0.2." + number), 24);
            links.addresses().add(index, Address.parse("fe80::" + number), 64);
            links.addresses().add(index, Address.parse("2001:db8::" + number), 64);
            switchLinks.links().setMaster(port, bridge);
            switchLinks.links().setUp(port, true);
        }

        Address address() {
            return Address.parse("192.0.2." + number);
        }

        NetworkNamespace namespace() {
            return namespace;
        }

        /// Pulls the cable: no carrier on either side.
        void pull() {
            switchLinks.links().setUp(port, false);
        }

        void plug() {
            switchLinks.links().setUp(port, true);
        }

        /// Nothing gets through, though the carrier stays.
        void isolate() {
            switchLinks.links().setMaster(port, 0);
        }

        void rejoin() {
            switchLinks.links().setMaster(port, bridge);
        }

        boolean has(Address address) {
            return links.addresses().list().stream()
                    .map(InterfaceAddress::address)
                    .anyMatch(address::equals);
        }

        void delete(Address address, int prefixBits) {
            links.addresses().delete(index, address, prefixBits);
        }

        /// Another interface, which is up and leads nowhere.
        int addInterface(String name) {
            int added = links.links().createVeth(name, name + "-end");
            links.links().setUp(added, true);
            links.links().setUp(links.links().get(name + "-end").index(), true);
            return added;
        }

        void setUp(int interfaceIndex, boolean up) {
            links.links().setUp(interfaceIndex, up);
        }

        /// What `ip addr` says.
        String ipAddr() {
            try {
                Process ip =
                        namespace.call(() ->
                                namespace.start(
                                        new ProcessBuilder("ip", "addr", "show", INTERFACE)));
                return new String(ip.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// Our virtual routers.
        VrrpLoop sluice(VrrpSettings settings) {
            VrrpLoop loop =
                    namespace.call(() ->
                            VrrpLoop.start(
                                    settings,
                                    (_, _) -> {},
                                    broken -> {
                                        throw new AssertionError(broken);
                                    }));
            running.add(loop);
            return loop;
        }

        VrrpLoop sluice(Instance instance) {
            return sluice(VrrpSettings.of(instance));
        }

        /// The real ones.
        Keepalived keepalived(String configuration) {
            Keepalived keepalived =
                    new Keepalived(namespace, folder, "host" + number, configuration);
            running.add(keepalived);
            return keepalived;
        }

        /// What this machine sends and hears from now on.
        WireTap tap() {
            WireTap tap = new WireTap(namespace);
            running.add(tap);
            return tap;
        }

        Path folder() {
            return folder;
        }

        @Override
        public void close() {
            for (AutoCloseable one : running.reversed()) {
                try {
                    one.close();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
            links.close();
            namespace.close();
        }
    }

    @Override
    public void close() {
        machines.forEach(Machine::close);
        switchLinks.close();
        wire.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
