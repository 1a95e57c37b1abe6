package dev.sluice.gate;

import static dev.sluice.wire.PacketBuilder.ethernet;

import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Encapsulation.Checksum;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/// A frame and what must become of it: the gate's rules by example. [ClassifierTest] plays them
/// against the Java rules, [GateProgramIT] against the program in the kernel.
///
/// @param client whom the frame is steered by, when it goes up
record Scenario(String name, Frame frame, Decision decision, @Nullable Address client, int port) {

    /// The bytes, and the mark they come in with.
    static final class Frame {
        private final byte[] bytes;
        private final int mark;

        Frame(byte[] bytes, int mark) {
            this.bytes = bytes;
            this.mark = mark;
        }

        /// A copy.
        byte[] array() {
            return bytes.clone();
        }

        int mark() {
            return mark;
        }
    }

    /// The addresses of one family.
    private record Net(
            String vip,
            String portZeroVip,
            String ftpVip,
            String client,
            String router,
            String server,
            String persistentServer,
            String portZeroServer,
            String ftpServer,
            String directServer,
            String director,
            String tunnelledServer,
            int mark,
            int persistentMark) {}

    static final String MAC = "00:00:00:00:00:00"; // the loopback interface's own
    static final String OTHER_MAC = "02:00:00:00:00:77";

    private static final Net V4 =
            new Net(
                    "192.168.1.100",
                    "192.168.1.101",
                    "192.168.1.102",
                    "172.16.0.1",
                    "10.0.0.254",
                    "10.0.0.11",
                    "10.0.0.12",
                    "10.0.0.13",
                    "10.0.0.14",
                    "10.0.0.15",
                    "10.0.0.1",
                    "10.0.0.16",
                    7,
                    9);
    private static final Net V6 =
            new Net(
                    "2001:db8:1::100",
                    "2001:db8:1::101",
                    "2001:db8:1::102",
                    "2001:db8:99::1",
                    "2001:db8:10::254",
                    "2001:db8:10::11",
                    "2001:db8:10::12",
                    "2001:db8:10::13",
                    "2001:db8:10::14",
                    "2001:db8:10::15",
                    "2001:db8:10::1",
                    "2001:db8:10::16",
                    8,
                    -10);

    static final Encapsulation GUE = new Encapsulation(Encapsulation.Type.GUE, 6080, Checksum.NONE);
    static final Encapsulation GRE = new Encapsulation(Encapsulation.Type.GRE, 0, Checksum.FULL);

    static Configuration configuration() {
        TestServices services = new TestServices();
        for (Net net : List.of(V4, V6)) {
            services.tcp(net.vip, 80).nat(net.server, 8080);
            services.udp(net.vip, 53).persistent().nat(net.persistentServer, 5353);
            services.tcp(net.vip, 443).directRouting(net.directServer);
            services.tcp(net.portZeroVip, 0).persistent().nat(net.portZeroServer, 0);
            services.tcp(net.ftpVip, 21).persistent().nat(net.ftpServer, 21);
            services.tcp(net.vip, 444).tunnel(net.tunnelledServer, Encapsulation.IPIP);
            services.tcp(net.vip, 445).tunnel(net.tunnelledServer, GUE);
            services.tcp(net.vip, 446).tunnel(net.tunnelledServer, GRE);
            Family family = Address.parse(net.vip).family();
            services.mark(family, net.mark).nat(net.server, 90);
            services.mark(family, net.persistentMark).persistent().nat(net.server, 90);
        }
        return services.configuration();
    }

    /// The director's own addresses, virtual ones included.
    static List<Address> locals() {
        List<Address> locals = new ArrayList<>();
        for (Net net : List.of(V4, V6)) {
            locals.add(Address.parse(net.director));
            locals.add(Address.parse(net.vip));
        }
        return locals;
    }

