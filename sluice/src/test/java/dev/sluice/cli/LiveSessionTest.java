package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.Director;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.Verdict;
import dev.sluice.director.forward.Outbox;
import dev.sluice.director.forward.Path;
import dev.sluice.director.forward.Paths;
import dev.sluice.director.service.Configuration;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Sctp;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Sessions of the real ipvsadm that had traffic, replayed with the same traffic: ipvsadm, table
/// and director together, packet by packet, without a network.
final class LiveSessionTest {

    /// What cannot be replayed, and why.
    private static final Map<String, String> REFUSED =
            new TreeMap<>(Map.of("live-15-sip-pe", "--pe"));

    /// Where the recorded counters were those of two seconds before; ours are never late.
    private static final Map<String, String> LATE =
            Map.of("live-11-remove-busy", "ipvsadm -ln --stats");

    private static final String CLIENT = "192.168.50.2";
    private static final String VIP = "192.168.50.100";
    private static final String CLIENT_IPV6 = "2001:db8:50::2";
    private static final String VIP_IPV6 = "2001:db8:50::100";

    /// What happens in a network.
    private interface Event {
        void happen(Network net);
    }

    /// What the `~` lines of a session stand for, in their order.
    private static final Map<String, List<Event>> TRAFFIC = new HashMap<>();

    static {
        traffic(
                "live-01-nat-open-and-closed",
                net -> {
                    for (int port = 40001; port <= 40006; port++) {
                        net.open(CLIENT, port, VIP, 80).closedByServer();
                    }
                },
                net -> net.open(CLIENT, 40101, 40103, VIP, 80),
                net -> net.opened.forEach(Flow::closedByClient));
        traffic(
                "live-02-tcp-states",
                net -> {
                    net.open(CLIENT, 40001, VIP, 80);
                    net.open(CLIENT, 40002, VIP, 80).closedByServer();
                    net.open(CLIENT, 40003, VIP, 80).halfClosedByClient();
                    net.open(CLIENT, 40005, VIP, 80).closedByClient();
                },
                net -> net.open(CLIENT, 40006, VIP, 80).halfClosedByServer(),
                net -> net.syn(CLIENT, 40004, VIP, 81),
                net -> net.syn(CLIENT, 40007, VIP, 82).refusedByServer());
        traffic(
                "live-03-persistence",
                net -> {
                    net.open(CLIENT, 40001, 40003, VIP, 80);
                    net.open("192.168.50.3", 40011, VIP, 80);
                });
        traffic(
                "live-04-persistence-netmask",
                net -> {
                    net.open(CLIENT, 40001, VIP, 80);
                    net.open("192.168.50.3", 40002, VIP, 80);
                    net.open("192.168.50.4", 40003, VIP, 80);
                });
        traffic(
                "live-05-any-port",
                net -> {
                    net.open(CLIENT, 40001, VIP, 80);
                    net.open(CLIENT, 40002, VIP, 8080);
                });
        traffic(
                "live-06-udp",
                net -> {
                    for (int port = 40001; port <= 40004; port++) {
                        net.echo(CLIENT, port, VIP, 53, 32);
                    }
                });
        traffic(
                "live-07-udp-ops",
                net -> {
                    for (int i = 0; i < 6; i++) {
                        net.process(PacketBuilder.ipv4(CLIENT, VIP).udp(40001, 53).payload(32));
                    }
                });
        traffic(
                "live-08-fwmark",
                net -> {
                    net.mark = 5;
                    net.open(CLIENT, 40001, VIP, 80);
                    net.open(CLIENT, 40002, VIP, 81);
                    net.mark = 300;
                    net.open(CLIENT, 40003, "192.168.50.101", 80);
                });
        traffic("live-09-ipv6", net -> net.open(CLIENT_IPV6, 40001, 40002, VIP_IPV6, 80));
        traffic(
                "live-10-zero",
                net -> {
                    net.open(CLIENT, 40001, VIP, 80).closedByServer();
                    net.open(CLIENT, 40002, VIP, 80).closedByServer();
                    for (int port = 40011; port <= 40013; port++) {
                        net.open(CLIENT, port, VIP, 81).closedByServer();
                    }
                    net.open(CLIENT, 40003, VIP, 80);
                });
        traffic(
                "live-11-remove-busy",
                net -> net.open(CLIENT, 40001, 40004, VIP, 80),
                net -> net.open(CLIENT, 40005, 40006, VIP, 80),
                _ -> {});
        traffic(
                "live-12-rate",
                net -> {
                    for (int second = 0; second < 8; second++) {
                        for (int port = 40001; port <= 40200; port++) {
                            net.open(CLIENT, 1000 * second + port, VIP, 80)
                                    .answered(1448)
                                    .closedByServer();
                        }
                        net.second();
                    }
                });
        traffic(
                "live-13-large-counters",
                net -> {
                    Flow flow = net.open(CLIENT, 40001, VIP, 80);
                    for (int sent = 0; sent < 120_000_000; sent += 60_000) {
                        flow.answered(60_000);
                    }
                });
        traffic("live-14-names", net -> net.open(CLIENT, 40001, 40002, VIP, 80));
        traffic("live-16-threshold", net -> net.open(CLIENT, 40001, 40008, VIP, 80));
        traffic("live-17-sctp", net -> net.associate(CLIENT, 40001, VIP, 2905));
        traffic(
                "live-18-direct-routing",
                net -> {
                    for (int port = 40001; port <= 40004; port++) {
                        net.open(CLIENT, port, VIP, 80).closedByServer();
                    }
                    net.open(CLIENT, 40005, 40006, VIP, 80);
                });
        traffic(
                "live-19-local-server",
                net -> {
                    net.local.addAll(Set.of("192.168.50.1", "127.0.0.1"));
                    net.open(CLIENT, 40001, 40002, VIP, 80);
                });
        traffic("live-20-no-server", net -> net.syn(CLIENT, 40001, VIP, 80));
        traffic("live-21-template-none", net -> net.syn(CLIENT, 40001, VIP, 80));
        traffic("live-22-long-expiry", net -> net.open(CLIENT, 40001, VIP, 80));
        traffic(
                "live-23-ipv6-mark",
                net -> {
                    net.mark = 258;
                    net.open(CLIENT_IPV6, 40001, VIP_IPV6, 80);
                });
    }

