package dev.sluice.net.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.Kernel;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Offload;
import dev.sluice.net.linux.Privileges;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// Two namespaces joined by a veth pair, `a` here and `b` there.
class RtnetlinkIT {

    private static final Address A4 = Address.parse("192.0.2.1");
    private static final Address B4 = Address.parse("192.0.2.2");
    private static final Address A6 = Address.parse("2001:db8::1");
    private static final Address B6 = Address.parse("2001:db8::2");
    private static final Address FAR = Address.parse("198.51.100.7");

    private NetworkNamespace here;
    private NetworkNamespace there;
    private Rtnetlink netlink;
    private Rtnetlink peer;
    private int a;
    private int b;

    @BeforeAll
    static void needsPrivilege() {
        Privileges.needNamespaces();
    }

    @BeforeEach
    void join() {
        here = NetworkNamespace.unnamed();
        there = NetworkNamespace.unnamed();
        netlink = Rtnetlink.open(here);
        peer = Rtnetlink.open(there);
        a = netlink.links().createVeth("a", "b", there);
        b = peer.links().get("b").index();
        netlink.links().setUp(a, true);
        peer.links().setUp(b, true);
        netlink.addresses().add(a, A4, 24);
        netlink.addresses().add(a, A6, 64);
        peer.addresses().add(b, B4, 24);
        peer.addresses().add(b, B6, 64);
        // The kernel learns of the carrier a little later, and only then makes IPv6 routes.
        awaitLocal(netlink, A6);
        awaitLocal(peer, B6);
    }

    @AfterEach
    void part() {
        netlink.close();
        peer.close();
        here.close();
        there.close();
    }

    @Test
    void aVethPairSpansTwoNamespaces() {
        Link link = netlink.links().get("a");
        assertThat(link.kind()).isEqualTo("veth");
        assertThat(link.isRunning()).isTrue();
        assertThat(link.peerIndex()).isEqualTo(b);
        assertThat(link.macAddress()).isNotEqualTo(-1);
        assertThat(link.hasArp()).isTrue();
        assertThat(netlink.links().list()).extracting(Link::name).contains("lo", "a");
        assertThat(netlink.links().find("b")).isEmpty();
        assertThat(netlink.links().get(a)).isEqualTo(link);
    }

    @Test
    void interfacesChange() {
        netlink.links().setMtu(a, 9000);
        netlink.links().setMacAddress(a, 0x02_00_00_00_00_0aL);
        netlink.links().setArp(a, false);
        netlink.links().setUp(a, false);
        Link link = netlink.links().get(a);
        assertThat(link.mtuBytes()).isEqualTo(9000);
        assertThat(link.macAddress()).isEqualTo(0x02_00_00_00_00_0aL);
        assertThat(link.hasArp()).isFalse();
        assertThat(link.isUp()).isFalse();

        netlink.links().move(a, there);
        assertThat(netlink.links().find("a")).isEmpty();
        Link moved = peer.links().get("a");
        peer.links().delete(moved.index());
        assertThat(peer.links().find("b")).isEmpty();
    }

    @Test
    void bridgesTakePorts() {
        int bridge = netlink.links().createBridge("bridge");
        netlink.links().setMaster(a, bridge);
        assertThat(netlink.links().get(a).masterIndex()).isEqualTo(bridge);
        netlink.links().setMaster(a, 0);
        assertThat(netlink.links().get(a).masterIndex()).isZero();
    }

    @Test
    void vlansAndDummiesAreMadeWhereTheKernelHasThem() {
        int vlan = unlessMissing("VLANs", () -> netlink.links().createVlan("a.5", a, 5));
        assertThat(netlink.links().get(vlan).peerIndex()).isEqualTo(a);
        int dummy = unlessMissing("dummy", () -> netlink.links().createDummy("dummy"));
        assertThat(netlink.links().get(dummy).kind()).isEqualTo("dummy");
    }

    @Test
    void errorsNameTheObjectAndTheKernelsReason() {
        assertThatThrownBy(() -> netlink.links().createVeth("a", "c"))
                .isInstanceOf(LinuxException.class)
                .hasMessageStartingWith("RTM_NEWLINK(veth a/c): EEXIST");
        assertThatThrownBy(() -> netlink.links().get("nothing"))
                .hasMessageStartingWith("RTM_GETLINK(nothing): ENODEV");
        assertThatThrownBy(() -> netlink.links().setMtu(a, 10))
                .hasMessageContaining("mtu 10): EINVAL")
                .hasMessageContaining("mtu less than device minimum");
        assertThatThrownBy(() -> netlink.routes().add(Route.toHost(FAR).via(FAR).on(a)))
                .hasMessageContaining("RTM_NEWROUTE(198.51.100.7/32 via 198.51.100.7 on #" + a)
                .hasMessageContaining("Nexthop has invalid gateway");
    }

