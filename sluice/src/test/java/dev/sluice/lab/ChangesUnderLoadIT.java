package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.ControlClient;
import dev.sluice.testing.Needs;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/// Traffic goes on while an operator works.
final class ChangesUnderLoadIT {

    private static final Duration DURATION = Duration.ofSeconds(Needs.CI ? 60 : 20);
    private static final int CLIENT_THREADS = 8;

    /// A server is added, gets another weight, is quiesced, and removed when it has no active
    /// connection left, as an operator does it. A kernel director loses no request over that.
    @ParameterizedTest
    @ValueSource(strings = {"-m", "-g"})
    void noRequestFailsWhileServersComeAndGo(String method) throws Exception {
        Needs.programs("nginx");
        try (TestBed bed = method.equals("-m") ? TestBed.nat(3) : TestBed.directRouting(3);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            bed.startNginx();
            String service = bed.service("-t", Family.IPV4, 80);
            // Direct routing sees a connection's end late: keep its states short.
            bed.ipvsadm("--set 5 2 5");
            bed.balance(service, "-s wlc", 80, method);
            AtomicBoolean running = new AtomicBoolean(true);
            Clients clients =
                    new Clients(
                            bed.network().client(),
                            bed.network().clientAddresses(Family.IPV4),
                            CLIENT_THREADS);
            Target target = Target.http(bed.virtual(Family.IPV4), 80);
            CompletableFuture<Answers> load =
                    CompletableFuture.supplyAsync(
                            () -> clients.sendWhile(target, running::get), executor);
            int rounds = 0;
            long end = System.nanoTime() + DURATION.toNanos();
            try {
                for (; System.nanoTime() - end < 0; rounds++) {
                    change(bed, service, method, rounds % 3);
                }
            } finally {
                running.set(false);
            }
            Answers answers = load.get();
            System.out.printf(
                    "%s: %s, %d requests/s, while a server left and came back %d times%n",
                    method, answers, answers.answered() / DURATION.toSeconds(), rounds);
            assertThat(answers.failed()).as("%s", answers).isZero();
            assertThat(answers.perServer()).hasSize(3);
            assertThat(rounds).isPositive();
        }
    }

    private static void change(TestBed bed, String service, String method, int index) {
        Address address = bed.network().realAddress(Family.IPV4, index);
        String server = service + " -r " + address.withPort(80) + " " + method;
        bed.ipvsadm("-e " + server + " -w 5");
        TestBed.sleep(Duration.ofMillis(300));
        bed.ipvsadm("-e " + server + " -w 0");
        TestBed.await(
                "the last active connection of " + address,
                () -> activeConnections(bed, address) == 0);
        bed.ipvsadm("-d " + service + " -r " + address.withPort(80));
        TestBed.sleep(Duration.ofMillis(300));
        bed.ipvsadm("-a " + server + " -w 1");
        TestBed.sleep(Duration.ofMillis(300));
    }

    /// The second last column of the server's line.
    private static int activeConnections(TestBed bed, Address address) {
        String line =
                bed.ipvsadm("-Ln")
                        .lines()
                        .filter(text -> text.contains("-> " + address.withPort(80) + " "))
                        .findFirst()
                        .orElseThrow();
        String[] fields = line.strip().split("\\s+", -1);
        return Integer.parseInt(fields[fields.length - 2]);
    }

    /// Printed, not asserted: a shared machine has its own ideas about milliseconds.
    @ParameterizedTest
    @ValueSource(strings = {"-Ln", "-Ln --stats", "-Lnc"})
    void aListingIsAnsweredInTimeUnderLoad(String listing) throws Exception {
        try (TestBed bed = TestBed.nat(2)) {
            Needs.programs("nginx", "wrk");
            bed.startNginx();
            bed.balance(bed.service("-t", Family.IPV4, 80), "-s rr", 80, "-m");
            Process wrk =
                    bed.network()
                            .client()
                            .start(
                                    "wrk",
                                    "-t1",
                                    "-c32",
                                    "-d6s",
                                    "-H",
                                    "Connection: close",
                                    "http://" + bed.virtual(Family.IPV4) + "/1k");
            TestBed.sleep(Duration.ofSeconds(1));
            List<String> words = new ArrayList<>(List.of("ipvsadm"));
            words.addAll(List.of(listing.split(" ", -1)));
            List<Double> millis = new ArrayList<>();
            PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
            while (wrk.isAlive() && millis.size() < 100) {
                long start = System.nanoTime();
                int exit =
                        ControlClient.run(
                                bed.network().controlSocket(),
                                words.toArray(String[]::new),
                                InputStream.nullInputStream(),
                                nowhere,
                                nowhere);
                millis.add((System.nanoTime() - start) / 1e6);
                assertThat(exit).isZero();
                TestBed.sleep(Duration.ofMillis(20));
            }
            millis.sort(null);
            System.out.printf(
                    "ipvsadm %s under load: median %.1f ms, worst %.1f ms of %d%n",
                    listing, millis.get(millis.size() / 2), millis.getLast(), millis.size());
        }
    }
}