    /// All that configurations are made of, of both families.
    static List<Address> addresses() {
        List<Address> addresses = new ArrayList<>();
        for (Net net : List.of(V4, V6)) {
            for (String each :
                    List.of(
                            net.vip,
                            net.portZeroVip,
                            net.ftpVip,
                            net.client,
                            net.router,
                            net.server,
                            net.persistentServer,
                            net.portZeroServer,
                            net.ftpServer,
                            net.directServer,
                            net.tunnelledServer,
                            net.director)) {
                addresses.add(Address.parse(each));
            }
        }
        return addresses;
    }

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        for (Net net : List.of(V4, V6)) {
            new Family4Or6(net, all).add();
        }
        addIpv4(all);
        addIpv6(all);
        all.add(passes("ARP", ethernet(OTHER_MAC, MAC).payload(0x806, new byte[46])));
        all.add(
                passes(
                        "for another host",
                        ethernet(OTHER_MAC, OTHER_MAC)
                                .ipv4(V4.client, V4.vip)
                                .tcp(1000, 80)
                                .build()));
        return all;
    }

    /// What holds for both families.
    private record Family4Or6(Net net, List<Scenario> all) {

        void add() {
            up(
                    "request",
                    from(net.client, net.vip).tcp(1000, 80),
                    Decision.CLIENT,
                    net.client,
                    1000);
            up(
                    "request to direct routing",
                    from(net.client, net.vip).tcp(1000, 443),
                    Decision.CLIENT,
                    net.client,
                    1000);
            up(
                    "request to a persistent service is steered by address",
                    from(net.client, net.vip).udp(1000, 53),
                    Decision.CLIENT,
                    net.client,
                    0);
            up(
                    "request to any port of a port 0 service",
                    from(net.client, net.portZeroVip).tcp(1000, 12345),
                    Decision.CLIENT,
                    net.client,
                    0);
            passes("TCP to the VIP at another port", from(net.client, net.vip).tcp(1000, 22));
            passes("other protocol at the service's port", from(net.client, net.vip).udp(1000, 80));
            passes("SCTP without a service", from(net.client, net.vip).sctp(1000, 80));
            passes("to the director itself", from(net.client, net.director).tcp(1000, 80));
            passes("through the director", from(net.client, net.router).tcp(1000, 80));
            passes("ping to the VIP", from(net.client, net.vip).echo(1, 1));
            passes(
                    "protocol without ports",
                    from(net.client, net.vip).transportBytes(47, new byte[8]));
            up(
                    "FTP control",
                    from(net.client, net.ftpVip).tcp(1000, 21),
                    Decision.CLIENT,
                    net.client,
                    0);
            up(
                    "FTP data",
                    from(net.client, net.ftpVip).tcp(1000, 1024),
                    Decision.CLIENT,
                    net.client,
                    0);
            up(
                    "FTP data port",
                    from(net.client, net.ftpVip).tcp(1000, 20),
                    Decision.CLIENT,
                    net.client,
                    0);
            passes("privileged port beside FTP", from(net.client, net.ftpVip).tcp(1000, 1023));

            up(
                    "reply",
                    from(net.server, net.client).tcp(8080, 1000),
                    Decision.SERVER,
                    net.client,
                    1000);
            up(
                    "reply of a persistent service's server",
                    from(net.persistentServer, net.client).udp(5353, 1000),
                    Decision.SERVER,
                    net.client,
                    0);
            up(
                    "reply from any port",
                    from(net.portZeroServer, net.client).tcp(4711, 1000),
                    Decision.SERVER,
                    net.client,
                    0);
            up(
                    "reply from an FTP data port",
                    from(net.ftpServer, net.client).tcp(20, 1000),
                    Decision.SERVER,
                    net.client,
                    0);
            up(
                    "reply of a mark service's server, which keeps the client's port if persistent",
                    from(net.server, net.client).udp(4711, 1000),
                    Decision.SERVER,
                    net.client,
                    0);
            passes("the server's own traffic", from(net.ftpServer, net.client).tcp(1023, 80));
            passes(
                    "under direct routing a real server's own traffic is not ours",
                    from(net.directServer, net.client).tcp(443, 1000));
            up(
                    "reply under direct routing that crosses the director",
                    from(net.vip, net.client).tcp(443, 1000),
                    Decision.SERVER,
                    net.client,
                    1000);
            passes(
                    "from the VIP, but of a service whose servers are masqueraded",
                    from(net.vip, net.client).tcp(80, 1000));
            passes(
                    "answer of a directly routed service to the director itself",
                    from(net.vip, net.director).tcp(443, 1000));
            up(
                    "error of a directly routed server from the VIP",
                    error(net.vip, net.client, packet(net.client, net.vip).tcp(1, 443).build()),
                    Decision.ICMP,
                    net.client,
                    0);
            up(
                    "error of a router about a request that is routed directly",
                    error(net.router, net.client, packet(net.client, net.vip).tcp(1, 443).build()),
                    Decision.ICMP,
                    net.client,
                    0);
            passes("answer to a health check", from(net.server, net.director).tcp(8080, 1000));
            up(
                    "reply to the director's client that used the VIP",
                    from(net.server, net.vip).tcp(8080, 1000),
                    Decision.SERVER,
                    net.vip,
                    1000);
            up(
                    "request from a real server",
                    from(net.server, net.vip).tcp(8080, 80),
                    Decision.CLIENT,
                    net.server,
                    8080);

            byte[] reply = packet(net.vip, net.client).tcp(80, 1000).build();
            byte[] request = packet(net.client, net.server).tcp(1000, 8080).build();
            byte[] ownRequest = packet(net.director, net.server).tcp(1000, 8080).build();
            up(
                    "error from the client's side",
                    error(net.router, net.vip, reply),
                    Decision.ICMP,
                    net.client,
                    0);
            up(
                    "error from a real server",
                    error(net.server, net.client, request),
                    Decision.ICMP,
                    net.client,
                    0);
            up(
                    "error from a router behind the director",
                    error(net.router, net.client, request),
                    Decision.ICMP,
                    net.client,
                    0);
            up(
                    "error to the VIP that quotes nothing",
                    error(net.router, net.vip, new byte[0]),
                    Decision.ICMP,
                    net.router,
                    0);
            up(
                    "error from a real server that quotes nothing",
                    error(net.server, net.client, new byte[3]),
                    Decision.ICMP,
                    net.client,
                    0);
            passes("error about the director's own", error(net.server, net.director, ownRequest));
            passes("error about others", error(net.router, net.client, reply));

            addErrorsAboutTunnels(net);

            for (byte[] piece :
                    from(net.client, net.vip).udp(1000, 99).payload(3000).fragments(1500)) {
                up("fragment to the VIP", piece, 0, Decision.FRAGMENT, net.client, 0);
            }
            for (byte[] piece :
                    from(net.server, net.client).udp(1, 2).payload(3000).fragments(1500)) {
                up("fragment from a server", piece, 0, Decision.FRAGMENT, net.client, 0);
            }
            for (byte[] piece :
                    from(net.server, net.director).udp(1, 2).payload(3000).fragments(1500)) {
                all.add(Scenario.passes("fragment from a server to the director", piece));
            }
            for (byte[] piece :
                    from(net.client, net.director).udp(1, 80).payload(3000).fragments(1500)) {
                all.add(Scenario.passes("fragment to the director", piece));
            }
            for (byte[] piece :
                    from(net.client, net.vip).echo(1, 2).payload(3000).fragments(1500)) {
                all.add(Scenario.passes("fragment of a ping", piece));
            }

            up(
                    "marked",
                    from(net.client, net.router).udp(1000, 99).build(),
                    net.mark,
                    Decision.MARKED,
                    net.client,
                    1000);
            up(
                    "marked for a persistent service",
                    from(net.client, net.router).udp(1000, 99).build(),
                    net.persistentMark,
                    Decision.MARKED,
                    net.client,
                    0);
            up(
                    "the mark comes before the address",
                    from(net.client, net.vip).tcp(1000, 80).build(),
                    net.mark,
                    Decision.MARKED,
                    net.client,
                    1000);
            up(
                    "fragment that is marked",
                    from(net.client, net.router)
                            .fragment(8, true, 1)
                            .transportBytes(17, new byte[8])
                            .build(),
                    net.mark,
                    Decision.MARKED,
                    net.client,
                    0);
            add("ping with a mark", from(net.client, net.vip).echo(1, 1).build(), net.mark);
            add("mark of no service", from(net.client, net.router).tcp(1, 2).build(), 12345);
            up(
                    "mark of no service, but a service's address",
                    from(net.client, net.vip).tcp(1000, 80).build(),
                    12345,
                    Decision.CLIENT,
                    net.client,
                    1000);
            add("given back", from(net.client, net.vip).tcp(1, 80).build(), Metadata.RETURN_MARK);

            truncated("request", from(net.client, net.vip).tcp(1000, 80).build(), 4);
            truncated("reply", from(net.server, net.client).udp(4711, 1000).build(), 4);
        }

        private void addErrorsAboutTunnels(Net net) {
            int inner = net.vip.contains(":") ? IpProtocol.IPV6 : IpProtocol.IPV4;
            int otherInner = inner == IpProtocol.IPV6 ? IpProtocol.IPV4 : IpProtocol.IPV6;
            byte[] carried = packet(net.client, net.vip).tcp(1000, 444).build();
            for (int protocol : new int[] {inner, IpProtocol.GRE}) {
                up(
                        "error about a tunnel packet, protocol " + protocol,
                        error(
                                net.router,
                                net.director,
                                packet(net.director, net.tunnelledServer)
                                        .transportBytes(protocol, carried)
                                        .build()),
                        Decision.ICMP,
                        net.tunnelledServer,
                        0);
            }
            byte[] gue =
                    packet(net.director, net.tunnelledServer).udp(40000, 6080).payload(9).build();
            up(
                    "error about a GUE packet",
                    error(net.router, net.director, gue),
                    Decision.ICMP,
                    net.tunnelledServer,
                    0);
            passes(
                    "error about the director's own datagram to a tunnelled server",
                    error(
                            net.router,
                            net.director,
                            packet(net.director, net.tunnelledServer).udp(40000, 6081).build()));
            passes(
                    "error about a tunnel of another kind",
                    error(
                            net.router,
                            net.director,
                            packet(net.director, net.tunnelledServer)
                                    .transportBytes(otherInner, carried)
                                    .build()));
            passes(
                    "error about somebody else's tunnel to that server",
                    error(
                            net.router,
                            net.client,
                            packet(net.client, net.tunnelledServer)
                                    .transportBytes(inner, carried)
                                    .build()));
            passes(
                    "error about the director's tunnel elsewhere",
                    error(
                            net.router,
                            net.director,
                            packet(net.director, net.server)
                                    .transportBytes(inner, carried)
                                    .build()));
            truncated(
                    "error about a GUE packet",
                    error(net.router, net.director, gue).build(),
                    net.vip.contains(":") ? 52 : 32);
        }

        private PacketBuilder from(String source, String destination) {
            return ethernet(OTHER_MAC, MAC).ip(Address.parse(source), Address.parse(destination));
        }

        private static PacketBuilder packet(String source, String destination) {
            return PacketBuilder.ip(Address.parse(source), Address.parse(destination));
        }

        private PacketBuilder error(String source, String destination, byte[] quoted) {
            boolean ipv6 = source.contains(":");
            return from(source, destination).icmp(ipv6 ? 1 : 3, ipv6 ? 4 : 3, 0).payload(quoted);
        }

        private void up(
                String name, PacketBuilder packet, Decision decision, String client, int port) {
            up(name, packet.build(), 0, decision, client, port);
        }

        private void up(
                String name, byte[] frame, int mark, Decision decision, String client, int port) {
            all.add(
                    new Scenario(
                            name + (client.contains(":") ? ", IPv6" : ", IPv4"),
                            new Frame(frame, mark),
                            decision,
                            Address.parse(client),
                            port));
        }

        private void passes(String name, PacketBuilder packet) {
            all.add(Scenario.passes(name, packet.build()));
        }

        private void add(String name, byte[] frame, int mark) {
            all.add(new Scenario(name, new Frame(frame, mark), Decision.PASSED, null, 0));
        }

        /// Cut after every byte before the ports are complete.
        private void truncated(String name, byte[] frame, int portBytes) {
            int header = frame[12] == 8 ? 14 + 20 : 14 + 40;
            for (int length = 14; length < header + portBytes; length++) {
                all.add(
                        Scenario.passes(
                                name + " cut after " + length, Arrays.copyOf(frame, length)));
            }
        }
    }

    private static void addIpv4(List<Scenario> all) {
        BiFunction<String, String, PacketBuilder> from =
                (source, destination) -> ethernet(OTHER_MAC, MAC).ipv4(source, destination);
        Address client = Address.parse(V4.client);
        all.add(
                up(
                        "options before the ports",
                        from.apply(V4.client, V4.vip).options(7, 4, 0, 0, 1, 1, 1, 1).tcp(5, 80),
                        Decision.CLIENT,
                        client,
                        5));
        all.add(
                up(
                        "forty bytes of options",
                        from.apply(V4.client, V4.vip).options(new int[40]).tcp(5, 80),
                        Decision.CLIENT,
                        client,
                        5));
        for (int type : List.of(0, 5, 8, 12, 13)) {
            all.add(
                    passes(
                            "ICMP type " + type,
                            from.apply(V4.server, V4.client).icmp(type, 0, 0).build()));
        }
        for (int type : List.of(3, 4, 11)) {
            all.add(
                    up(
                            "ICMP type " + type,
                            from.apply(V4.router, V4.vip)
                                    .icmp(type, 0, 0)
                                    .payload(
                                            PacketBuilder.ipv4(V4.vip, V4.client)
                                                    .tcp(80, 5)
                                                    .build()),
                            Decision.ICMP,
                            client,
                            0));
        }
        byte[] frame = from.apply(V4.client, V4.vip).tcp(5, 80).build();
        for (int versionAndLength : List.of(0x55, 0x65, 0x44, 0x40, 0x05)) {
            byte[] wrong = frame.clone();
            wrong[14] = (byte) versionAndLength;
            all.add(passes("version and length " + versionAndLength, wrong));
        }
        all.add(
                passes(
                        "a VLAN tag inside the frame",
                        ethernet(OTHER_MAC, MAC)
                                .vlan(7)
                                .ipv4(V4.client, V4.vip)
                                .tcp(5, 80)
                                .build()));
        all.add(
                up(
                        "IPv6 protocol number in IPv4",
                        from.apply(V4.server, V4.client)
                                .fragment(8, false, 1)
                                .transportBytes(60, new byte[8]),
                        Decision.FRAGMENT,
                        client,
                        0));
        all.add(
                passes(
                        "ICMPv6 in IPv4",
                        from.apply(V4.router, V4.vip).transportBytes(58, new byte[48]).build()));
    }

    private static void addIpv6(List<Scenario> all) {
        BiFunction<String, String, PacketBuilder> from =
                (source, destination) -> ethernet(OTHER_MAC, MAC).ipv6(source, destination);
        Address client = Address.parse(V6.client);
        all.add(
                up(
                        "extension headers of every kind",
                        from.apply(V6.client, V6.vip)
                                .hopByHop()
                                .destinationOptions()
                                .routing(0)
                                .ah()
                                .fragment(0, false, 1)
                                .destinationOptions()
                                .tcp(5, 80),
                        Decision.CLIENT,
                        client,
                        5));
        for (int count = 1; count <= 9; count++) {
            PacketBuilder packet = from.apply(V6.client, V6.vip);
            for (int i = 0; i < count; i++) {
                packet.destinationOptions();
            }
            packet.tcp(5, 80);
            all.add(
                    count <= PacketView.MAX_EXTENSION_HEADERS
                            ? up(count + " extension headers", packet, Decision.CLIENT, client, 5)
                            : passes(count + " extension headers", packet.build()));
        }
        for (int type : List.of(1, 2, 3, 4, 100, 127)) {
            all.add(
                    up(
                            "ICMPv6 type " + type,
                            from.apply(V6.router, V6.vip)
                                    .hopByHop()
                                    .icmp(type, 0, 0)
                                    .payload(
                                            PacketBuilder.ipv6(V6.vip, V6.client)
                                                    .tcp(80, 5)
                                                    .build()),
                            Decision.ICMP,
                            client,
                            0));
        }
        for (int type : List.of(128, 133, 134, 135, 136)) {
            all.add(
                    passes(
                            "ICMPv6 type " + type,
                            from.apply(V6.router, V6.vip).icmp(type, 0, 0).build()));
        }
        all.add(
                up(
                        "later fragment that begins with an extension header",
                        from.apply(V6.client, V6.vip)
                                .fragment(1480, true, 3)
                                .transportBytes(60, new byte[64]),
                        Decision.FRAGMENT,
                        client,
                        0));
        all.add(
                passes(
                        "ICMP of IPv4 in IPv6",
                        from.apply(V6.router, V6.vip).transportBytes(1, new byte[64]).build()));
        byte[] frame = from.apply(V6.client, V6.vip).hopByHop().routing(1).tcp(1000, 80).build();
        for (int length = 14; length < frame.length - 16; length++) {
            all.add(passes("extension headers cut after " + length, Arrays.copyOf(frame, length)));
        }
    }

    /// Changes a few bytes of the headers, or cuts the frame; sometimes nothing.
    static byte[] damage(byte[] frame, SplittableRandom random) {
        byte[] damaged = frame.clone();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes && damaged.length > 12; i++) {
            // The headers are where it matters.
            int at = 12 + random.nextInt(Math.min(damaged.length - 12, 80));
            damaged[at] =
                    (byte)
                            (random.nextBoolean()
                                    ? random.nextInt(256)
                                    : damaged[at] ^ 1 << random.nextInt(8));
        }
        return random.nextInt(4) == 0
                ? Arrays.copyOf(damaged, 14 + random.nextInt(Math.max(1, damaged.length - 13)))
                : damaged;
    }

    private static Scenario up(
            String name, PacketBuilder packet, Decision decision, Address client, int port) {
        return new Scenario(name, new Frame(packet.build(), 0), decision, client, port);
    }

    private static Scenario passes(String name, byte[] frame) {
        return new Scenario(name, new Frame(frame, 0), Decision.PASSED, null, 0);
    }

    @Override
    public String toString() {
        return name;
    }
}
