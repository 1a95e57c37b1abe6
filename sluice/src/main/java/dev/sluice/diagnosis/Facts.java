package dev.sluice.diagnosis;

import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.netlink.FirewallChain;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Route;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What is known about a director and its machine at one moment. Filled by [Survey], or by a test;
/// then only read.
///
/// Services and servers are grouped by their addresses, since what is wrong is mostly wrong about
/// an address: a hundred services with one real server are one fact.
public final class Facts {

    /// An address of services.
    ///
    /// @param services there
    /// @param inPackets of clients that were counted for them
    /// @param onceHere whether this machine had it, as long as somebody watched
    public record VirtualAddress(
            Address address, Named services, long inPackets, boolean onceHere) {}

    /// A real server that gets connections, whatever its port.
    ///
    /// @param services that it is in
    public record Server(Address address, Forwarding method, Named services) {

        /// `172.16.1.11, masqueraded, of TCP 10.0.0.13:80`.
        public String inWords() {
            String how =
                    switch (method) {
                        case NAT -> "masqueraded";
                        case DIRECT_ROUTING -> "directly routed";
                        case TUNNEL -> "tunnelled";
                    };
            return address + ", " + how + ", of " + services;
        }
    }

    /// A service whose clients were refused, since no server may get a connection.
    ///
    /// @param servers it has, none of which counts
    public record Deserted(ServiceKey service, int servers, long refused) {}

    /// Who said that a virtual address is his, when the link was asked.
    public record Claim(Address address, String interfaceName, long macAddress) {}

    /// Somebody on a link.
    public record Place(int interfaceIndex, Address address) {}

    // What the director says.
    List<Front> fronts = List.of();
    List<VirtualAddress> virtualAddresses = new ArrayList<>();
    List<Server> servers = new ArrayList<>();
    List<Attempts> attempts = List.of();
    List<Deserted> deserted = new ArrayList<>();
    long directReplies;

    // What the kernel says.
    List<Link> links = List.of();
    List<InterfaceAddress> addresses = List.of();
    Map<Address, Route> routes = new HashMap<>();
    Map<Place, Neighbour> neighbours = new HashMap<>();
    List<FirewallChain> firewall = List.of();

    /// Settings that somebody asks for, by their path below `/proc/sys`.
    Map<String, String> settings = new HashMap<>();

    /// Services of the kernel's own IPVS, as we name services.
    List<String> kernelServices = List.of();

    /// A program that gives virtual addresses to one of several machines, or an empty text.
    String addressKeeper = "";

    /// Addresses that virtual routers of our own keep.
    Set<Address> routerAddresses = Set.of();

    // What the link says, if it was asked.
    Set<Address> asked = new HashSet<>();
    List<Claim> claims = new ArrayList<>();

    /// The first `ipvsadm` in the operator's PATH, and ours; empty when nobody knows.
    String firstIpvsadm = "";

    String ownIpvsadm = "";

    /// What can be known before there is a director.
    public static Facts ofFirewall(List<FirewallChain> firewall) {
        Facts facts = new Facts();
        facts.firewall = firewall;
        return facts;
    }

    /// Adds which `ipvsadm` the operator gets, and which is ours.
    public void operatorGets(String first, String own) {
        firstIpvsadm = first;
        ownIpvsadm = own;
    }

    /// How much there was to look at.
    public String inWords() {
        return "%s, %s, interfaces %s"
                .formatted(
                        count(virtualAddresses.size(), "virtual address", "virtual addresses"),
                        count(servers.size(), "real server", "real servers"),
                        capturedNames());
    }

    private static String count(int count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }

    private final Map<Address, VirtualAddress> virtualByAddress = new HashMap<>();

    @Nullable Route route(Address address) {
        return routes.get(address);
    }