    @Test
    void addressesOfBothFamiliesAreUsableAtOnce() {
        assertThat(netlink.addresses().list())
                .filteredOn(address -> address.scope() == 0)
                .allMatch(address -> !address.isTentative())
                .extracting(InterfaceAddress::address)
                .containsExactlyInAnyOrder(A4, A6);
        netlink.addresses().delete(a, A4, 24);
        netlink.addresses().delete(a, A6, 64);
        assertThat(netlink.addresses().list())
                .extracting(InterfaceAddress::address)
                .doesNotContain(A4, A6);
    }

    @Test
    void routesAreAddedLookedUpAndDeleted() {
        Route byDefault = Route.byDefault(Family.IPV4).via(B4).on(a).withMtu(1400).withSource(A4);
        netlink.routes().add(byDefault);
        Route found = netlink.routes().lookUp(Routes.Query.to(FAR));
        assertThat(found.type()).isEqualTo(Route.Type.UNICAST);
        assertThat(found.interfaceIndex()).isEqualTo(a);
        assertThat(found.gateway()).isEqualTo(B4);
        assertThat(found.source()).isEqualTo(A4);
        assertThat(found.mtuBytes()).isEqualTo(1400);
        assertThat(netlink.routes().list(Family.IPV4)).contains(byDefault);

        assertThatThrownBy(() -> netlink.routes().add(byDefault)).hasMessageContaining("EEXIST");
        netlink.routes().replace(byDefault.withMtu(1300));
        assertThat(netlink.routes().lookUp(Routes.Query.to(FAR)).mtuBytes()).isEqualTo(1300);
        netlink.routes().delete(Route.byDefault(Family.IPV4).via(B4));
        assertThat(netlink.routes().lookUp(Routes.Query.to(FAR)).type())
                .isEqualTo(Route.Type.UNREACHABLE);
    }

    @Test
    void routesOfIpv6AreLookedUpToo() {
        Address far = Address.parse("2001:db8:9::7");
        assertThat(netlink.routes().lookUp(Routes.Query.to(far)).type())
                .isEqualTo(Route.Type.UNREACHABLE);
        netlink.routes().add(Route.byDefault(Family.IPV6).via(B6).on(a));
        Route found = netlink.routes().lookUp(Routes.Query.to(far).from(A6));
        assertThat(found.gateway()).isEqualTo(B6);
        assertThat(found.interfaceIndex()).isEqualTo(a);
        assertThat(netlink.routes().lookUp(Routes.Query.to(B6)).gateway()).isNull();
        assertThat(netlink.routes().lookUp(Routes.Query.to(A6)).type()).isEqualTo(Route.Type.LOCAL);
    }

    @Test
    void aGatewayMayBeOfTheOtherFamily() {
        netlink.routes().add(Route.to(FAR, 32).via(B6).on(a));
        assertThat(netlink.routes().lookUp(Routes.Query.to(FAR)).gateway()).isEqualTo(B6);
    }

    @Test
    void specialRoutesAreAnswersAndNotErrors() {
        netlink.routes().add(Route.toHost(FAR).ofType(Route.Type.BLACKHOLE));
        assertThat(netlink.routes().lookUp(Routes.Query.to(FAR)).type())
                .isEqualTo(Route.Type.BLACKHOLE);
        netlink.routes().delete(Route.toHost(FAR).ofType(Route.Type.BLACKHOLE));
        netlink.routes().add(Route.toHost(FAR).ofType(Route.Type.PROHIBIT));
        assertThat(netlink.routes().lookUp(Routes.Query.to(FAR)).type())
                .isEqualTo(Route.Type.PROHIBIT);
        int lo = netlink.links().get("lo").index();
        netlink.links().setUp(lo, true);
        netlink.routes()
                .replace(
                        Route.toHost(FAR)
                                .ofType(Route.Type.LOCAL)
                                .inTable(Route.TABLE_LOCAL)
                                .on(lo));
        assertThat(netlink.routes().lookUp(Routes.Query.to(FAR)).type())
                .isEqualTo(Route.Type.LOCAL);
    }

    @Test
    void aForwardedPacketIsLookedUpByWhereItCameIn() {
        int second = netlink.links().createVeth("c", "d");
        netlink.links().setUp(second, true);
        netlink.links().setUp(netlink.links().get("d").index(), true);
        netlink.addresses().add(second, Address.parse("203.0.113.1"), 24);
        Routes.Query query = Routes.Query.to(Address.parse("203.0.113.9")).from(B4).in(a);
        assertThat(netlink.routes().lookUp(query).type()).isEqualTo(Route.Type.UNREACHABLE);
        here.setSysctl("net/ipv4/ip_forward", 1);
        assertThat(netlink.routes().lookUp(query).interfaceIndex()).isEqualTo(second);
    }

