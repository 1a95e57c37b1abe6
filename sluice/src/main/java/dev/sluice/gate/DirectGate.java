package dev.sluice.gate;

import dev.sluice.director.service.Configuration;
import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.ebpf.ClassicAssembler.Ancillary;
import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.ebpf.Label;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.netlink.TrafficControl;
import dev.sluice.net.netlink.TrafficControl.Hook;
import dev.sluice.net.netlink.TrafficControl.Redirect;
import dev.sluice.wire.Address;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The gate where bpf(2) is refused, as in a user namespace: classic filters and `mirred` actions.
///
/// ```
///  eth0 ingress: filter says ours ──mirred, out of──► slowN0 ═══ slowN1   the worker listens
///                                                        ▲
///  eth0 ingress: mark says returned, passes ◄──mirred, into── slowN0 ingress, from slowN1
/// ```
///
/// Each interface has a slow pair of its own, which takes the place of metadata: frames keep their
/// MAC addresses, and a frame that goes back can only have come from there. All frames go to worker
/// 0, and others get theirs from it. Nothing here drops: when the director dies the filters stay
/// and fill a device that nobody reads, so service traffic is lost, not answered by the kernel.
final class DirectGate implements Gate {

    private static final Logger LOG = LoggerFactory.getLogger(DirectGate.class);

    static final String NAME_PREFIX = "slow";

    /// Two places for the filter: the new one is put into the free place before the old one goes,
    /// so that no packet slips between. The numbers are ours by being odd enough: the kernel keeps
    /// no names for classic filters, and after a crash they must be recognised.
    private static final int[] PRIORITIES = {0x5c00, 0x5c01};

    private static final int RETURN_PRIORITY = 100;

    /// Room for a reassembled packet on its way back to the stack.
    private static final int SLOW_MTU = 65535;

    /// A slow pair, made for an interface that was named. It stays when the interface goes away and
    /// serves the next one of that name, so that workers need not look elsewhere.
    private static final class Front {

        final String name;
        final int slowIndex;
        final int workerIndex;

        /// 0 while there is none.
        int interfaceIndex;

        Front(String name, int slowIndex, int workerIndex) {
            this.name = name;
            this.slowIndex = slowIndex;
            this.workerIndex = workerIndex;
        }
    }

    private final Fronts conditions;
    private final Rtnetlink netlink = Rtnetlink.open();
    private final List<InterfaceClaim> claims = new ArrayList<>();
    private final Interfaces named;
    private final List<Front> fronts = new ArrayList<>();
    private GateTables tables = GateTables.EMPTY;
    private List<ClassicInstruction> installed = List.of();
    private int place;

    /// What an earlier director, which was killed, had captured goes on to its slow devices, where
    /// nobody is: until there is a first table it is dropped, not given to the kernel, which would
    /// answer established clients with resets.
    private boolean tookOver;

    private List<Integer> oldDevices = List.of();
    private boolean published;
    private boolean closed;

    /// Interfaces that had no place for filters before.
    private final List<Integer> madeClsact = new ArrayList<>();

    private DirectGate(List<String> interfaces) {
        conditions = new Fronts(interfaces, Clock.systemUTC());
        named = new Interfaces(interfaces);
    }

    static DirectGate open(GateSettings settings) {
        DirectGate gate = new DirectGate(settings.interfaces());
        try {
            gate.claim(settings.interfaces());
        } catch (RuntimeException e) {
            gate.release(); // and touch nothing: it is another director's
            throw e;
        }
        try {
            gate.named.check(gate.netlink.links().list());
            gate.takeOver(settings.interfaces());
            int number = gate.firstFreeNumber();
            for (String name : settings.interfaces()) {
                gate.fronts.add(gate.front(name, number++));
            }
            List<Link> links = gate.netlink.links().list();
            gate.named.open(links, gate.atInterfaces);
            gate.conditions.follow(links);
            return gate;
        } catch (RuntimeException e) {
            gate.giveUp();
            throw e;
        }
    }

    /// Leaves the filters of an earlier director where they are, and the devices that they lead to,
    /// and removes what else it left.
    private void takeOver(List<String> interfaces) {
        List<Link> links = netlink.links().list();
        Set<Integer> places = new TreeSet<>();
        for (Link link : links) {
            for (TrafficControl.Filter filter : filters(netlink, link)) {
                int found = placeOf(filter);
                if (found >= 0 && interfaces.contains(link.name())) {
                    places.add(found);
                }
            }
        }
        if (places.isEmpty()) {
            removeLeftovers(netlink);
            return;
        }
        tookOver = true;
        place = places.iterator().next();
        oldDevices = links.stream().filter(link -> isOwn(link.name())).map(Link::index).toList();
        for (Link link : links) {
            for (TrafficControl.Filter filter : filters(netlink, link)) {
                int found = placeOf(filter);
                if (found >= 0 && (found != place || !interfaces.contains(link.name()))) {
                    netlink.trafficControl()
                            .deleteFilters(link.index(), Hook.INGRESS, filter.priority());
                }
            }
        }
    }