    /// The machine on a link that packets to an address go to first, or null.
    @Nullable Place nextHop(Address address) {
        Route route = routes.get(address);
        if (route == null || route.type() != Route.Type.UNICAST || route.nextHops().isEmpty()) {
            return null;
        }
        Address gateway = route.gateway();
        return new Place(route.interfaceIndex(), gateway == null ? address : gateway);
    }

    @Nullable Link link(int index) {
        for (Link link : links) {
            if (link.index() == index) {
                return link;
            }
        }
        return null;
    }

    String interfaceName(int index) {
        Link link = link(index);
        return link == null ? "#" + index : link.name();
    }

    /// Whether the gate is there, or should be.
    boolean isCaptured(String interfaceName) {
        return fronts.stream().anyMatch(front -> front.name().equals(interfaceName));
    }

    /// The captured interfaces, `eth0 eth1`.
    String capturedNames() {
        return fronts.stream().map(Front::name).collect(Collectors.joining(" "));
    }

    @Nullable VirtualAddress virtualAt(Address address) {
        return virtualByAddress.get(address);
    }

    boolean isHere(Address address) {
        Route route = routes.get(address);
        return route != null && route.type() == Route.Type.LOCAL;
    }

    boolean isVirtual(Address address) {
        return virtualByAddress.containsKey(address);
    }

    /// Before mistakes are looked for: what they look up.
    void index() {
        virtualByAddress.clear();
        virtualAddresses.forEach(it -> virtualByAddress.put(it.address(), it));
    }

    /// This machine's own address towards another, which is no virtual one; or null.
    @Nullable Address ownAddressTowards(Address other) {
        Route route = routes.get(other);
        if (route == null) {
            return null;
        }
        for (InterfaceAddress own : addresses) {
            if (own.interfaceIndex() == route.interfaceIndex()
                    && own.address().family() == other.family()
                    && !own.isLinkLocal()
                    && !isVirtual(own.address())) {
                return own.address();
            }
        }
        return null;
    }

    /// `172.16.1.11 dev eth1 src 172.16.1.1`, as `ip route get` has it.
    String routeInWords(Address address) {
        Route route = routes.get(address);
        if (route == null) {
            return "no answer about " + address;
        }
        if (route.nextHops().isEmpty()) {
            return route.type().name().toLowerCase(java.util.Locale.ROOT) + " " + address;
        }
        return address
                + (route.gateway() == null ? "" : " via " + route.gateway())
                + " dev "
                + interfaceName(route.interfaceIndex())
                + (route.source() == null ? "" : " src " + route.source());
    }

    /// The neighbour that packets to an address go to first, as `ip neighbour` has it.
    String neighbourInWords(Address address) {
        Place hop = nextHop(address);
        Neighbour neighbour = hop == null ? null : neighbours.get(hop);
        if (hop == null || neighbour == null) {
            return "nothing is known of the link address of " + address;
        }
        return hop.address()
                + " dev "
                + interfaceName(hop.interfaceIndex())
                + (neighbour.macAddress() < 0
                        ? ""
                        : " lladdr " + dev.sluice.net.netlink.Links.macText(neighbour.macAddress()))
                + " "
                + stateWords(neighbour.state());
    }

    static String stateWords(int state) {
        return switch (state) {
            case Neighbour.INCOMPLETE -> "INCOMPLETE";
            case Neighbour.REACHABLE -> "REACHABLE";
            case Neighbour.STALE -> "STALE";
            case Neighbour.DELAY -> "DELAY";
            case Neighbour.PROBE -> "PROBE";
            case Neighbour.FAILED -> "FAILED";
            case Neighbour.PERMANENT -> "PERMANENT";
            case Neighbour.NOARP -> "NOARP";
            default -> "NONE";
        };
    }

    /// Whether nobody answers at the next hop towards an address.
    boolean isNextHopDead(Address address) {
        Place hop = nextHop(address);
        Neighbour neighbour = hop == null ? null : neighbours.get(hop);
        return neighbour != null
                && (neighbour.state() == Neighbour.FAILED
                        || neighbour.state() == Neighbour.INCOMPLETE);
    }
}
