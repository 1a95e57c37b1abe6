package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.linux.Kernel;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/// `sluice run -f` as a whole, with packets: virtual servers, checks, a virtual router, reloads.
final class KeepalivedFileIT {

    private static final int SIGHUP = 1;
    private static final int CLIENT_THREADS = 4;

    private static String configuration(int secondWeight) {
        return """
        vrrp_instance VI_1 {
          interface eth0
          virtual_router_id 51
          priority 150
          virtual_ipaddress {
            10.0.0.13/24
          }
        }
        virtual_server 10.0.0.13 80 {
          lb_algo wrr
          lb_kind NAT
          protocol TCP
          delay_loop 0.1
          delay_before_retry 0.1
          connect_timeout 5
          warmup 0
          real_server 172.16.1.11 80 {
            HTTP_GET {
              url {
                path /
              }
            }
          }
          real_server 172.16.1.12 80 {
            weight %d
            TCP_CHECK {
            }
          }
        }
        """
                .formatted(secondWeight);
    }

    /// A client under load, until it is closed.
    private static final class Load implements AutoCloseable {

        private final AtomicBoolean running = new AtomicBoolean(true);
        private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        private final CompletableFuture<Answers> answers;

        Load(LabNetwork network, Target target) {
            Clients clients =
                    new Clients(
                            network.client(), network.clientAddresses(Family.IPV4), CLIENT_THREADS);
            answers =
                    CompletableFuture.supplyAsync(
                            () -> clients.sendWhile(target, running::get), executor);
        }

        Answers stop() throws Exception {
            running.set(false);
            return answers.get();
        }

        @Override
        public void close() {
            running.set(false);
            executor.close();
        }
    }

    private static String rules(DirectorProcess director) {
        return director.ipvsadm("-S", "-n").output();
    }

    private static String rule(int server, int weight) {
        return "-a -t 10.0.0.13:80 -r 172.16.1.1" + server + ":80 -m -w " + weight;
    }

    @Test
    void checksReloadsAndAVirtualRouterInOneProcess() throws Exception {
        List<NamedServer> servers = new ArrayList<>();
        try (LabNetwork network = TestBed.natNetwork(2)) {
            Path file = network.directory().resolve("keepalived.conf");
            Files.writeString(file, configuration(1));
            for (Host host : network.realServers()) {
                servers.add(HttpNameServer.start(host, 80));
            }
            Address virtual = network.virtualAddress(Family.IPV4);
            network.director().interfaces().deleteAddress("eth0", virtual, 32);
            try (DirectorProcess director =
                    DirectorProcess.start(network, "-f", file.toString(), "--workers", "1")) {
                TestBed.await(
                        "to be master",
                        () ->
                                director.ask("vrrp")
                                        .output()
                                        .contains("VI_1 on eth0" + ", virtual router 51: MASTER"));
                assertThat(rules(director)).contains(rule(1, 1), rule(2, 1));
                Target target = Target.http(virtual, 80);
                reloadsLoseNothing(network, director, file, target);
                aDeadServerGoesAndComesBack(network, director, servers, target);
            }
        } finally {
            servers.forEach(NamedServer::close);
        }
    }

    /// Statement 22.
    private static void reloadsLoseNothing(
            LabNetwork network, DirectorProcess director, Path file, Target target)
            throws Exception {
        try (Load load = new Load(network, target)) {
            for (int i = 0; i < 5; i++) {
                Host.Result unchanged = director.ask("reload");
                assertThat(unchanged.output()).isEqualTo("nothing to change\n");
                assertThat(unchanged.exitCode()).isZero();
            }
            Files.writeString(
                    file, configuration(1) + "virtual_server 10.0.0.14 80 {\n  nonsense\n");
            Host.Result refused = director.ask("reload");
            assertThat(refused.exitCode()).isEqualTo(3);
            assertThat(refused.output()).contains("nonsense", "nothing was changed");
            assertThat(director.ask("plan").exitCode()).isEqualTo(3);

            Files.writeString(file, configuration(3));
            String plan = director.ask("plan").output();
            assertThat(plan.lines().toList())
                    .containsExactly(
                            "~ server 172.16.1.12:80 of TCP 10.0.0.13:80:"
                                    + " NAT weight 1 → NAT weight 3");
            assertThat(rules(director)).contains(rule(2, 1));
            assertThat(Kernel.kill((int) director.pid(), SIGHUP)).isZero();
            TestBed.await("the new weight", () -> rules(director).contains(rule(2, 3)));
            assertThat(director.ask("vrrp").output()).contains("became active 1 times");

            Files.writeString(file, configuration(3).replace("priority 150", "priority 140"));
            assertThat(director.ask("reload").output()).contains("takes a restart");
            Files.writeString(file, configuration(3));
            Answers answers = load.stop();
            assertThat(answers.failed()).as("%s", answers).isZero();
            assertThat(answers.perServer()).hasSize(2);
        }
    }

    private static void aDeadServerGoesAndComesBack(
            LabNetwork network, DirectorProcess director, List<NamedServer> servers, Target target)
            throws Exception {
        servers.removeFirst().close();
        TestBed.await("rs1 to go", () -> !rules(director).contains("172.16.1.11"));
        assertThat(director.ask("checks").output())
                .contains("[172.16.1.11]:tcp:80: DOWN")
                .contains("connection refused");
        try (Load load = new Load(network, target)) {
            servers.addFirst(HttpNameServer.start(network.realServers().getFirst(), 80));
            TestBed.await("rs1 to return", () -> rules(director).contains(rule(1, 1)));
            Answers answers = load.stop();
            assertThat(answers.failed()).as("%s", answers).isZero();
        }
        assertThat(director.log())
                .contains("Removing service [172.16.1.11]:tcp:80 from VS [10.0.0.13]:tcp:80")
                .contains("Adding service [172.16.1.11]:tcp:80 to VS [10.0.0.13]:tcp:80");
    }
}
