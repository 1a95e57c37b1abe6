package dev.sluice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.settings.Checker;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.VirtualServer;
import dev.sluice.config.settings.VrrpInstance;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// What values come out: defaults, inheritance, and references, where a table of the reference or a
/// quirk of keepalived says what they must be.
final class ReadingTest {

    private static Settings read(String text) {
        Reading reading =
                Keepalived.read(
                        "k.conf",
                        new FilesInMemory().with("k.conf", text),
                        new Environment("one", "", 0),
                        Host.ANY);
        assertTrue(reading.isUsable(), () -> SamplesTest.print(reading.problems()));
        return reading.settings();
    }

    private static VrrpInstance instance(String globals, String lines) {
        return read("""
        global_defs {
        %s
        }
        vrrp_instance A {
          interface eth0
          virtual_router_id 5
          virtual_ipaddress {
            192.0.2.1/24
          }
        %s
        }
        """
                        .formatted(globals, lines))
                .instances()
                .getFirst();
    }

    private static VirtualServer server(String lines, String realServer) {
        return read("""
        virtual_server 192.0.2.1 80 {
          lb_algo rr
          lb_kind NAT
          protocol TCP
        %s
          real_server 192.0.2.2 {
        %s
          }
        }
        """
                        .formatted(lines, realServer))
                .virtualServers()
                .getFirst();
    }

    private static Checker.Timing timing(String virtualServer, String realServer) {
        Checker checker =
                server(virtualServer, realServer).realServers().getFirst().checkers().getFirst();
        return ((Checker.Periodic) checker).timing();
    }

    @Test
    void defaultsOfAnInstance() {
        VrrpInstance instance = instance("", "");
        assertEquals(100, instance.priority());
        assertEquals(Duration.ofSeconds(1), instance.advertInterval());
        assertEquals(2, instance.version());
        assertEquals("224.0.0.18", instance.peers().group().toString());
        assertEquals(3, instance.elections().lostAdverts());
        assertEquals(
                new VrrpInstance.Announcements(
                        Duration.ofSeconds(5),
                        5,
                        Duration.ZERO,
                        1,
                        Duration.ofSeconds(5),
                        5,
                        Duration.ZERO,
                        false),
                instance.announcements());
        assertTrue(instance.preemption().isOn());
        assertTrue(instance.acceptsPackets());
        assertTrue(instance.followsOwnInterface());
        assertFalse(instance.notifications().mail());
    }

    @Test
    void anInstanceOverridesWhatIsGlobal() {
        VrrpInstance instance =
                instance(
                        """
                        vrrp_version 3
                        vrrp_garp_master_repeat 3
                        vrrp_garp_master_delay 9
                        smtp_alert
                        vrrp_strict\
                        """,
                        "version 2\ngarp_master_delay 1\nsmtp_alert off\nstrict_mode off");
        assertEquals(2, instance.version());
        assertEquals(Duration.ofSeconds(1), instance.announcements().delay());
        assertEquals(Duration.ofSeconds(1), instance.announcements().lowerPriorityDelay());
        assertEquals(3, instance.announcements().repeat());
        assertFalse(instance.notifications().mail());
        assertFalse(instance.isStrict());
    }

    @Test
    void aFlagWithAWordIsWhatTheWordSays() {
        assertFalse(
                instance("vrrp_skip_check_adv_addr", "skip_check_adv_addr off")
                        .elections()
                        .comparesAddressesOnce());
        assertTrue(instance("", "nopreempt off").preemption().isOn());
        assertFalse(instance("", "nopreempt").preemption().isOn());
    }

    @Test
    void masterWithoutAPriorityIsTheOwner() {
        assertEquals(255, instance("", "state MASTER").priority());
        assertEquals(150, instance("", "state MASTER\npriority 150").priority());
    }

    @Test
    void anIntervalOfZeroInTheDistributedSampleIsNone() {
        Reading reading =
                Keepalived.read(
                        "k.conf",
                        new FilesInMemory()
                                .with("k.conf", "global_defs {\n  vrrp_garp_interval 0\n}\n"),
                        new Environment("one", "", 0),
                        Host.ANY);
        assertEquals(4, reading.exitStatus());
        assertEquals(Duration.ZERO, reading.settings().globals().arpInterval());
    }

