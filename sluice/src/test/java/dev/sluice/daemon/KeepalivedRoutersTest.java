package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Host;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Problem;
import dev.sluice.router.Instance;
import dev.sluice.router.VirtualAddress;
import dev.sluice.router.VrrpSettings;
import dev.sluice.script.Script;
import dev.sluice.vrrp.Authentication;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.Tracker;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// What a keepalived.conf says of virtual routers arrives where it is done, or is said not to.
final class KeepalivedRoutersTest {

    @TempDir private Path folder;

    private KeepalivedFile read(String text) throws Exception {
        Path file = folder.resolve("keepalived.conf");
        Files.writeString(file, text);
        KeepalivedFile read =
                KeepalivedFile.read(file.toString(), new Environment("lb1", "", 0), Host.ANY);
        assertThat(read.isUsable()).as("%s", read.problems()).isTrue();
        return read;
    }

    private VrrpSettings routers(String text) throws Exception {
        KeepalivedFile read = read(text);
        assertThat(read.problems()).isEmpty();
        return read.routers();
    }

    @Test
    void anOrdinaryInstance() throws Exception {
        Instance instance =
                routers(
                                """
                                vrrp_instance VI_2 {
                                  state BACKUP
                                  interface eth1
                                  virtual_router_id 52
                                  priority 150
                                  advert_int 2
                                  authentication {
                                    auth_type PASS
                                    auth_pass 1111
                                  }
                                  virtual_ipaddress {
                                    172.16.1.18/24 brd 172.16.1.255 dev eth1 label eth1:18
                                    172.16.1.19
                                  }
                                  virtual_ipaddress_excluded {
                                    2001:db8::1/128
                                  }
                                  preempt_delay 5
                                }
                                """)
                        .instances()
                        .getFirst();
        RouterSettings router = instance.router();
        assertThat(router.name()).isEqualTo("VI_2");
        assertThat(router.version()).isEqualTo(2);
        assertThat(router.routerId()).isEqualTo(52);
        assertThat(router.priority()).isEqualTo(150);
        assertThat(router.intervalCentis()).isEqualTo(200);
        assertThat(router.preemptDelayNanos()).isEqualTo(5_000_000_000L);
        assertThat(router.authentication()).isEqualTo(Authentication.password("1111"));
        assertThat(router.trackers()).containsExactly(Instance.interfaceTracker("eth1", 0, false));
        assertThat(instance.interfaceName()).isEqualTo("eth1");
        VirtualAddress first = instance.addresses().getFirst();
        assertThat(first.prefixBits()).isEqualTo(24);
        assertThat(first.appearance().label()).isEqualTo("eth1:18");
        assertThat(first.appearance().broadcast()).isEqualTo(Address.parse("172.16.1.255"));
        assertThat(instance.addresses().getLast().prefixBits()).isEqualTo(32);
        assertThat(instance.excluded().getFirst().appearance().isSource()).isFalse();
    }

    @Test
    void aUnicastInstanceOfVersion3() throws Exception {
        Instance instance =
                routers(
                                """
                                global_defs {
                                  vrrp_version 3
                                }
                                vrrp_instance V6 {
                                  interface eth0
                                  virtual_router_id 7
                                  advert_int 0.25
                                  nopreempt
                                  unicast_src_ip 2001:db8::1
                                  unicast_peer {
                                    2001:db8::2
                                    2001:db8::3 min_ttl 250 max_ttl 255
                                  }
                                  virtual_ipaddress {
                                    2001:db8::100/64
                                  }
                                }
                                """)
                        .instances()
                        .getFirst();
        RouterSettings router = instance.router();
        assertThat(router.family()).isEqualTo(Family.IPV6);
        assertThat(router.version()).isEqualTo(3);
        assertThat(router.intervalCentis()).isEqualTo(25);
        assertThat(router.preempts()).isFalse();
        assertThat(instance.source()).isEqualTo(Address.parse("2001:db8::1"));
        assertThat(router.peers())
                .containsExactly(
                        RouterSettings.Peer.of(Address.parse("2001:db8::2")),
                        new RouterSettings.Peer(Address.parse("2001:db8::3"), 250, 255));
    }

    @Test
    void scriptsAndWeights() throws Exception {
        VrrpSettings settings =
                routers(
                        """
                        global_defs {
                          script_user root
                          enable_script_security
                        }
                        vrrp_script chk {
                          script "/bin/true -x"
                          interval 2
                          weight -60
                          rise 2
                          fall 3
                        }
                        vrrp_instance VI_1 {
                          interface eth0
                          virtual_router_id 1
                          virtual_ipaddress {
                            192.0.2.1
                          }
                          track_script {
                            chk
                          }
                          track_interface {
                            eth1 weight 10
                          }
                          notify_master "/bin/true master"
                          notify /bin/true
                        }
                        """);
        assertThat(settings.scripts().getFirst().intervalMillis()).isEqualTo(2000);
        assertThat(settings.scripts().getFirst().fall()).isEqualTo(3);
        Instance instance = settings.instances().getFirst();
        assertThat(instance.router().trackers())
                .containsExactlyInAnyOrder(
                        Instance.interfaceTracker("eth0", 0, false),
                        Instance.interfaceTracker("eth1", 10, false),
                        settings.scripts().getFirst().tracker(-60, false));
        assertThat(instance.scripts().active())
                .isEqualTo(new Script(List.of("/bin/true", "master"), "root", null));
        assertThat(Objects.requireNonNull(instance.scripts().any()).command())
                .containsExactly("/bin/true");
    }

    @Test
    void membersOfAGroupHaveNoWeightsOfTheirOwn() throws Exception {
        VrrpSettings settings =
                read("""
                vrrp_sync_group G {
                  group {
                    A
                    B
                  }
                }
                vrrp_instance A {
                  interface eth0
                  virtual_router_id 1
                  virtual_ipaddress {
                    192.0.2.1
                  }
                  track_interface {
                    eth2 weight -20
                  }
                }
                vrrp_instance B {
                  interface eth1
                  virtual_router_id 2
                  virtual_ipaddress {
                    192.0.2.2
                  }
                }
                """)
                        .routers();
        assertThat(settings.groups().getFirst().members()).containsExactly("A", "B");
        assertThat(settings.instances().getFirst().router().trackers())
                .extracting(Tracker::weight)
                .containsOnly(0);
    }

    @Test
    void whatIsNotDoneIsSaidWithItsPlace() throws Exception {
        KeepalivedFile read =
                read(
                        """
                        vrrp_instance VI_1 {
                          interface eth0
                          virtual_router_id 1
                          use_vmac
                          no_accept
                          virtual_ipaddress {
                            192.0.2.1
                          }
                        }
                        """);
        assertThat(read.problems())
                .extracting(Problem::text)
                .contains("`use_vmac` is not done yet", "`no_accept` is not done yet");
    }
}
