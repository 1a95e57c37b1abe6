package dev.sluice.gate;

import static dev.sluice.gate.GateBed.VIP;
import static dev.sluice.gate.GateBed.VIP6;
import static dev.sluice.gate.GateBed.run;
import static dev.sluice.wire.PacketBuilder.ethernet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.gate.Gates.Mode;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.Privileges;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Links;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.netlink.TrafficControl.Filter;
import dev.sluice.net.netlink.TrafficControl.Hook;
import dev.sluice.net.netlink.TrafficControl.Redirect;
import dev.sluice.wire.PacketBuilder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// Direct mode at real interfaces.
final class DirectGateIT {

    private static final String SERVER = "10.0.0.11";
    private static final String CLIENT = "172.16.0.1";

    private GateBed bed;
    private String before;
    private final List<Gate> opened = new ArrayList<>();

    @BeforeAll
    static void needsPrivilege() {
        Privileges.needNamespaces();
    }

    @BeforeEach
    void build() {
        bed = new GateBed();
        before = traces();
    }

    @AfterEach
    void remove() {
        opened.reversed().forEach(Gate::close);
        bed.close();
    }

    private Gate open(String... interfaces) {
        Gate gate =
                bed.director.call(() ->
                        Gates.open(Mode.DIRECT, new GateSettings(List.of(interfaces), 1, 1, 2)));
        opened.add(gate);
        return gate;
    }

    /// Everything that a gate could leave behind.
    private String traces() {
        return run(bed.director, "ip -o link; tc qdisc show; tc filter show dev eth0 ingress")
                .replaceAll("qlen \\d+", "");
    }

    @Test
    void whatIsOursComesUpAsItCame() throws Exception {
        Gate gate = open("eth0", "eth1");
        gate.publish(
                new TestServices()
                        .udp(VIP, 53)
                        .nat(SERVER, 53)
                        .udp(VIP6, 53)
                        .nat("2001:db8:10::11", 53)
                        .configuration());
        GateBed.Taker taker = bed.taker(gate, false);
        for (byte[] frame :
                List.of(
                        client().ipv4(CLIENT, VIP).udp(4711, 53).payload("hello").build(),
                        client().ipv6("2001:db8:99::1", VIP6).udp(4711, 53).payload(9).build(),
                        client().ipv4(CLIENT, VIP).fragment(8, false, 7).payload(64).build(),
                        client().ipv4(CLIENT, VIP)
                                .icmpUnreachable(
                                        3, PacketBuilder.ipv4(VIP, CLIENT).udp(53, 4711).build())
                                .build())) {
            bed.send(bed.client, "eth0", List.of(frame));
            assertThat(taker.next()).isEqualTo(frame);
        }
        byte[] reply = server().ipv4(SERVER, CLIENT).udp(53, 4711).payload("there").build();
        bed.send(bed.server, "eth0", List.of(reply));
        assertThat(taker.next()).isEqualTo(reply);
        byte[] error =
                server().ipv4("10.0.0.99", CLIENT)
                        .icmpUnreachable(
                                1, PacketBuilder.ipv4(CLIENT, SERVER).udp(4711, 53).build())
                        .build();
        bed.send(bed.server, "eth0", List.of(error));
        assertThat(taker.next()).isEqualTo(error);
    }

    @Test
    void whatIsNotOursNeverLeavesTheStack() throws Exception {
        Gate gate = open("eth0", "eth1");
        gate.publish(
                new TestServices()
                        .tcp(VIP, 80)
                        .nat(SERVER, 80)
                        .tcp(VIP6, 80)
                        .nat("2001:db8:10::11", 80)
                        .configuration());
        GateBed.Taker taker = bed.taker(gate, false);
        bed.echo(bed.director, 22);
        bed.echo(bed.server, 22);
        for (String address :
                List.of("172.16.0.254", VIP, SERVER, "2001:db8:99::254", VIP6, "2001:db8:10::11")) {
            assertThat(bed.ask(address, 22)).as(address).isEqualTo("hello");
        }
        for (String address : List.of(VIP, VIP6)) {
            assertThat(
                            (boolean)
                                    bed.client.call(
                                            () -> InetAddress.getByName(address).isReachable(1500)))
                    .as(address)
                    .isTrue();
        }
        assertThat(taker.frames).isEmpty();
    }