    @Test
    void marksChooseATable() {
        for (Family family : Family.values()) {
            Address gateway = family == Family.IPV6 ? B6 : B4;
            Address far = family == Family.IPV6 ? Address.parse("2001:db8:9::7") : FAR;
            Rule rule = Rule.forMark(family, 1000, 5, 300);
            netlink.routes().add(Route.byDefault(family).via(gateway).on(a).inTable(300));
            netlink.rules().add(rule);
            assertThat(netlink.rules().list(family)).contains(rule);
            assertThat(netlink.routes().lookUp(Routes.Query.to(far)).type())
                    .isEqualTo(Route.Type.UNREACHABLE);
            Route found = netlink.routes().lookUp(Routes.Query.to(far).marked(5));
            assertThat(found.gateway()).isEqualTo(gateway);
            assertThat(found.table()).isEqualTo(300);
            netlink.rules().delete(rule);
            assertThat(netlink.rules().list(family)).doesNotContain(rule);
        }
    }

    @Test
    void neighboursAreResolvedOnRequestAndAnnounced() {
        try (Notifications changes =
                Notifications.subscribe(here, Notifications.Topic.NEIGHBOURS)) {
            assertThat(netlink.neighbours().find(a, B4)).isEmpty();
            long mac = peer.links().get(b).macAddress();
            for (Address address : List.of(B4, B6)) {
                netlink.neighbours().use(a, address);
                awaitEvent(
                        changes,
                        event ->
                                event
                                                instanceof
                                                NetworkEvent.NeighbourEvent(
                                                        Neighbour neighbour,
                                                        boolean removed)
                                        && !removed
                                        && neighbour.address().equals(address)
                                        && neighbour.isUsable()
                                        && neighbour.macAddress() == mac);
                assertThat(netlink.neighbours().find(a, address).orElseThrow().macAddress())
                        .isEqualTo(mac);
            }
            assertThat(netlink.neighbours().list()).extracting(Neighbour::address).contains(B4, B6);
        }
    }

    @Test
    void aNeighbourCanBeSetForGood() {
        Address other = Address.parse("192.0.2.99");
        netlink.neighbours().addPermanent(a, other, 0x02_00_00_00_00_63L);
        Neighbour neighbour = netlink.neighbours().find(a, other).orElseThrow();
        assertThat(neighbour.state()).isEqualTo(Neighbour.PERMANENT);
        assertThat(neighbour.macAddress()).isEqualTo(0x02_00_00_00_00_63L);
        assertThat(neighbour.isUsable()).isTrue();
        netlink.neighbours().delete(a, other);
        assertThat(netlink.neighbours().find(a, other).filter(Neighbour::isUsable)).isEmpty();
    }

    @Test
    void changesAreAnnounced() {
        try (Notifications changes =
                Notifications.subscribe(
                        here,
                        Notifications.Topic.LINKS,
                        Notifications.Topic.ADDRESSES,
                        Notifications.Topic.ROUTES,
                        Notifications.Topic.RULES)) {
            netlink.links().setMtu(a, 1400);
            awaitEvent(
                    changes,
                    event ->
                            event instanceof NetworkEvent.LinkEvent(Link link, boolean removed)
                                    && !removed
                                    && link.name().equals("a")
                                    && link.mtuBytes() == 1400);
            netlink.routes().add(Route.toHost(FAR).via(B4));
            awaitEvent(
                    changes,
                    event ->
                            event instanceof NetworkEvent.RouteEvent(Route route, boolean removed)
                                    && !removed
                                    && route.destination().equals(FAR));
            netlink.rules().add(Rule.forMark(Family.IPV6, 77, 1, 300));
            awaitEvent(
                    changes,
                    event ->
                            event instanceof NetworkEvent.RuleEvent(Rule rule, boolean removed)
                                    && !removed
                                    && rule.priority() == 77);
            netlink.addresses().delete(a, A4, 24);
            awaitEvent(
                    changes,
                    event ->
                            event
                                            instanceof
                                            NetworkEvent.AddressEvent(
                                                    InterfaceAddress address,
                                                    boolean removed)
                                    && removed
                                    && address.address().equals(A4));
            netlink.links().delete(a);
            awaitEvent(
                    changes,
                    event ->
                            event instanceof NetworkEvent.LinkEvent(Link link, boolean removed)
                                    && removed
                                    && link.index() == a);
        }
    }

