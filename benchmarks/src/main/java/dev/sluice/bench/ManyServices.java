package dev.sluice.bench;

import dev.sluice.cli.Host;
import dev.sluice.cli.Ipvsadm;
import dev.sluice.control.Capabilities;
import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.Program;
import dev.sluice.control.RefusedException;
import dev.sluice.control.ServerKey;
import dev.sluice.control.Table;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.gate.GateTables;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/// The table in `docs/performance.md` of what commands cost among many services: `ipvsadm -R`, one
/// `ipvsadm -e`, weights as health checks set them, and listings, in the daemon, with the gate's
/// tables but without the kernel's maps.
///
///     java -cp benchmarks/target/benchmarks-all.jar dev.sluice.bench.ManyServices [services]
///
/// Each service has ten servers. Everything is done twice; the second time counts.
public final class ManyServices {

    private static final int SERVERS = 10;
    private static final int EDITS = 20_000;

    private final int services;
    private final Table table = new Table(Capabilities.DIRECTOR, 1, this::publish);
    private final Program ipvsadm =
            Objects.requireNonNull(
                    new Ipvsadm(table, ConnectionSource.NONE, new Nameless())
                            .programs()
                            .get("ipvsadm"));
    private GateTables tables = GateTables.EMPTY;
    private int publications;

    private ManyServices(int services) {
        this.services = services;
    }

    /// Measures and prints.
    ///
    /// @param arguments how many services; 10,000 if nothing is said
    public static void main(String... arguments) throws IOException, RefusedException {
        int services = arguments.length == 0 ? 10_000 : Integer.parseInt(arguments[0]);
        System.out.println(
                "| Services | Restore, s | Bytes for a server | `-e`, µs | slowest, ms | Weights a"
                        + " second, one by one | by hundreds | `-Ln`, s | `-Sn`, s |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (int count : new int[] {services / 10, services, services}) {
            System.out.println(new ManyServices(count).row());
        }
    }

    private String row() throws IOException, RefusedException {
        String rules = rules();
        long heapBefore = heap();
        double restore = seconds(() -> run(List.of("-R"), rules));
        long bytes = (heap() - heapBefore) / ((long) services * SERVERS);
        SplittableRandom random = new SplittableRandom(1);
        long slowest = 0;
        long start = System.nanoTime();
        for (int i = 0; i < EDITS; i++) {
            long before = System.nanoTime();
            run(edit(random), "");
            slowest = Math.max(slowest, System.nanoTime() - before);
        }
        long edits = System.nanoTime() - start;
        double oneByOne = weightsPerSecond(random, 1);
        double byHundreds = weightsPerSecond(random, 100);
        double list = seconds(() -> run(List.of("-Ln"), ""));
        double save = seconds(() -> run(List.of("-Sn"), ""));
        if (table.services().size() != services || publications == 0) {
            throw new IllegalStateException("not all rules were carried out");
        }
        return "| %,d | %.2f | %,d | %.1f | %.2f | %,.0f | %,.0f | %.2f | %.2f |"
                .formatted(
                        services,
                        restore,
                        bytes,
                        edits / 1000.0 / EDITS,
                        slowest / 1e6,
                        oneByOne,
                        byHundreds,
                        list,
                        save);
    }

    private void publish(Configuration configuration) {
        tables = tables.next(configuration);
        publications++;
    }

    private double weightsPerSecond(SplittableRandom random, int together) throws RefusedException {
        long start = System.nanoTime();
        for (int i = 0; i < EDITS; i += together) {
            Edit[] edits = new Edit[together];
            for (int j = 0; j < together; j++) {
                int service = random.nextInt(services);
                edits[j] =
                        new Edit.SetWeight(
                                Origin.AGENT,
                                new ServiceKey.AtAddress(Protocol.TCP, virtual(service), 80),
                                new ServerKey(real(service, random.nextInt(SERVERS)), 8080),
                                random.nextInt(100));
            }
            table.apply(List.of(edits));
        }
        return EDITS / ((System.nanoTime() - start) / 1e9);
    }

    private List<String> edit(SplittableRandom random) {
        int service = random.nextInt(services);
        String server = real(service, random.nextInt(SERVERS)) + ":8080";
        String weight = Integer.toString(random.nextInt(100));
        return List.of("-e", "-t", virtual(service) + ":80", "-r", server, "-m", "-w", weight);
    }

    private String rules() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < services; i++) {
            rules.append("-A -t ").append(virtual(i)).append(":80 -s wrr\n");
            for (int j = 0; j < SERVERS; j++) {
                rules.append("-a -t ")
                        .append(virtual(i))
                        .append(":80 -r ")
                        .append(real(i, j))
                        .append(":8080 -m -w 1\n");
            }
        }
        return rules.toString();
    }

    private static Address virtual(int service) {
        return Address.ipv4(0x0a00_0001 + service);
    }

    private static Address real(int service, int server) {
        return Address.ipv4(0x0b00_0001 + service * SERVERS + server);
    }

    private void run(List<String> words, String input) throws IOException {
        InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        if (ipvsadm.run(new Program.Call("ipvsadm", words, in, nowhere, System.err)) != 0) {
            throw new IllegalStateException("ipvsadm " + words + " failed");
        }
    }

    @FunctionalInterface
    private interface Command {
        void run() throws IOException;
    }

    private static double seconds(Command command) throws IOException {
        long start = System.nanoTime();
        command.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /// A machine without names.
    private static final class Nameless implements Host {
        @Override
        public @Nullable Address address(String name) {
            return null;
        }

        @Override
        public @Nullable String name(Address address) {
            return null;
        }

        @Override
        public int port(String service, Protocol protocol) {
            return -1;
        }

        @Override
        public @Nullable String service(int port, Protocol protocol) {
            return null;
        }

        @Override
        public boolean hasInterface(String name) {
            return false;
        }
    }
}