    @Test
    void theSlowDevicesAreSilent() throws Exception {
        Gate gate = open("eth0", "eth1");
        GateBed.Taker taker = bed.taker(gate, true);
        Thread.sleep(2500); // multicast listeners and routers are looked for in the first seconds
        assertThat(taker.frames).isEmpty();
        assertThat(run(bed.director, "ip -6 address show dev slow00")).isBlank();
        assertThat(run(bed.director, "ip -6 address show dev slow01")).isBlank();
        assertThat(bed.director.sysctl("net/ipv6/conf/slow00/disable_ipv6")).isEqualTo("1");
        assertThat(bed.director.sysctl("net/ipv6/conf/slow01/disable_ipv6")).isEqualTo("1");
    }

    @ParameterizedTest(name = "rp_filter {0}")
    @ValueSource(ints = {0, 1, 2})
    void whatIsGivenBackArrivesAsIfNothingHadHappened(int rpFilter) throws Exception {
        for (String device : List.of("all", "eth0", "default")) {
            bed.director.setSysctl("net/ipv4/conf/" + device + "/rp_filter", rpFilter);
        }
        Gate gate = open("eth0", "eth1");
        gate.publish(new TestServices().tcp(VIP, 80).tcp(VIP6, 80).configuration());
        GateBed.Taker taker = bed.taker(gate, true);
        bed.echo(bed.director, 80);
        assertThat(bed.ask(VIP, 80)).isEqualTo("hello");
        assertThat(bed.ask(VIP6, 80)).isEqualTo("hello");
        String much = "0123456789".repeat(100_000);
        assertThat(bed.ask(InetAddress.getByName(VIP), 80, much)).isEqualTo(much);
        assertThat(taker.frames).anyMatch(frame -> frame.length > 10_000);
    }