    @Test
    void instancesWithPeersMayShareANumber() {
        String peers = "unicast_peer {\n192.0.2.%d\n}\n";
        String same = "vrrp_instance %s {\ninterface eth0\nvirtual_router_id 5\n%s}\n";
        Settings settings =
                read(
                        same.formatted("A", peers.formatted(7))
                                + same.formatted("B", peers.formatted(8)));
        assertEquals(2, settings.instances().size());
    }

    @Test
    void nopreemptWithStateMasterStartsAsBackup() {
        VrrpInstance instance = instance("", "state MASTER\npriority 150\nnopreempt");
        assertFalse(instance.startsAsMaster());
        assertFalse(instance.preemption().isOn());
    }

    @Test
    void ipv6IsAlwaysVersion3() {
        Settings settings =
                read(
                        """
                        vrrp_instance A {
                        interface eth0
                        virtual_router_id 5
                        virtual_ipaddress {
                        fe80::1/64
                        }
                        }
                        """);
        assertEquals(3, settings.instances().getFirst().version());
        assertEquals("ff02::12", settings.instances().getFirst().peers().group().toString());
    }

    @Test
    void passwordsAreCutToEightCharacters() {
        VrrpInstance.Authentication authentication =
                instance("", "authentication {\nauth_type PASS\nauth_pass \"a b#c!def\"\n}")
                        .authentication();
        assertEquals(
                new VrrpInstance.Authentication(VrrpInstance.Authentication.Kind.PASS, "a b#c!de"),
                authentication);
    }

    @Test
    void theOrderOfTheTextDoesNotMatter() {
        Settings settings =
                read(
                        """
                        vrrp_sync_group G {
                          group {
                            A
                            B
                          }
                          track_script {
                            s
                          }
                        }
                        vrrp_instance A {
                          interface eth0
                          virtual_router_id 1
                          track_script {
                            s weight 5 reverse
                          }
                        }
                        vrrp_instance B {
                          interface eth0
                          virtual_router_id 2
                        }
                        vrrp_script s {
                          script "/bin/true 'a b' c"
                          user root
                        }
                        """);
        assertEquals(List.of("A", "B"), settings.syncGroups().getFirst().instances());
        assertEquals(
                List.of("/bin/true", "a b", "c"), settings.scripts().getFirst().script().command());
        var use = settings.instances().getFirst().trackers().scripts().getFirst();
        var weight = Objects.requireNonNull(use.weight());
        assertEquals(5, weight.value());
        assertTrue(weight.isReversed());
    }

    @Test
    void anInterfaceIsUpAfterTheTimeForDown() {
        Settings settings = read("interface_up_down_delays {\neth0 3\neth1 3 5\n}\n");
        assertEquals(Duration.ofSeconds(3), settings.interfaceDelays().getFirst().up());
        assertEquals(Duration.ofSeconds(5), settings.interfaceDelays().getLast().up());
    }

    @Test
    void routesHaveNextHops() {
        VrrpInstance instance =
                instance(
                        "",
                        """
                        virtual_routes {
                          default via 192.0.2.254 dev eth0 metric 5 mtu lock 1400
                          198.18.0.0/16 nexthop via 192.0.2.3 dev eth0 weight 2 nexthop via 192.0.2.4 dev eth1
                          blackhole 198.19.0.0/16 no_track
                        }
                        """);
        var routes = instance.routes();
        assertEquals("0.0.0.0/0", routes.get(0).destination().toString());
        assertEquals(5L, routes.get(0).metric());
        assertEquals("1400", routes.get(0).options().get("mtu"));
        assertEquals(2, routes.get(1).nextHops().size());
        assertEquals(2, routes.get(1).nextHops().getFirst().weight());
        assertEquals("blackhole", routes.get(2).type());
    }

    @Test
    void checkersInheritFromTheirServers() {
        Checker.Timing defaults = timing("", "TCP_CHECK { }");
        assertEquals(
                new Checker.Timing(
                        Duration.ofSeconds(60),
                        1,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(60),
                        false,
                        false),
                defaults);
        Checker.Timing all =
                timing(
                        "delay_loop 6\nretry 3\ndelay_before_retry 2\nwarmup 0\nalpha",
                        "retry 4\nTCP_CHECK {\ndelay_before_retry 0.5\n}");
        assertEquals(
                new Checker.Timing(
                        Duration.ofSeconds(6),
                        4,
                        Duration.ofMillis(500),
                        Duration.ZERO,
                        true,
                        false),
                all);
    }

