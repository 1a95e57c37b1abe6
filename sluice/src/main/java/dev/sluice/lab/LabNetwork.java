package dev.sluice.lab;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The machines of a lab and the wires between them, in one [Shape].
///
/// Every machine has addresses of both families. The client has many, so that one machine can play
/// many clients.
public final class LabNetwork implements AutoCloseable {

    /// How many machines fit the address plan.
    public static final int MAX_REAL_SERVERS = 80;

    public static final int CLIENT_ADDRESSES = 32;

    private static final int PREFIX_BITS_IPV4 = 24;
    private static final int PREFIX_BITS_IPV6 = 64;
    private static final String FRONT_IPV4 = "10.0.0.";
    private static final String FRONT_IPV6 = "2001:db8:10::";
    private static final String BACK_IPV4 = "172.16.1.";
    private static final String BACK_IPV6 = "2001:db8:172::";
    private static final int VIRTUAL = 13;
    private static final int FIRST_CLIENT = 101;
    private static final long CLIENT_MAC = 0x0200_0000_00c0L;
    private static final long DIRECTOR_MAC = 0x0200_0000_00d0L;
    private static final long FIRST_REAL_SERVER_MAC = 0x0200_0000_0101L;

    /// What to build.
    ///
    /// @param shape how the machines are wired
    /// @param prefix of the names of the namespaces: `sluice-` for the demonstration
    /// @param realServers how many
    /// @param patience how long to wait for another lab of the same prefix to end
    public record Settings(Shape shape, String prefix, int realServers, Duration patience) {
        public Settings {
            if (realServers < 1 || realServers > MAX_REAL_SERVERS) {
                throw new LabException(
                        "the lab has room for 1 to " + MAX_REAL_SERVERS + " real servers");
            }
        }
    }

    private final LabState state;
    private final Shape shape;
    private final List<String> leftovers;
    private final Hosts hosts;
    private final List<Host> realServers = new ArrayList<>();
    private final boolean ipv6 = Files.isDirectory(Path.of("/proc/sys/net/ipv6"));
    private final Host client;
    private final Host director;
    private final Host switchHost;