    @Test
    void filtersAreReplacedWithoutAGap() throws Exception {
        Gate gate = open("eth0");
        TestServices services = new TestServices().udp(VIP, 53).nat(SERVER, 53);
        gate.publish(services.configuration());
        GateBed.Taker taker = bed.taker(gate, false);
        int rounds = 60;
        int burst = 50;
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < burst; i++) {
            frames.add(client().ipv4(CLIENT, VIP).udp(4711, 53).payload(i).build());
        }
        Thread sending =
                Thread.ofPlatform()
                        .start(() -> {
                            for (int i = 0; i < rounds; i++) {
                                bed.send(bed.client, "eth0", frames);
                            }
                        });
        int changes = 0;
        while (sending.isAlive()) {
            gate.publish(services.tcp(VIP, 1000 + changes++).configuration());
            if (changes % 100 == 0) {
                services = new TestServices().udp(VIP, 53).nat(SERVER, 53);
            }
        }
        sending.join();
        assertThat(changes).isGreaterThan(5);
        for (int i = 0; i < rounds * burst; i++) {
            taker.next();
        }
        assertThat(ingressFilters("eth0")).hasSize(1);
    }

    @Test
    void closingLeavesNoTrace() {
        Gate gate = open("eth0", "eth1");
        gate.publish(new TestServices().tcp(VIP, 80).nat(SERVER, 80).configuration());
        assertThat(ingressFilters("eth0")).hasSize(1);
        assertThat(traces()).isNotEqualTo(before);
        gate.close();
        assertThat(traces()).isEqualTo(before);
        gate.close();
    }

    @Test
    void aStrangersFiltersStay() {
        strangersFilter(Hook.INGRESS);
        String strangers = traces();
        Gate gate = open("eth0");
        gate.publish(new TestServices().tcp(VIP, 80).nat(SERVER, 80).configuration());
        gate.close();
        assertThat(traces()).isEqualTo(strangers);
    }

    @Test
    void aClsactThatAStrangerBeganToUseStays() {
        Gate gate = open("eth0");
        strangersFilter(Hook.EGRESS);
        gate.close();
        assertThat(run(bed.director, "tc filter show dev eth0 egress")).contains("pref 7");
    }

    @Test
    void aSecondDirectorIsRefusedAndTheFirstGoesOn() throws Exception {
        Gate first = open("eth0");
        first.publish(new TestServices().udp(VIP, 53).nat(SERVER, 53).configuration());
        GateBed.Taker taker = bed.taker(first, false);
        assertThatThrownBy(() -> open("eth0"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("another director runs")
                .hasMessageContaining("sluice stop");
        assertThatThrownBy(() -> open("eth1"))
                .as("on another interface: the slow devices belong to the namespace")
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("another director runs");
        assertThatThrownBy(() -> bed.director.call(Gates::removeLeftovers))
                .as("sluice stop that asks at the wrong socket")
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("--control");
        byte[] frame = client().ipv4(CLIENT, VIP).udp(4711, 53).build();
        bed.send(bed.client, "eth0", List.of(frame));
        assertThat(taker.next()).isEqualTo(frame);
    }

    @Test
    void anInterfaceThatWentAwayDoesNotStopTheOthers() throws Exception {
        Gate gate = open("eth0", "eth1");
        TestServices services = new TestServices().udp(VIP, 53).nat(SERVER, 53);
        gate.publish(services.configuration());
        GateBed.Taker taker = bed.taker(gate, false);
        run(bed.director, "ip link delete eth1");
        gate.addressesChanged();
        gate.publish(services.udp(VIP, 54).configuration());
        byte[] frame = client().ipv4(CLIENT, VIP).udp(4711, 54).build();
        bed.send(bed.client, "eth0", List.of(frame));
        assertThat(taker.next()).isEqualTo(frame);
        gate.close();
        assertThat(ingressFilters("eth0")).isEmpty();
    }

    @Test
    void whatAKilledDirectorLeftIsRemoved() throws Exception {
        Process director =
                bed.director.start(
                        new ProcessBuilder(
                                        ProcessHandle.current().info().command().orElseThrow(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Victim.class.getName())
                                .redirectErrorStream(true));
        try (var output = director.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.equals(Victim.READY)) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo(Victim.READY);
            assertThat(ingressFilters("eth0")).hasSize(1);
            director.destroyForcibly().waitFor();
        }
        assertThat(ingressFilters("eth0")).as("service traffic is not the kernel's").hasSize(1);
        assertThat((boolean) bed.director.call(Gates::removeLeftovers)).isTrue();
        assertThat(ingressFilters("eth0")).isEmpty();
        assertThat(run(bed.director, "ip -o link")).doesNotContain("slow");
        assertThat((boolean) bed.director.call(Gates::removeLeftovers)).isFalse();
        open("eth0");
    }

    /// A director that waits to be killed.
    static final class Victim {

        static final String READY = "waiting to be killed";

        private Victim() {}

        public static void main(String[] none) throws InterruptedException {
            Gate gate = Gates.open(Mode.DIRECT, new GateSettings(List.of("eth0"), 1, 1, 2));
            gate.publish(new TestServices().tcp(VIP, 80).nat(SERVER, 80).configuration());
            System.out.println(READY);
            Thread.currentThread().join();
        }
    }

    /// A filter that matches nothing.
    private void strangersFilter(Hook hook) {
        ClassicAssembler code = new ClassicAssembler();
        code.returnConstant(0);
        try (Rtnetlink netlink = Rtnetlink.open(bed.director)) {
            int index = netlink.links().get("eth0").index();
            netlink.trafficControl().addClsact(index);
            netlink.trafficControl()
                    .attachRedirect(index, hook, 7, code.assemble(), Redirect.OUT_OF, index);
        }
    }

    private List<Filter> ingressFilters(String device) {
        try (Rtnetlink netlink = Rtnetlink.open(bed.director)) {
            Link link = netlink.links().get(device);
            return netlink.trafficControl().list(link.index(), Hook.INGRESS);
        } catch (LinuxException e) {
            return List.of(); // no place for filters
        }
    }

    private PacketBuilder.Link client() {
        return ethernet(
                Links.macText(bed.mac(bed.client, "eth0")),
                Links.macText(bed.mac(bed.director, "eth0")));
    }

    private PacketBuilder.Link server() {
        return ethernet(
                Links.macText(bed.mac(bed.server, "eth0")),
                Links.macText(bed.mac(bed.director, "eth1")));
    }
}