    @Test
    void defaultsDifferByChecker() {
        assertEquals(0, timing("", "MISC_CHECK {\nmisc_path /bin/true\n}").retry());
        assertEquals(3, timing("delay_loop 7", "DNS_CHECK { }").retry());
        assertEquals(Duration.ofSeconds(7), timing("delay_loop 7", "DNS_CHECK { }").retryDelay());
        assertEquals(
                Duration.ofSeconds(3),
                timing("delay_loop 7", "HTTP_GET {\nurl {\npath /\n}\n}").retryDelay());
    }

    @Test
    void theNearestVirtualHostCounts() {
        VirtualServer server =
                server(
                        "virtualhost vs",
                        """
                        HTTP_GET {
                        url {
                        path /a
                        }
                        url {
                        path /b
                        virtualhost url
                        status_code 200-204 301
                        }
                        }\
                        """);
        Checker.Http http = (Checker.Http) server.realServers().getFirst().checkers().getFirst();
        assertEquals("vs", http.urls().getFirst().virtualHost());
        assertEquals("url", http.urls().getLast().virtualHost());
        assertEquals(
                List.of(new Checker.StatusRange(200, 204), new Checker.StatusRange(301, 301)),
                http.urls().getLast().statuses());
    }

    @Test
    void realServersMailUnlessTold() {
        assertTrue(server("", "").realServers().getFirst().mail());
        assertFalse(server("", "smtp_alert no").realServers().getFirst().mail());
        assertFalse(server("", "").mail());
    }

    @Test
    void udpPayloadsAreReadAsTheyComeInPairs() {
        Checker.Udp udp =
                (Checker.Udp)
                        server("", "UDP_CHECK {\npayload Ab12f 3\nrequire_reply 4f X\n}")
                                .realServers()
                                .getFirst()
                                .checkers()
                                .getFirst();
        assertEquals("AB120F03", udp.payload());
        assertEquals("4F0X", udp.reply());
        assertTrue(udp.needsReply());
    }

    @Test
    void everyAddressOfAGroupIsAService() {
        Settings settings =
                read(
                        """
                        virtual_server_group G {
                          192.0.2.250-192.0.3.1 80
                          2001:db8::fffe-ffff 80
                          192.0.2.128/30
                        }
                        virtual_server group G {
                          lb_algo rr
                          lb_kind TUN
                          protocol TCP
                          persistence_timeout 5
                          real_server 192.0.2.2 80 {
                          }
                        }
                        """);
        VirtualServer server = settings.virtualServers().getFirst();
        assertEquals(8 + 2 + 4, server.services().size());
        assertEquals("G", server.group());
        var real = server.realServers().getFirst();
        assertEquals(
                80,
                server.portBehind(server.services().getFirst(), real.port(), real.forwarding()));
        assertEquals(
                0, server.portBehind(server.services().getLast(), real.port(), real.forwarding()));
    }

    @Test
    void whatIsNotThereIsNull() {
        Settings settings = read("");
        assertNull(settings.globals().mail().server());
        assertNull(settings.clientCertificate());
        assertNull(settings.globals().lvs().timeouts());
    }

    @Test
    void tenThousandServicesComeFromATemplate() {
        String text =
                """
                $SERVICE= \\
                virtual_server 10.${A}.${B}.${C} 80 { \\
                  lb_algo rr \\
                  lb_kind NAT \\
                  protocol TCP \\
                  ~SEQ(R, 1, 10) real_server 192.0.2.${R} 80 { TCP_CHECK { } } \\
                }
                ~SEQ(A, 0, 1) ~SEQ(B, 0, 19) ~SEQ(C, 1, 250) $SERVICE
                """;
        Settings settings = read(text);
        assertEquals(10_000, settings.virtualServers().size());
        assertEquals(10, settings.virtualServers().getLast().realServers().size());
    }
}
