package dev.sluice.lab.bench;

import dev.sluice.lab.Host;
import dev.sluice.lab.Hosts;
import dev.sluice.lab.Interfaces;
import dev.sluice.lab.LabState;
import dev.sluice.wire.Address;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The stage: one client, one server, and between them a director for each peer, joined by cables.
///
/// ```
///            ┌─ eth0 director-kernel   eth1 ─┐
///   client ──┼─ eth0 director-nftables eth1 ─┼── server
///            └─ eth0 director-sluice   eth1 ─┘
///    10.0.N.0/24                   172.16.N.0/24
/// ```
///
/// All directors stand ready all the time, so that trials can go round them quickly and a noisy
/// moment of the machine meets all alike. One that is not in use costs nothing: what a peer adds to
/// packets (connection tracking, a gate) is in its own namespace.
final class BenchNetwork implements AutoCloseable {

    private static final String PREFIX = "sluice-bench-";
    private static final int PREFIX_BITS = 24;

    /// Of the further client addresses, see [Lane#clients].
    private static final int CLIENTS_BITS = 12;

    private final LabState state;
    private final Hosts hosts;
    private final Host client;
    private final Host server;
    private final Map<Peer, Lane> lanes = new LinkedHashMap<>();

    BenchNetwork(List<Peer> peers) {
        state = LabState.acquire(PREFIX, Duration.ZERO);
        hosts = new Hosts(state);
        try {
            state.removeLeftovers();
            client = add("client");
            server = add("server");
            for (Peer peer : peers) {
                lanes.put(peer, addLane(lanes.size() + 1, peer));
            }
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    private Host add(String name) {
        Host host = hosts.add(name);
        // Room for ten thousand new connections a second, wherever one ends.
        host.sysctl("net.ipv4.ip_local_port_range", "1024 65535");
        host.sysctl("net.ipv4.tcp_tw_reuse", 1);
        host.sysctl("net.core.somaxconn", 8192);
        host.sysctl("net.ipv4.tcp_max_syn_backlog", 8192);
        return host;
    }

    private Lane addLane(int index, Peer peer) {
        Host director = add("director-" + peer.name());
        director.sysctl("net.ipv4.ip_forward", 1);
        String cable = "eth" + index;
        Interfaces link = director.interfaces();
        link.addCable("eth0", client, cable);
        link.addCable("eth1", server, cable);
        address(director, "eth0", Lane.directorFront(index));
        address(client, cable, Lane.client(index));
        address(director, "eth1", Lane.directorBack(index));
        address(server, cable, Lane.server(index));
        client.interfaces().addRoute(network("172.16.", index), PREFIX_BITS, gateway(index, true));
        server.interfaces().addRoute(network("10.0.", index), PREFIX_BITS, gateway(index, false));
        Address clients = Lane.clients(index);
        client.interfaces().addLocalNetwork("lo", clients, CLIENTS_BITS);
        link.addRoute(clients, CLIENTS_BITS, Lane.client(index));
        server.interfaces().addRoute(clients, CLIENTS_BITS, gateway(index, false));
        Address virtual = Lane.virtual(index);
        link.addAddress("eth0", virtual, virtual.bits());
        return new Lane(
                index,
                client,
                director,
                server,
                peer.hasVirtualAddress() ? virtual : Lane.server(index));
    }

    private static void address(Host host, String name, Address address) {
        host.interfaces().setUp(name, true);
        host.interfaces().addAddress(name, address, PREFIX_BITS);
    }

    private static Address network(String start, int index) {
        return Address.parse(start + index + ".0");
    }

    private static Address gateway(int index, boolean front) {
        return front ? Lane.directorFront(index) : Lane.directorBack(index);
    }

    Host server() {
        return server;
    }

    Lane lane(Peer peer) {
        Lane lane = lanes.get(peer);
        if (lane == null) {
            throw new IllegalArgumentException("no lane for " + peer.title());
        }
        return lane;
    }

    Iterable<Lane> lanes() {
        return lanes.values();
    }

    /// Where daemons keep their files; removed after they have ended.
    Path directory() {
        return hosts.directory();
    }

    Path controlSocket() {
        return state.controlSocket();
    }

    /// Removes everything. Happens by itself when the JVM ends, by Ctrl-C for example.
    @Override
    public void close() {
        hosts.close();
    }
}