    /// Builds it.
    public LabNetwork(Settings settings) {
        shape = settings.shape();
        state = LabState.acquire(settings.prefix(), settings.patience());
        hosts = new Hosts(state);
        try {
            leftovers = state.removeLeftovers();
            client = add("client");
            director = add("director");
            switchHost = add("switch");
            for (int i = 1; i <= settings.realServers(); i++) {
                realServers.add(add("rs" + i));
            }
            wire();
            assignAddresses();
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    private Host add(String name) {
        Host host = hosts.add(name);
        // No waiting for duplicate address detection on links that we made ourselves.
        if (ipv6) {
            host.sysctl("net.ipv6.conf.all.accept_dad", 0);
            host.sysctl("net.ipv6.conf.default.accept_dad", 0);
        }
        return host;
    }

    private void wire() {
        switchHost.interfaces().addBridge("br0");
        switchHost.interfaces().setUp("br0", true);
        switch (shape) {
            case BEHIND_DIRECTOR -> {
                director.interfaces().addCable("eth0", client, "eth0");
                plugIn(director, "eth1", "director");
            }
            case ONE_LINK -> {
                plugIn(client, "eth0", "client");
                plugIn(director, "eth0", "director");
            }
        }
        for (Host server : realServers) {
            plugIn(server, "eth0", server.name());
        }
        // Addresses that a reader recognises in a trace.
        bringUp(client, "eth0", CLIENT_MAC);
        long mac = DIRECTOR_MAC;
        for (String name : directorInterfaces()) {
            bringUp(director, name, mac++);
        }
        for (int i = 0; i < realServers.size(); i++) {
            bringUp(realServers.get(i), "eth0", FIRST_REAL_SERVER_MAC + i);
        }
    }

    private void plugIn(Host host, String interfaceName, String port) {
        switchHost.interfaces().addCable(port, host, interfaceName);
        switchHost.interfaces().join(port, "br0");
        switchHost.interfaces().setUp(port, true);
    }

    private static void bringUp(Host host, String interfaceName, long mac) {
        host.interfaces().setMac(interfaceName, mac);
        host.interfaces().setUp(interfaceName, true);
    }

    private void assignAddresses() {
        for (Family family : families()) {
            for (Address address : clientAddresses(family)) {
                client.interfaces().addAddress("eth0", address, prefixBits(family));
            }
            client.interfaces().addDefaultRoute(front(family, 1));
            Address virtual = virtualAddress(family);
            director.interfaces().addAddress("eth0", front(family, 1), prefixBits(family));
            director.interfaces().addAddress("eth0", virtual, virtual.bits());
            if (shape == Shape.BEHIND_DIRECTOR) {
                director.interfaces().addAddress("eth1", back(family, 1), prefixBits(family));
            }
            for (int i = 0; i < realServers.size(); i++) {
                Host server = realServers.get(i);
                server.interfaces().addAddress("eth0", realAddress(family, i), prefixBits(family));
                switch (shape) {
                    case BEHIND_DIRECTOR -> server.interfaces().addDefaultRoute(back(family, 1));
                    case ONE_LINK -> server.interfaces().addAddress("lo", virtual, virtual.bits());
                }
            }
        }
    }

    private static Address front(Family family, int last) {
        return Address.parse((family == Family.IPV6 ? FRONT_IPV6 : FRONT_IPV4) + last);
    }

    private static Address back(Family family, int last) {
        return Address.parse((family == Family.IPV6 ? BACK_IPV6 : BACK_IPV4) + last);
    }

    private static int prefixBits(Family family) {
        return family == Family.IPV6 ? PREFIX_BITS_IPV6 : PREFIX_BITS_IPV4;
    }

    /// IPv4, and IPv6 where this kernel has it.
    public List<Family> families() {
        return ipv6 ? List.of(Family.IPV4, Family.IPV6) : List.of(Family.IPV4);
    }

    public Shape shape() {
        return shape;
    }

    public Host client() {
        return client;
    }

    public Host director() {
        return director;
    }

    /// The machine with the bridge, through which everything on a shared link passes.
    public Host switchHost() {
        return switchHost;
    }

    public List<Host> realServers() {
        return List.copyOf(realServers);
    }

    public List<Host> hosts() {
        return hosts.all();
    }

    /// Names of the machines but the switch, by the link address of their `eth0`.
    public Map<Long, String> namesByMac() {
        Map<Long, String> names = new HashMap<>();
        for (Host host : hosts()) {
            if (host != switchHost) {
                names.put(host.mac("eth0"), host.name());
            }
        }
        return names;
    }

    /// What a crashed lab had left and was removed at the start, in words.
    public List<String> leftovers() {
        return leftovers;
    }

    /// The director's interfaces.
    public List<String> directorInterfaces() {
        return switch (shape) {
            case BEHIND_DIRECTOR -> List.of("eth0", "eth1");
            case ONE_LINK -> List.of("eth0");
        };
    }

    /// Where the director's control socket is.
    public Path controlSocket() {
        return state.controlSocket();
    }

    /// Where the director's log is written.
    public Path directorLog() {
        return state.directorLog();
    }

    /// 10.0.0.13, as in the tutorials.
    public Address virtualAddress(Family family) {
        return front(family, VIRTUAL);
    }

    /// The director's own address on the client's side.
    public Address directorAddress(Family family) {
        return front(family, 1);
    }

    /// A real server's own address.
    ///
    /// @param index from 0: that of `rs1`
    public Address realAddress(Family family, int index) {
        return switch (shape) {
            case BEHIND_DIRECTOR -> back(family, 11 + index);
            case ONE_LINK -> front(family, 17 + index);
        };
    }

    /// The client's addresses.
    public List<Address> clientAddresses(Family family) {
        List<Address> addresses = new ArrayList<>();
        for (int i = 0; i < CLIENT_ADDRESSES; i++) {
            addresses.add(front(family, FIRST_CLIENT + i));
        }
        return addresses;
    }

    /// Makes the real servers keep quiet about the virtual address: they answer ARP only for
    /// addresses of the interface asked at, and never ask in the virtual address's name.
    ///
    /// IPv6 needs nothing: Linux answers neighbour solicitations only for addresses of the
    /// interface asked at, and the virtual one is on `lo`.
    public void suppressArp() {
        for (Host server : realServers) {
            server.sysctl("net.ipv4.conf.all.arp_ignore", 1);
            server.sysctl("net.ipv4.conf.all.arp_announce", 2);
        }
    }

    /// Puts the virtual address where it does not belong, on the real servers' side of the link, so
    /// that they answer for it.
    public void claimVirtualAddress() {
        for (Host server : realServers) {
            for (Family family : families()) {
                Address virtual = virtualAddress(family);
                server.interfaces().addAddress("eth0", virtual, virtual.bits());
            }
        }
    }

    /// Where programs on the hosts keep their files; removed after they have ended.
    public Path directory() {
        return hosts.directory();
    }

    /// Removes everything. Happens by itself when the JVM ends, by Ctrl-C for example.
    @Override
    public void close() {
        hosts.close();
    }
}