    @Test
    void classicFiltersRedirect() {
        int slow = netlink.links().createVeth("slow0", "slow1");
        ClassicAssembler everything = new ClassicAssembler();
        everything.returnConstant(-1);
        TrafficControl trafficControl = netlink.trafficControl();
        trafficControl.addClsact(a);
        trafficControl.addClsact(a);
        for (TrafficControl.Redirect redirect : TrafficControl.Redirect.values()) {
            trafficControl.attachRedirect(
                    a, TrafficControl.Hook.INGRESS, 7, everything.assemble(), redirect, slow);
        }
        assertThat(trafficControl.list(a, TrafficControl.Hook.INGRESS))
                .containsExactly(new TrafficControl.Filter(7, 1, "bpf", ""));
        assertThat(trafficControl.list(a, TrafficControl.Hook.EGRESS)).isEmpty();
        trafficControl.deleteFilters(a, TrafficControl.Hook.INGRESS, 7);
        assertThat(trafficControl.list(a, TrafficControl.Hook.INGRESS)).isEmpty();
        trafficControl.attachRedirect(
                a,
                TrafficControl.Hook.EGRESS,
                8,
                everything.assemble(),
                TrafficControl.Redirect.OUT_OF,
                slow);
        trafficControl.deleteFilters(a, TrafficControl.Hook.EGRESS);
        assertThat(trafficControl.list(a, TrafficControl.Hook.EGRESS)).isEmpty();
        trafficControl.deleteClsact(a);
        assertThatThrownBy(() -> trafficControl.deleteClsact(a)).isInstanceOf(LinuxException.class);
    }

    @Test
    void programsAreAttachedAndReplaced() {
        try (Descriptor program = programThatPasses()) {
            TrafficControl trafficControl = netlink.trafficControl();
            trafficControl.addClsact(a);
            for (String name : List.of("first", "second")) {
                trafficControl.attachBpf(a, TrafficControl.Hook.EGRESS, 3, program.number(), name);
            }
            assertThat(trafficControl.list(a, TrafficControl.Hook.EGRESS))
                    .containsExactly(new TrafficControl.Filter(3, 1, "bpf", "second"));
        }
    }

    /// `r0 = 0; exit`, which is TC_ACT_OK.
    private static Descriptor programThatPasses() {
        int load = 5;
        int schedulerClass = 3;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(128, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, schedulerClass);
            attributes.set(ValueLayout.JAVA_INT, 4, 2);
            attributes.set(
                    ValueLayout.ADDRESS, 8, arena.allocateFrom(ValueLayout.JAVA_LONG, 0xb7, 0x95));
            attributes.set(ValueLayout.ADDRESS, 16, arena.allocateFrom("Apache-2.0"));
            int program = Kernel.bpf(load, attributes);
            Needs.that(program != -Errno.EPERM, "bpf(2) is refused; it takes root");
            return Descriptor.of(program, "bpf", "BPF_PROG_LOAD", "");
        }
    }

    @Test
    void offloadsAreSwitched() {
        here.run(() -> {
            Offload.GENERIC_RECEIVE.set("a", true);
            Offload.TX_CHECKSUM.set("a", false);
            assertThat(Offload.TX_CHECKSUM.isOn("a")).isFalse();
            assertThat(Offload.TCP_SEGMENTATION.isOn("a")).isFalse();
            Offload.TX_CHECKSUM.set("a", true);
            Offload.TCP_SEGMENTATION.set("a", true);
            assertThat(Offload.TCP_SEGMENTATION.isOn("a")).isTrue();
            Offload.GENERIC_SEGMENTATION.set("a", false);
            assertThat(Offload.GENERIC_SEGMENTATION.isOn("a")).isFalse();
            assertThatThrownBy(() -> Offload.TX_CHECKSUM.set("nothing", false))
                    .hasMessageContaining("nothing): ENODEV");
        });
    }

    private static void awaitLocal(Rtnetlink netlink, Address address) {
        for (int i = 0; i < 500; i++) {
            if (netlink.routes().lookUp(Routes.Query.to(address)).type() == Route.Type.LOCAL) {
                return;
            }
            LockSupport.parkNanos(10_000_000);
        }
        throw new AssertionError(address + " did not become local within five seconds");
    }

    private static void awaitEvent(Notifications changes, Predicate<NetworkEvent> expected) {
        List<NetworkEvent> events = List.of();
        for (int i = 0; i < 50; i++) {
            events = changes.await(100);
            if (events.stream().anyMatch(expected)) {
                return;
            }
        }
        throw new AssertionError("nothing like it was announced; the last events: " + events);
    }

    private static int unlessMissing(String what, java.util.function.IntSupplier creation) {
        try {
            return creation.getAsInt();
        } catch (LinuxException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                throw new TestAbortedException("this kernel has no " + what, e);
            }
            throw e;
        }
    }
}