    /// Which of the two places for our filter a filter takes, or -1.
    private static int placeOf(TrafficControl.Filter filter) {
        return filter.priority() == PRIORITIES[0] ? 0 : filter.priority() == PRIORITIES[1] ? 1 : -1;
    }

    /// Behind those of the devices that are still there.
    private int firstFreeNumber() {
        int free = 0;
        for (Link link : netlink.links().list()) {
            if (isOwn(link.name())) {
                String number =
                        link.name().substring(NAME_PREFIX.length(), link.name().length() - 1);
                free = Math.max(free, Integer.parseInt(number) + 1);
            }
        }
        return free;
    }

    /// A start that failed: what an earlier director left drops packets as before.
    private void giveUp() {
        if (!tookOver) {
            close();
            return;
        }
        for (Front front : fronts) {
            netlink.links().delete(front.slowIndex);
        }
        release();
    }

    private void removeOldDevices() {
        for (int index : oldDevices) {
            // An end goes with its other end.
            boolean there = netlink.links().list().stream().anyMatch(link -> link.index() == index);
            if (there) {
                netlink.links().delete(index);
            }
        }
        oldDevices = List.of();
    }

    /// The slow devices belong to the network namespace, and so they are claimed too.
    private void claim(List<String> interfaces) {
        claims.add(InterfaceClaim.of(SlowPair.GATE_END));
        interfaces.forEach(name -> claims.add(InterfaceClaim.of(name)));
    }

    private Front front(String name, int number) {
        String slow = NAME_PREFIX + number + "0";
        String worker = NAME_PREFIX + number + "1";
        int slowIndex = netlink.links().createVeth(slow, worker);
        int workerIndex = netlink.links().get(worker).index();
        for (String device : List.of(slow, worker)) {
            quiet(device);
            int deviceIndex = netlink.links().get(device).index();
            netlink.links().setLongestSuperPacket(deviceIndex, SlowPair.LONGEST_SUPER_PACKET_BYTES);
            netlink.links().setMtu(deviceIndex, SLOW_MTU);
            netlink.links().setArp(deviceIndex, false);
            netlink.links().setUp(deviceIndex, true);
        }
        netlink.trafficControl().addClsact(slowIndex);
        return new Front(name, slowIndex, workerIndex);
    }

    private final Interfaces.Side atInterfaces =
            new Interfaces.Side() {
                @Override
                public void attach(Link link) {
                    connect(front(link.name()), link);
                }

                @Override
                public void gone(String name, int index) {
                    front(name).interfaceIndex = 0;
                    madeClsact.remove(Integer.valueOf(index)); // the element, not the place
                }
            };

    private Front front(String name) {
        for (Front front : fronts) {
            if (front.name.equals(name)) {
                return front;
            }
        }
        throw new IllegalArgumentException("nobody named " + name);
    }

    private void connect(Front front, Link link) {
        int index = link.index();
        // A frame on its way back is judged where it comes in: with another device's MAC address
        // in it, it would count as somebody else's (PACKET_OTHERHOST) and IP would drop it.
        netlink.links().setMacAddress(front.slowIndex, link.macAddress());
        TrafficControl traffic = netlink.trafficControl();
        if (!traffic.list(front.slowIndex, Hook.INGRESS).isEmpty()) {
            traffic.deleteFilters(front.slowIndex, Hook.INGRESS, RETURN_PRIORITY);
        }
        traffic.attachRedirect(
                front.slowIndex, Hook.INGRESS, RETURN_PRIORITY, givenBack(), Redirect.INTO, index);
        if (traffic.addClsact(index)) {
            madeClsact.add(index);
        }
        front.interfaceIndex = index;
        if (!installed.isEmpty()) {
            capture(front, installed, place);
        }
    }

    /// The stack has nothing to say on these devices.
    private static void quiet(String device) {
        try (NetworkNamespace here = NetworkNamespace.current()) {
            here.setSysctl("net/ipv6/conf/" + device + "/disable_ipv6", 1);
        } catch (LinuxException | IllegalStateException e) {
            // A kernel without IPv6 has no such file, and nothing to be quiet about.
        }
    }

    /// What a worker wrote, by its mark.
    private static List<ClassicInstruction> givenBack() {
        Label other = new Label("other");
        ClassicAssembler code = new ClassicAssembler();
        code.load(Ancillary.MARK);
        code.unlessEqual(Metadata.RETURN_MARK, other);
        code.returnConstant(-1);
        code.place(other);
        code.returnConstant(0);
        return code.assemble();
    }

    @Override
    public List<Capture> captures() {
        return fronts.stream()
                .map(front -> new Capture(front.workerIndex, front.name, front.workerIndex, false))
                .toList();
    }

    @Override
    public synchronized void publish(Configuration configuration) {
        GateTables next = tables.next(configuration);
        install(next);
        tables = next;
        published = true;
        removeOldDevices();
    }

