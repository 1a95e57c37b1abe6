package dev.sluice.gate;

import static dev.sluice.gate.GateBed.VIP;
import static dev.sluice.gate.GateBed.VIP6;
import static dev.sluice.gate.GateBed.ip;
import static dev.sluice.gate.GateBed.run;
import static dev.sluice.wire.PacketBuilder.ethernet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import dev.sluice.gate.EbpfGate.Way;
import dev.sluice.gate.Gates.Mode;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.gate.program.Programs;
import dev.sluice.net.bpf.BpfFileSystem;
import dev.sluice.net.bpf.BpfPrivileges;
import dev.sluice.net.bpf.TcxLink;
import dev.sluice.net.bpf.TcxLink.Direction;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Privileges;
import dev.sluice.net.netlink.Links;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// The gate at real interfaces.
final class EbpfGateIT {

    private GateBed bed;
    private final List<EbpfGate> opened = new ArrayList<>();

    @BeforeAll
    static void needsPrivilege() {
        BpfPrivileges.need();
        Privileges.needNamespaces();
    }

    @BeforeEach
    void build() {
        bed = new GateBed();
    }

    @AfterEach
    void remove() {
        bed.close();
        opened.forEach(EbpfGate::close);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whatIsOursComesUpWithMetadata(Way way) throws Exception {
        open(way);
        gate().publish(
                        new TestServices()
                                .udp(VIP, 53)
                                .nat("10.0.0.11", 53)
                                .udp(VIP6, 53)
                                .configuration());
        GateBed.Taker taker = bed.taker(gate(), false);
        bed.datagram(bed.client, 4711, VIP, 53);
        MemorySegment frame = MemorySegment.ofArray(taker.next());
        assertThat(Metadata.kind(frame, 0)).isEqualTo(Metadata.CLIENT);
        assertThat(Metadata.worker(frame, 0)).isZero();
        assertThat(Metadata.interfaceIndex(frame, 0)).isEqualTo(bed.index(bed.director, "eth0"));
        assertThat(Ethernet.source(frame, 0)).isEqualTo(bed.mac(bed.client, "eth0"));
        assertThat(Ethernet.type(frame, 0)).isEqualTo(Ethernet.TYPE_IPV4);
        bed.datagram(bed.client, 0, VIP6, 53);
        assertThat(Ethernet.type(MemorySegment.ofArray(taker.next()), 0))
                .isEqualTo(Ethernet.TYPE_IPV6);
        bed.datagram(bed.server, 53, "172.16.0.1", 4711);
        frame = MemorySegment.ofArray(taker.next());
        assertThat(Metadata.kind(frame, 0)).isEqualTo(Metadata.SERVER);
        assertThat(Metadata.interfaceIndex(frame, 0)).isEqualTo(bed.index(bed.director, "eth1"));
        assertThat(gate().count(Decision.CLIENT)).isEqualTo(2);
        assertThat(gate().count(Decision.SERVER)).isOne();
    }

    @Test
    void whatIsNotOursNeverLeavesTheStack() throws Exception {
        open(Way.TCX);
        gate().publish(new TestServices().tcp(VIP, 80).nat("10.0.0.11", 80).configuration());
        GateBed.Taker taker = bed.taker(gate(), false);
        bed.echo(bed.director, 22);
        assertThat(bed.ask("172.16.0.254", 22)).isEqualTo("hello");
        assertThat(bed.ask(VIP, 22)).isEqualTo("hello");
        assertThat(bed.ask(VIP6, 22)).isEqualTo("hello");
        bed.echo(bed.server, 22);
        assertThat(bed.ask("10.0.0.11", 22)).isEqualTo("hello"); // routed
        assertThat(bed.ask("2001:db8:10::11", 22)).isEqualTo("hello");
        boolean ping = bed.client.call(() -> InetAddress.getByName(VIP).isReachable(1000));
        assertThat(ping).isTrue();
        assertThat(taker.frames).isEmpty();
    }

    @ParameterizedTest(name = "rp_filter {0}")
    @ValueSource(ints = {0, 1, 2})
    void whatIsGivenBackArrivesAsIfNothingHadHappened(int rpFilter) throws Exception {
        for (String device : List.of("all", "eth0", "default")) {
            bed.director.setSysctl("net/ipv4/conf/" + device + "/rp_filter", rpFilter);
        }
        open(Way.TCX);
        gate().publish(new TestServices().tcp(VIP, 80).tcp(VIP6, 80).configuration());
        GateBed.Taker taker = bed.taker(gate(), true);
        bed.echo(bed.director, 80);
        assertThat(bed.ask(VIP, 80)).isEqualTo("hello");
        assertThat(bed.ask(VIP6, 80)).isEqualTo("hello");
        assertThat(taker.frames).isNotEmpty();
        await(() ->
                gate().count(Decision.CLIENT) > 0
                        && gate().count(Decision.RETURNED) == gate().count(Decision.CLIENT));
    }

    @Test
    void clsactGivesBackToo() throws Exception {
        open(Way.CLSACT);
        gate().publish(new TestServices().tcp(VIP, 80).tcp(VIP6, 80).configuration());
        bed.taker(gate(), true);
        bed.echo(bed.director, 80);
        assertThat(bed.ask(VIP, 80)).isEqualTo("hello");
        assertThat(bed.ask(VIP6, 80)).isEqualTo("hello");
    }

    @Test
    void superPacketsGoBackWhole() throws Exception {
        open(Way.TCX);
        gate().publish(new TestServices().tcp(VIP, 80).configuration());
        GateBed.Taker taker = bed.taker(gate(), true);
        bed.echo(bed.director, 80);
        String much = "0123456789".repeat(300_000);
        assertThat(bed.ask(InetAddress.getByName(VIP), 80, much)).isEqualTo(much);
        assertThat(taker.frames).anyMatch(frame -> frame.length > 10_000);
    }

    @Test
    void rulesAboutTheIncomingInterfaceStillHold() throws Exception {
        // Nothing is local but what comes in at eth0 or goes out from here.
        ip(bed.director, "rule add pref 10 iif eth0 lookup local");
        ip(bed.director, "rule add pref 11 iif lo lookup local");
        ip(bed.director, "rule delete pref 0");
        open(Way.TCX);
        gate().publish(new TestServices().tcp(VIP, 80).configuration());
        GateBed.Taker taker = bed.taker(gate(), true);
        bed.echo(bed.director, 80);
        assertThat(bed.ask(VIP, 80)).isEqualTo("hello");
        assertThat(taker.frames).isNotEmpty();
    }

    @Test
    void linkLocalAddressesWork() throws Exception {
        ip(bed.director, "address add fe80::254/64 dev eth0 nodad");
        open(Way.TCX);
        gate().publish(new TestServices().tcp("fe80::254", 80).configuration());
        GateBed.Taker taker = bed.taker(gate(), true);
        bed.echo(bed.director, 80);
        InetAddress scoped =
                Inet6Address.getByAddress(
                        null, Address.parse("fe80::254").bytes(), bed.index(bed.client, "eth0"));
        assertThat(bed.ask(scoped, 80, "hello")).isEqualTo("hello");
        assertThat(taker.frames).isNotEmpty();
    }

    @Test
    void markedPacketsComeByARuleAndARoute() throws Exception {
        open(Way.TCX);
        gate().publish(
                        new TestServices()
                                .mark(Family.IPV4, 7)
                                .mark(Family.IPV6, 7)
                                .configuration());
        GateBed.Taker taker = bed.taker(gate(), false);
        run(
                bed.director,
                "nft add table inet m && nft add chain inet m p '{ type filter hook prerouting"
                        + " priority mangle; }' && nft add rule inet m p udp dport 7777 meta mark"
                        + " set 7");
        for (String family : List.of("-4", "-6")) {
            ip(bed.director, family + " rule add fwmark 7 lookup 77");
            ip(bed.director, family + " route add default dev slow0 table 77");
        }
        bed.datagram(bed.client, 0, "192.168.1.77", 7777);
        assertRouted(taker.next(), 7);
        bed.datagram(bed.client, 0, "2001:db8:1::77", 7777);
        assertRouted(taker.next(), 7);
        run(bed.director, "nft flush chain inet m p");
        run(bed.director, "nft add rule inet m p udp dport 7777 meta mark set 8");
        ip(bed.director, "rule add fwmark 8 lookup 77");
        bed.datagram(bed.client, 0, "192.168.1.77", 7777);
        await(() -> gate().count(Decision.ROUTED_UNKNOWN) == 1);
        assertThat(taker.frames).isEmpty();
    }

    private void assertRouted(byte[] bytes, int mark) {
        MemorySegment frame = MemorySegment.ofArray(bytes);
        assertThat(Metadata.kind(frame, 0)).isEqualTo(Metadata.ROUTED);
        assertThat(Metadata.mark(frame, 0)).isEqualTo(mark);
        assertThat(Metadata.interfaceIndex(frame, 0)).isEqualTo(bed.index(bed.director, "eth0"));
    }

    @Test
    void taggedAndTruncatedFramesPass() throws Exception {
        open(Way.TCX);
        gate().publish(Scenario.configuration());
        GateBed.Taker taker = bed.taker(gate(), false);
        String from = Links.macText(bed.mac(bed.client, "eth0"));
        String to = Links.macText(bed.mac(bed.director, "eth0"));
        List<byte[]> frames = new ArrayList<>();
        frames.add(ethernet(from, to).vlan(7).ipv4("172.16.0.1", VIP).tcp(1, 80).build());
        frames.add(ethernet(from, to).vlan(7).ipv6("2001:db8:99::1", VIP6).tcp(1, 80).build());
        for (Scenario scenario : Scenario.all()) {
            byte[] frame = scenario.frame().array();
            if (scenario.name().contains("cut after") && frame.length > 14) {
                MemorySegment.copy(
                        frames.getFirst(),
                        0,
                        MemorySegment.ofArray(frame),
                        ValueLayout.JAVA_BYTE,
                        0,
                        12);
                frames.add(frame);
            }
        }
        long passed = gate().count(Decision.PASSED);
        bed.send(bed.client, "eth0", frames);
        await(() -> gate().count(Decision.PASSED) >= passed + frames.size());
        assertThat(taker.frames).isEmpty();
        bed.send(
                bed.client,
                "eth0",
                List.of(ethernet(from, to).ipv4("172.16.0.1", VIP).tcp(1, 80).build()));
        assertThat(Metadata.kind(MemorySegment.ofArray(taker.next()), 0))
                .isEqualTo(Metadata.CLIENT);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void afterADeathServiceTrafficIsDroppedUntilTheNextDirectorHasItsConfiguration(Way way)
            throws Exception {
        var configuration = new TestServices().tcp(VIP, 80).configuration();
        open(way);
        gate().publish(configuration);
        GateBed.Taker taker = bed.taker(gate(), true);
        assertThatThrownBy(() -> bed.ask(VIP, 80))
                .as("nobody listens, so the stack refuses what is given back")
                .isInstanceOf(ConnectException.class);
        taker.stopBeating();
        gate().abandon();
        TimeUnit.MILLISECONDS.sleep(Programs.STALE_NANOS / 1_000_000 + 100);
        assertThatThrownBy(() -> bed.ask(VIP, 80))
                .as("dropped, not refused")
                .isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> bed.ask(VIP, 81)).isInstanceOf(ConnectException.class);

        open(way);
        assertThat(gate().tookOver()).isTrue();
        assertThat(gate().count(Decision.STALE)).isPositive();
        bed.taker(gate(), true);
        assertThatThrownBy(() -> bed.ask(VIP, 80))
                .as("still without configuration")
                .isInstanceOf(SocketTimeoutException.class);
        gate().publish(configuration);
        assertThatThrownBy(() -> bed.ask(VIP, 80)).isInstanceOf(ConnectException.class);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void closingRemovesEveryTrace(Way way) throws Exception {
        String devices = devices();
        open(way);
        assertThat(devices()).contains("slow0", "slow1");
        gate().close();
        assertNoTrace(devices);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void leftoversAreRemovedWithoutADirector(Way way) throws Exception {
        String devices = devices();
        open(way);
        gate().abandon();
        assertThat(bed.director.call(EbpfGate::removeLeftovers)).isTrue();
        assertNoTrace(devices);
        assertThat(bed.director.call(EbpfGate::removeLeftovers)).isFalse();
    }

    @Test
    void whatIsPinnedForANamespaceThatIsGoneIsRemovedByTheNextStop() throws Exception {
        Path gone = pinsOfANamespaceThatIsGone();
        assertThat(gone).isDirectory();
        assertThat(bed.client.call(EbpfGate::removeLeftovers)).isTrue();
        assertThat(gone).doesNotExist();
        assertThat(bed.client.call(EbpfGate::removeLeftovers)).isFalse();
    }

    @Test
    void whatIsPinnedForANamespaceThatIsGoneIsRemovedByTheNextDirector() throws Exception {
        Path gone = pinsOfANamespaceThatIsGone();
        open(Way.TCX);
        assertThat(gone).doesNotExist();
    }

    @Test
    void whatIsPinnedForANamespaceThatLivesStays() {
        open(Way.TCX);
        gate().abandon();
        assertThat(bed.client.call(EbpfGate::removeLeftovers)).isFalse();
        assertThat(pins()).isDirectory();
        open(Way.TCX);
        assertThat(gate().tookOver()).isTrue();
    }

    /// As after a killed director whose container was removed.
    private static Path pinsOfANamespaceThatIsGone() throws InterruptedException {
        Path pins;
        try (NetworkNamespace container = NetworkNamespace.unnamed()) {
            pins = pins(container);
            ip(container, "link add eth0 type veth peer name peer0");
            ip(container, "link set eth0 up");
            GateSettings settings = new GateSettings(List.of("eth0"), 1, 1, 2);
            container.call(() -> new EbpfGate(settings, Way.TCX)).abandon();
            assertThat(TcxAttachments.areDefunct(pins)).isFalse();
        }
        await(() -> TcxAttachments.areDefunct(pins)); // the kernel takes its time
        return pins;
    }

    private void assertNoTrace(String devices) throws Exception {
        assertThat(devices()).isEqualTo(devices);
        assertThat(programs("eth0")).isZero();
        assertThat(run(bed.director, "tc qdisc show")).doesNotContain("clsact");
        assertThat(pins()).doesNotExist();
    }

    @Test
    void anInterfaceThatComesBackGetsItsGateBack() throws Exception {
        open(Way.TCX);
        gate().publish(new TestServices().udp("10.0.0.1", 53).configuration());
        ip(bed.director, "link delete eth1");
        gate().addressesChanged();
        ip(bed.director, "link add eth1 type veth peer name peer1");
        ip(bed.director, "address add 10.0.0.1/24 dev eth1");
        ip(bed.director, "link set eth1 up");
        ip(bed.director, "link set peer1 up");
        gate().addressesChanged();
        assertThat(programs("eth1")).isEqualTo(1);
        assertThat(pins().resolve("link-" + bed.index(bed.director, "eth1") + "-ingress")).exists();
    }

    @Test
    void addressesOfTheDirectorAreFollowed() throws Exception {
        open(Way.TCX);
        gate().publish(new TestServices().tcp(VIP, 80).nat("10.0.0.11", 80).configuration());
        GateBed.Taker taker = bed.taker(gate(), false);
        run(bed.server, "nc -w1 -p 80 10.0.0.1 22 < /dev/null || true");
        assertThat(taker.frames).as("an answer to the director itself").isEmpty();
        bed.datagram(bed.server, 80, "10.0.0.2", 22);
        ip(bed.director, "address add 10.0.0.2/24 dev eth1");
        gate().addressesChanged();
        run(bed.server, "nc -w1 -p 80 10.0.0.2 22 < /dev/null || true");
        assertThat(taker.frames).isEmpty();
        ip(bed.director, "address delete 10.0.0.2/24 dev eth1");
        gate().addressesChanged();
        String frame = Links.macText(bed.mac(bed.director, "eth1"));
        bed.send(
                bed.server,
                "eth0",
                List.of(
                        ethernet("02:00:00:00:00:01", frame)
                                .ipv4("10.0.0.11", "10.0.0.2")
                                .tcp(80, 22)
                                .build()));
        assertThat(Metadata.kind(MemorySegment.ofArray(taker.next()), 0))
                .isEqualTo(Metadata.SERVER);
    }

    @Test
    void aSecondDirectorIsRefused() {
        open(Way.TCX);
        for (String name : List.of("eth0", "eth1")) {
            GateSettings settings = new GateSettings(List.of(name), 1, 1, 2);
            assertThatThrownBy(() -> bed.director.call(() -> EbpfGate.open(settings)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("claim(" + name + "): EADDRINUSE")
                    .hasMessageContaining("another director runs on this interface");
            assertThatThrownBy(() -> bed.director.call(() -> Gates.open(Mode.AUTO, settings)))
                    .hasMessageContaining("another director runs on this interface");
        }
    }

    @Test
    void theGateDoesNotBelongAtLoopbackOrAPortOfABridge() {
        ip(bed.director, "link add br0 type bridge");
        ip(bed.director, "link set eth1 master br0");
        assertThatThrownBy(() -> open(List.of("eth1")))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("it is a port of br0");
        assertThatThrownBy(() -> open(List.of("lo")))
                .hasMessageContaining("it is no Ethernet device");
        assertThatThrownBy(() -> open(List.of("eth9"))).hasMessageContaining("eth9): ENODEV");
    }

    @Test
    void aDeviceOfAnotherOwnerIsLeftAlone() {
        ip(bed.director, "link add slow0 type bridge");
        assertThatThrownBy(() -> open(Way.TCX)).hasMessageContaining("is not Sluice's");
        assertThat(pins()).doesNotExist();
        assertThat(devices()).contains("slow0");
    }

    private void open(Way way) {
        opened.add(
                bed.director.call(() ->
                        new EbpfGate(new GateSettings(List.of("eth0", "eth1"), 1, 11, 22), way)));
    }

    private void open(List<String> interfaces) {
        opened.add(bed.director.call(() -> EbpfGate.open(new GateSettings(interfaces, 1, 1, 2))));
    }

    private EbpfGate gate() {
        return opened.getLast();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            if (condition.getAsBoolean()) {
                return; // not asked again: packets on their way change counters
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        fail("waited in vain");
    }

    private int programs(String device) {
        int index = bed.index(bed.director, device);
        return bed.director.call(() -> TcxLink.count(index, Direction.INGRESS));
    }

    private String devices() {
        try (Rtnetlink netlink = Rtnetlink.open(bed.director)) {
            return netlink.links().list().stream().map(link -> link.name()).toList().toString();
        }
    }

    private Path pins() {
        return pins(bed.director);
    }

    private static Path pins(NetworkNamespace namespace) {
        Path root = BpfFileSystem.mounted();
        assertThat(root).isDirectory();
        return root.resolve("sluice").resolve(Long.toString(namespace.inode()));
    }
}