    private static void traffic(String id, Event... events) {
        TRAFFIC.put(id, List.of(events));
    }

    @TestFactory
    Stream<DynamicTest> everySessionLooksAsRecorded() throws Exception {
        return Transcript.all().stream()
                .filter(Transcript::isLive)
                .filter(transcript -> !REFUSED.containsKey(transcript.id()))
                .map(transcript ->
                        DynamicTest.dynamicTest(transcript.id(), () -> replay(transcript)));
    }

    @Test
    void whatIsNotReplayedIsRefusedAtOnce() throws Exception {
        for (Transcript transcript : Transcript.all()) {
            String option = REFUSED.get(transcript.id());
            if (option != null) {
                List<String> words = transcript.steps().getFirst().pipeline().getFirst();
                assertThat(words).contains(option);
                try (Network net = new Network()) {
                    assertThat(net.shell.run(words, "").exitStatus()).isEqualTo(255);
                }
            }
        }
    }

    private static void replay(Transcript transcript) {
        try (Network net = new Network()) {
            net.shell.know(transcript);
            Queue<Event> events = new ArrayDeque<>(TRAFFIC.get(transcript.id()));
            for (Transcript.Step step : transcript.steps()) {
                for (String _ : step.before()) {
                    events.remove().happen(net);
                }
                net.second();
                Shell.Result result = net.shell.run(step.pipeline().getFirst(), "");
                assertThat(result.errors()).as(step.text()).isEqualTo(step.errors());
                assertThat(result.exitStatus()).as(step.text()).isEqualTo(step.exitStatus());
                List<String> actual = lines(masked(result.output(), step.output()), step.ordered());
                List<String> expected = lines(step.output(), step.ordered());
                if (step.text().equals(LATE.get(transcript.id()))) {
                    assertThat(actual).as(step.text()).isNotEqualTo(expected);
                } else {
                    assertThat(actual).as(step.text()).isEqualTo(expected);
                }
            }
            assertThat(events).isEmpty();
        }
    }