    @Override
    public synchronized void addressesChanged() {
        named.update(netlink.links().list(), atInterfaces);
        for (Front front : fronts) {
            ifPresent(front, this::followMac);
        }
        conditions.follow(netlink.links().list());
        if (published) {
            install(tables);
        }
    }

    private void followMac(Front front) {
        long mac = netlink.links().get(front.interfaceIndex).macAddress();
        if (netlink.links().get(front.slowIndex).macAddress() != mac) {
            netlink.links().setMacAddress(front.slowIndex, mac);
        }
    }

    /// An interface that went away has nothing to capture, and is no reason to stop the others.
    private static void ifPresent(Front front, Consumer<Front> action) {
        if (front.interfaceIndex == 0) {
            return;
        }
        try {
            action.accept(front);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
            LOG.debug("{} went away", front.name, e);
        }
    }

    private void install(GateTables wanted) {
        Set<Address> locals =
                netlink.addresses().list().stream()
                        .map(InterfaceAddress::address)
                        .collect(Collectors.toSet());
        List<ClassicInstruction> filter = DirectFilter.of(wanted, locals);
        if (filter.equals(installed)) {
            return;
        }
        if (filter.size() > ClassicAssembler.MAXIMUM_INSTRUCTIONS) {
            throw new IllegalStateException(
                    "direct mode has no room for so many services and real servers ("
                            + filter.size()
                            + " filter instructions, at most "
                            + ClassicAssembler.MAXIMUM_INSTRUCTIONS
                            + "); run as root, with the eBPF gate");
        }
        int next = 1 - place;
        for (Front front : fronts) {
            ifPresent(front, present -> replace(present, filter, next));
        }
        installed = filter;
        place = next;
    }

    private void capture(Front front, List<ClassicInstruction> filter, int where) {
        netlink.trafficControl()
                .attachRedirect(
                        front.interfaceIndex,
                        Hook.INGRESS,
                        PRIORITIES[where],
                        filter,
                        Redirect.OUT_OF,
                        front.slowIndex);
    }

    private void replace(Front front, List<ClassicInstruction> filter, int next) {
        TrafficControl traffic = netlink.trafficControl();
        capture(front, filter, next);
        boolean old =
                traffic.list(front.interfaceIndex, Hook.INGRESS).stream()
                        .anyMatch(present -> present.priority() == PRIORITIES[1 - next]);
        if (old) {
            traffic.deleteFilters(front.interfaceIndex, Hook.INGRESS, PRIORITIES[1 - next]);
        }
    }

    /// Nobody looks whether workers live: a dead director's filters lead nowhere by themselves.
    @Override
    public Optional<GatePrograms> programs() {
        return Optional.empty();
    }

    @Override
    public Fronts fronts() {
        return conditions;
    }

    @Override
    public boolean tookOver() {
        return tookOver;
    }

    @Override
    public String mode() {
        return "direct";
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        removeLeftovers(netlink);
        madeClsact.forEach(this::removeUnusedClsact);
        release();
    }

    private void removeUnusedClsact(int interfaceIndex) {
        TrafficControl traffic = netlink.trafficControl();
        try {
            if (traffic.list(interfaceIndex, Hook.INGRESS).isEmpty()
                    && traffic.list(interfaceIndex, Hook.EGRESS).isEmpty()) {
                traffic.deleteClsact(interfaceIndex);
            }
        } catch (LinuxException e) {
            LOG.debug("the interface or its clsact is gone already", e);
        }
    }

    private void release() {
        closed = true;
        netlink.close();
        claims.forEach(InterfaceClaim::close); // last: until then nobody may take over
    }

    /// Takes away filters and slow devices of this network namespace.
    ///
    /// @return whether there were any
    static boolean removeLeftovers(Rtnetlink netlink) {
        List<Link> slow =
                netlink.links().list().stream().filter(link -> isOwn(link.name())).toList();
        boolean found = !slow.isEmpty();
        for (Link link : netlink.links().list()) {
            for (TrafficControl.Filter filter : filters(netlink, link)) {
                if (filter.priority() == PRIORITIES[0] || filter.priority() == PRIORITIES[1]) {
                    netlink.trafficControl()
                            .deleteFilters(link.index(), Hook.INGRESS, filter.priority());
                    found = true;
                }
            }
        }
        for (Link link : slow) {
            if (netlink.links().find(link.name()).isPresent()) {
                netlink.links().delete(link.index());
            }
        }
        return found;
    }

    private static List<TrafficControl.Filter> filters(Rtnetlink netlink, Link link) {
        try {
            return netlink.trafficControl().list(link.index(), Hook.INGRESS);
        } catch (LinuxException e) {
            return List.of(); // no clsact there
        }
    }

    /// `slow` and two digits or more: the device pairs of this gate.
    static boolean isOwn(String name) {
        return name.matches(NAME_PREFIX + "[0-9]+[01]");
    }
}