    /// Lines whose order is open are sorted.
    private static List<String> lines(String text, int ordered) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (ordered >= 0 && ordered < lines.size()) {
            Collections.sort(lines.subList(ordered, lines.size()));
        }
        return lines;
    }

    /// The output with numbers and times replaced by the placeholders that some expected line has
    /// in their place.
    private static String masked(String output, String expected) {
        List<String> masked = new ArrayList<>();
        for (String line : output.lines().toList()) {
            masked.add(
                    expected.lines()
                            .map(pattern -> masked(line.toCharArray(), pattern))
                            .filter(text -> expected.lines().anyMatch(text::equals))
                            .findFirst()
                            .orElse(line));
        }
        return String.join("\n", masked);
    }

    private static String masked(char[] line, String pattern) {
        if (line.length != pattern.length()) {
            return "";
        }
        String text = new String(line);
        StringBuilder masked = new StringBuilder(text);
        for (String placeholder : List.of("<N>", "<T>")) {
            for (int at = pattern.indexOf(placeholder);
                    at >= 0;
                    at = pattern.indexOf(placeholder, at + 1)) {
                int start = at;
                int end = at + 3;
                boolean number = placeholder.equals("<N>");
                while (number && start > 0 && pattern.charAt(start - 1) == ' ') {
                    start--;
                }
                while (!number && end < pattern.length() && pattern.charAt(end) == ' ') {
                    end++;
                }
                if (text.substring(start, end).matches(number ? " *[0-9]+" : "[0-9]+:[0-9]{2} +")) {
                    masked.replace(start, end, pattern.substring(start, end));
                }
            }
        }
        return masked.toString();
    }

    /// The machines around one director.
    private static final class Network implements AutoCloseable {

        final Director director =
                new Director(0, DirectorSettings.DEFAULT, new EverywherePaths(), new Shredder());
        final Shell shell = new Shell(this::configure, this::listConnections);
        final List<Flow> opened = new ArrayList<>();
        final List<String> local = new ArrayList<>();
        int mark;
        private long nowNanos;

        private void configure(Configuration newest) {
            director.configure(newest);
        }

        private void listConnections(Consumer<ConnectionEntry> consumer) {
            int cursor = 0;
            while (cursor >= 0) {
                cursor = director.list(cursor, 100, nowNanos, consumer);
            }
        }

        void second() {
            nowNanos += 1_000_000_000L;
            shell.table.poll(nowNanos);
        }

        /// Connections of consecutive ports, each with one request and a short answer.
        void open(String client, int firstPort, int lastPort, String virtual, int port) {
            opened.clear();
            for (int clientPort = firstPort; clientPort <= lastPort; clientPort++) {
                opened.add(open(client, clientPort, virtual, port));
            }
        }

        Flow open(String client, int clientPort, String virtual, int port) {
            Flow flow = syn(client, clientPort, virtual, port);
            flow.fromServer("SA", 0);
            flow.fromClient("A", 0);
            flow.fromClient("AP", 20);
            flow.answered(100);
            return flow;
        }

        Flow syn(String client, int clientPort, String virtual, int port) {
            Flow flow = new Flow(this, client, clientPort, virtual, port);
            flow.fromClient("S", 0);
            return flow;
        }

        void echo(String client, int clientPort, String virtual, int port, int bytes) {
            PacketView query =
                    process(
                            PacketBuilder.ipv4(client, virtual)
                                    .udp(clientPort, port)
                                    .payload(bytes));
            process(
                    PacketBuilder.ipv4(destination(query).toString(), client)
                            .udp(query.destinationPort(), clientPort)
                            .payload(bytes));
        }

        /// The four packets that begin an association (RFC 9260 §5.1).
        void associate(String client, int clientPort, String virtual, int port) {
            for (int chunk : new int[] {Sctp.INIT, Sctp.COOKIE_ECHO}) {
                PacketView request =
                        process(
                                PacketBuilder.ipv4(client, virtual)
                                        .sctp(clientPort, port)
                                        .chunk(chunk, new byte[16]));
                String server = destination(request).toString();
                process(
                        PacketBuilder.ipv4(server, client)
                                .sctp(request.destinationPort(), clientPort)
                                .chunk(chunk + 1, new byte[16]));
            }
        }

        PacketView process(PacketBuilder builder) {
            PacketView packet = builder.view();
            packet.mark(mark);
            Verdict verdict = director.process(packet, nowNanos);
            assertThat(verdict.action())
                    .isIn(Verdict.Action.FORWARD, Verdict.Action.TO_STACK, Verdict.Action.DROP);
            PacketView rewritten = new PacketView();
            assertThat(rewritten.parse(packet.frame(), packet.ip(), packet.length())).isNull();
            return rewritten;
        }

        static Address destination(PacketView packet) {
            return new Address(
                    packet.isIpv6() ? Family.IPV6 : Family.IPV4,
                    packet.destinationHigh(),
                    packet.destinationLow());
        }

        @Override
        public void close() {
            director.close();
        }

        /// Nobody reads the answers.
        private static final class Shredder implements Outbox {
            private final MemorySegment memory = MemorySegment.ofArray(new byte[4096]);

            @Override
            public MemorySegment memory() {
                return memory;
            }

            @Override
            public long room(int bytes) {
                return 0;
            }

            @Override
            public void send(Path path, long start, int bytes, boolean ipv6) {}
        }

        private final class EverywherePaths implements Paths {
            @Override
            public Address source(boolean ipv6, long destinationHigh, long destinationLow) {
                return ipv6 ? Address.ANY_IPV6 : Address.ANY_IPV4;
            }

            @Override
            public @Nullable Path find(
                    boolean ipv6,
                    long sourceHigh,
                    long sourceLow,
                    long destinationHigh,
                    long destinationLow) {
                Address to =
                        new Address(
                                ipv6 ? Family.IPV6 : Family.IPV4, destinationHigh, destinationLow);
                boolean isLocal = local.contains(to.toString());
                return new Path() {
                    @Override
                    public int mtuBytes() {
                        return 65536;
                    }

                    @Override
                    public boolean isLocal() {
                        return isLocal;
                    }
                };
            }
        }
    }

    /// One TCP connection, seen from both its ends. Replies that do not pass the director are not
    /// shown to it.
    private static final class Flow {

        private final Network net;
        private final Address client;
        private final int clientPort;
        private final Address virtual;
        private final int port;
        private Address real;
        private int realPort;

        Flow(Network net, String client, int clientPort, String virtual, int port) {
            this.net = net;
            this.client = Address.parse(client);
            this.clientPort = clientPort;
            this.virtual = Address.parse(virtual);
            this.port = port;
            real = this.virtual;
        }

        void fromClient(String flags, int bytes) {
            PacketView packet =
                    net.process(
                            PacketBuilder.ip(client, virtual)
                                    .tcp(clientPort, port)
                                    .flags(flags)
                                    .payload(bytes));
            real = Network.destination(packet);
            realPort = packet.destinationPort();
        }

        void fromServer(String flags, int bytes) {
            if (!real.equals(virtual)) {
                net.process(
                        PacketBuilder.ip(real, client)
                                .tcp(realPort, clientPort)
                                .flags(flags)
                                .payload(bytes));
            }
        }

        Flow answered(int bytes) {
            fromServer("AP", bytes);
            fromClient("A", 0);
            return this;
        }

        void halfClosedByClient() {
            fromClient("FA", 0);
            fromServer("A", 0);
        }

        void halfClosedByServer() {
            fromServer("FA", 0);
            fromClient("A", 0);
        }

        void closedByClient() {
            halfClosedByClient();
            halfClosedByServer();
        }

        void closedByServer() {
            halfClosedByServer();
            halfClosedByClient();
        }

        void refusedByServer() {
            fromServer("RA", 0);
        }
    }
}
