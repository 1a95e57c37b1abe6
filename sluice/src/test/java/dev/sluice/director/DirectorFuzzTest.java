package dev.sluice.director;

import static dev.sluice.director.service.Forwarding.DIRECT_ROUTING;
import static dev.sluice.director.service.Forwarding.NAT;

import dev.sluice.director.TestPaths.TestPath;
import dev.sluice.director.Traffic.Sample;
import dev.sluice.director.Verdict.Action;
import dev.sluice.director.protocol.TcpState;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Handling;
import dev.sluice.director.service.Setting;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.testing.Met;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;
import dev.sluice.wire.IcmpError;
import dev.sluice.wire.IpProtocol;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.Mutation;
import dev.sluice.wire.PacketPrinter;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.PlainChecksum;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.Udp;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/// Anything that parses gets a verdict, whatever services come and go meanwhile, and one only,
/// which is counted. What goes on is translated in addresses, ports, hops and checksums and nowhere
/// else, and its checksums have the error they had ([PlainChecksum]), none if they had none; what
/// does not go on is as it came. No byte outside of the packet is read or written: the frame ends
/// where the packet does. In the end counters, tallies and connections agree.
///
/// 300,000 packets, ten million in continuous integration ([Seeded]), a thousand for the life of
/// each director.
final class DirectorFuzzTest {

    private static final int PACKETS_PER_DIRECTOR = 1000;
    private static final int NORMALLY = 300_000;

    /// How many connections a life remembers, to send more packets of them.
    private static final int FLOWS = 16;

    /// What can become of a packet that goes on; each must have been met.
    private enum Deed {
        MASQUERADED_TO_SERVER,
        ROUTED_TO_SERVER,
        MASQUERADED_TO_CLIENT,
        ERROR_TO_CLIENT,
        ERROR_TO_SERVER,
        ERROR_ROUTED_TO_SERVER,
        LATER_FRAGMENT,
        TO_BE_FRAGMENTED,
        SUPER_PACKET,
        BIG_TCP,
        MARKED,
        RIGHT_CHECKSUM,
        WRONG_CHECKSUM,
        PARTIAL_CHECKSUM,
        UDP_CHECKSUM_FILLED,
        UDP_WITHOUT_CHECKSUM,
        QUOTE_CUT,
        HANDED_OVER
    }

    /// No segment leads to these from another one; the kernel has them for its TCP defence.
    private static final List<TcpState> IMPOSSIBLE_STATES =
            List.of(TcpState.LAST_ACK, TcpState.LISTEN);

    private final List<Sample> samples = Traffic.make(new SplittableRandom(1), 6000);
    private final byte[] memory = new byte[Traffic.BIG + 200];
    private final byte[] before = new byte[memory.length];
    private final byte[] undone = new byte[memory.length];
    private final PacketView view = new PacketView();
    private final PacketView was = new PacketView();
    private final PacketView again = new PacketView();

    private final Met<Action> actions = new Met<>(Action.class);
    private final Met<Deed> deeds = new Met<>(Deed.class);
    private final Met<DropReason> drops = new Met<>(DropReason.class);
    private final Met<DropReason> answers = new Met<>(DropReason.class);
    private final Met<StackReason> stackReasons = new Met<>(StackReason.class);
    private final Met<DirectorCounters.Other> others = new Met<>(DirectorCounters.Other.class);
    private final Met<TcpState> states = new Met<>(TcpState.class);

    @Test
    void anyPacketGetsAVerdictAndWhatGoesOnIsRight() {
        long packets = Seeded.packets(NORMALLY);
        Seeded.forAll(packets / PACKETS_PER_DIRECTOR, random -> new Life(random).live());
        if (Seeded.isWhole(packets, NORMALLY)) {
            actions.assertAll(List.of());
            deeds.assertAll(List.of());
            // Tunnels are in TunnelFuzzTest.
            drops.assertAll(List.of(DropReason.TUNNEL_ERROR));
            answers.assertAll(
                    List.of(
                            DropReason.REAL_SERVER_REMOVED,
                            DropReason.TUNNEL_ERROR,
                            DropReason.DEFENCE,
                            DropReason.TABLE_FULL,
                            DropReason.BAD_ICMP_CHECKSUM));
            stackReasons.assertAll(List.of());
            others.assertAll(List.of(DirectorCounters.Other.TUNNEL_ERRORS_TOLD));
            states.assertAll(IMPOSSIBLE_STATES);
            check(actions.count(Action.FORWARD) > packets / 4, "little goes on: " + actions);
        }
    }

    /// One director, its services, and a thousand packets that it judges.
    private final class Life {

        private final SplittableRandom random;
        private final int workers;
        private final int worker;
        private final Lvs lvs;
        private final List<Service> services = new ArrayList<>();
        private final List<Lvs.Draft> everyDraft = new ArrayList<>();

        // Counted beside the director.
        private final Met<DropReason> dropped = new Met<>(DropReason.class);
        private final Met<StackReason> passed = new Met<>(StackReason.class);
        private long forwarded;
        private long answered;
        private int number;

        private final Flow[] flows = new Flow[FLOWS];
        private int flowsSeen;

        Life(SplittableRandom random) {
            this.random = random;
            workers = oneIn(4) ? random.nextInt(2, 9) : 1;
            worker = random.nextInt(workers);
            DirectorSettings settings =
                    DirectorSettings.DEFAULT.with(it -> {
                        it.steering = new Steering(random.nextLong(), 1, workers);
                        it.maxConnections = random.nextInt(1, 200);
                        it.icmpPerSecond = oneIn(8) ? 0 : 1000;
                        it.icmpBurst = 50;
                    });
            lvs = new Lvs(settings, worker, workers);
        }

        void live() {
            try {
                begin();
                while (number < PACKETS_PER_DIRECTOR) {
                    switch (random.nextInt(200)) {
                        case 0, 1 -> services.get(random.nextInt(services.size())).edit();
                        case 2 -> lvs.after(random.nextInt(1, 200));
                        case 3 -> reroute();
                        case 4 ->
                                lvs.set(
                                        random.nextInt(1, 900),
                                        random.nextInt(1, 120),
                                        random.nextInt(1, 300));
                        case 9 -> sysctl();
                        case 5, 6, 7, 8 -> lvs.after(random.nextInt(2000) / 1000.0);
                        default -> {
                            // The same moment.
                        }
                    }
                    packet();
                }
                end();
            } finally {
                lvs.director.close();
            }
        }

        private void sysctl() {
            switch (random.nextInt(10)) {
                case 8 -> lvs.set(Setting.NAT_ICMP_SEND, random.nextInt(2));
                case 6 -> lvs.set(Setting.DROP_ENTRY, random.nextInt(2) * 3);
                case 7 -> lvs.set(Setting.SECURE_TCP, random.nextInt(2) * 3);
                case 5 -> lvs.set(Setting.SCHEDULE_ICMP, random.nextInt(2));
                case 0 -> lvs.set(Setting.CONN_REUSE_MODE, random.nextInt(4));
                case 1 -> lvs.set(Setting.EXPIRE_NODEST_CONN, random.nextInt(2));
                case 2 -> lvs.set(Setting.EXPIRE_QUIESCENT_TEMPLATE, random.nextInt(2));
                case 3 -> lvs.set(Setting.SLOPPY_TCP, random.nextInt(2));
                case 4 -> lvs.set(Setting.DROP_PACKET, random.nextInt(2) * 3);
                default -> lvs.set(Setting.AM_DROPRATE, random.nextInt(6));
            }
        }

        private boolean oneIn(int count) {
            return random.nextInt(count) == 0;
        }

        // ---- configuration ----

        private void begin() {
            for (boolean ipv6 : new boolean[] {false, true}) {
                String vip = Traffic.virtual(ipv6).toString();
                Family family = ipv6 ? Family.IPV6 : Family.IPV4;
                services.add(new Service(ipv6, scheduler -> lvs.tcp(vip, 80, scheduler)));
                services.add(new Service(ipv6, scheduler -> lvs.udp(vip, 53, scheduler)));
                services.add(new Service(ipv6, scheduler -> lvs.tcp(vip, 0, scheduler)));
                if (random.nextBoolean()) {
                    services.add(new Service(ipv6, scheduler -> lvs.tcp(vip, 21, scheduler)));
                }
                // A mark service lets replies come from everywhere.
                if (random.nextBoolean()) {
                    services.add(new Service(ipv6, scheduler -> lvs.mark(family, 1, scheduler)));
                    services.add(new Service(ipv6, scheduler -> lvs.mark(family, 2, scheduler)));
                }
                lvs.paths.mtu(Traffic.server(ipv6, 1), 1400);
            }
            for (int i = random.nextInt(3); i > 0; i--) {
                reroute();
            }
        }

        /// Somebody is elsewhere now.
        private void reroute() {
            boolean ipv6 = random.nextBoolean();
            int which = random.nextInt(1, 3);
            Address address =
                    random.nextBoolean()
                            ? Traffic.server(ipv6, which)
                            : Traffic.client(ipv6, which);
            switch (random.nextInt(6)) {
                case 0 -> lvs.paths.unroutable(address);
                case 1 -> lvs.paths.local(address);
                default -> lvs.paths.mtu(address, random.nextBoolean() ? 1400 : 1500);
            }
        }

        @FunctionalInterface
        private interface Making {
            Lvs.Draft make(String scheduler);
        }

        /// One service, or the place where it was.
        private final class Service {

            private static final String[] SCHEDULERS = {"rr", "wrr", "lc", "wlc"};

            private final boolean ipv6;
            private final Making making;
            private Lvs.Draft draft;
            private boolean deleted;

            Service(boolean ipv6, Making making) {
                this.ipv6 = ipv6;
                this.making = making;
                draft = create();
            }

            private Lvs.Draft create() {
                Lvs.Draft made = making.make(SCHEDULERS[random.nextInt(SCHEDULERS.length)]);
                everyDraft.add(made);
                if (oneIn(3)) {
                    made.persistent(random.nextInt(1, 300));
                }
                if (oneIn(4)) {
                    made.handled(new Handling(/* onePacket= */ true));
                }
                int upper = oneIn(4) ? random.nextInt(1, 5) : 0;
                made.server(address(1), 80, anyForwarding(), 1, upper, 0);
                made.server(address(2), 0, NAT, random.nextInt(4));
                return made;
            }

            void edit() {
                if (deleted) {
                    deleted = false;
                    draft = create();
                    return;
                }
                String address = address(random.nextInt(1, 3));
                switch (random.nextInt(8)) {
                    case 0 -> draft.weight(address, random.nextInt(4));
                    case 1 -> draft.persistent(random.nextInt(1, 300), random.nextInt(1, 33));
                    case 2 -> draft.notPersistent();
                    case 3 -> draft.forwarding(address, anyForwarding());
                    case 4 -> draft.remove(address);
                    case 5 -> {
                        lvs.delete(draft);
                        deleted = true;
                    }
                    default -> draft.remove(address).server(address, 80, anyForwarding());
                }
            }

            private Forwarding anyForwarding() {
                return random.nextBoolean() ? NAT : DIRECT_ROUTING;
            }

            private String address(int number) {
                return Traffic.server(ipv6, number).toString();
            }
        }

        // ---- a packet ----

        /// Sends one, unless it is malformed.
        private void packet() {
            Sample sample = samples.get(random.nextInt(samples.size()));
            int start = random.nextInt(3) * 7;
            int captured = sample.bytes.length;
            System.arraycopy(sample.bytes, 0, memory, start, captured);
            if (oneIn(2)) {
                captured = Mutation.mutate(memory, start, captured, random);
            }
            MemorySegment frame = MemorySegment.ofArray(memory).asSlice(0, start + captured);
            if (view.parse(frame, start, captured) != null) {
                return;
            }
            number++;
            if (!oneIn(4)) {
                enterSomeFlow();
            }
            view.mark(oneIn(20) ? random.nextInt(4) : sample.mark);
            view.gsoSize(oneIn(50) ? random.nextInt(1, 1600) : sample.gsoSize);
            view.partialChecksum(oneIn(50) || sample.partialChecksum);
            if (view.isIcmp() && oneIn(2)) {
                // Else no damaged error would get far.
                boolean partial = view.isChecksumPartial();
                Rewrite.fillChecksum(view);
                view.partialChecksum(partial);
            }
            System.arraycopy(memory, 0, before, 0, start + captured);
            was.parse(MemorySegment.ofArray(before).asSlice(0, start + captured), start, captured);
            was.partialChecksum(view.isChecksumPartial());
            try {
                if (workers > 1) {
                    askForOwner(start + captured);
                }
                judge(lvs.director.process(view, lvs.nowNanos()), start + captured);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(e + "\n" + describe(start, captured), e);
            }
        }

        /// Makes the packet one of a connection that is remembered, if there is one of its kind.
        private void enterSomeFlow() {
            int known = Math.min(flowsSeen, FLOWS);
            int first = random.nextInt(FLOWS);
            for (int i = 0; i < known; i++) {
                Flow flow = flows[(first + i) % known];
                if (flow.takes(view)) {
                    flow.enter(random);
                    return;
                }
            }
        }

        private String describe(int start, int captured) {
            byte[] packet = Arrays.copyOfRange(before, start, start + captured);
            return "packet %d: mark %d, gsoSize %d, partial checksum %b%n%s%n%s"
                    .formatted(
                            number,
                            view.mark(),
                            view.gsoSize(),
                            was.isChecksumPartial(),
                            PacketPrinter.describe(packet),
                            HexFormat.of().formatHex(packet));
        }

        private void askForOwner(int end) {
            int owner = lvs.director.owner(view, lvs.nowNanos());
            check(owner >= 0 && owner < workers, "there is no such worker");
            check(isAsItCame(end), "changed by a question");
            if (owner != worker) {
                deeds.add(Deed.HANDED_OVER);
            }
        }

        private void judge(Verdict verdict, int end) {
            actions.add(verdict.action());
            switch (verdict.action()) {
                case FORWARD -> {
                    forwarded++;
                    checkTranslated(end, 1);
                    checkWay(verdict);
                    note();
                    if (was.hasPorts() && !isSourceChanged()) {
                        flows[flowsSeen++ % FLOWS] = new Flow();
                    }
                    if (oneIn(20)) {
                        giveUp(verdict, end);
                    }
                }
                case DROP -> {
                    dropped.add(verdict.reason());
                    for (TestOutbox.Sent answer : lvs.outbox.take()) {
                        answered++;
                        answers.add(verdict.reason());
                        checkAnswer(verdict.reason(), answer);
                    }
                    uncountHop(verdict);
                    check(isAsItCame(end), "changed although dropped");
                }
                case TO_STACK -> {
                    passed.add(verdict.stackReason());
                    switch (verdict.stackReason()) {
                        case LOCAL_REAL_SERVER, LOCAL_CLIENT -> checkTranslated(end, 0);
                        default -> check(isAsItCame(end), "changed although not ours");
                    }
                }
            }
        }

        /// The next hop does not answer. A client's packet becomes again what it was, and the
        /// client is told.
        private void giveUp(Verdict forwarded, int end) {
            boolean fromServer = isSourceChanged();
            long origin = forwarded.origin();
            boolean partial = view.isChecksumPartial();
            int gsoSize = view.gsoSize();
            check(
                    view.parse(view.frame(), view.ip(), (int) (end - view.ip())) == null,
                    "malformed afterwards");
            view.partialChecksum(partial);
            view.gsoSize(gsoSize);
            Verdict verdict = lvs.director.undeliverable(view, origin, lvs.nowNanos());
            check(verdict.reason() == DropReason.NEIGHBOUR_UNRESOLVED, "another reason");
            dropped.add(verdict.reason());
            for (TestOutbox.Sent answer : lvs.outbox.take()) {
                answered++;
                answers.add(verdict.reason());
                check(!fromServer, "a server is told");
                checkAnswer(verdict.reason(), answer);
            }
        }

        // ---- the end ----

        private void end() {
            states();
            agree();
            checkCounters();
            // Templates wait for connections, a minute at a time.
            for (int minutes = 0; minutes < 30; minutes++) {
                lvs.after(61);
            }
            check(lvs.director.connections() == 0, "connections without end");
            agree();
            count(DirectorCounters.Other.EXPIRED);
            count(DirectorCounters.Other.DROPPED_BY_LOT);
            count(DirectorCounters.Other.AMBIGUOUS);
            count(DirectorCounters.Other.ANSWERS_SUPPRESSED);
            count(DirectorCounters.Other.FORWARDED);
        }

        private void count(DirectorCounters.Other other) {
            if (lvs.director.counters().read(other) > 0) {
                others.add(other);
            }
        }

        private void states() {
            int cursor = 0;
            while (cursor >= 0) {
                cursor =
                        lvs.director.list(
                                cursor,
                                100,
                                lvs.nowNanos(),
                                entry -> {
                                    for (TcpState state : TcpState.values()) {
                                        if (state.name().equals(entry.state())) {
                                            states.add(state);
                                        }
                                    }
                                });
            }
        }

        /// Each packet had one outcome, and that is what was counted.
        private void checkCounters() {
            DirectorCounters counters = lvs.director.counters();
            for (DropReason reason : DropReason.values()) {
                check(counters.dropped(reason) == dropped.count(reason), "drops are miscounted");
                drops.add(reason, dropped.count(reason));
            }
            for (StackReason reason : StackReason.values()) {
                check(counters.toStack(reason) == passed.count(reason), "returns are miscounted");
                stackReasons.add(reason, passed.count(reason));
            }
            long errors = 0;
            for (IcmpError error : IcmpError.values()) {
                errors += counters.answered(error);
            }
            check(errors == answered, "answers are miscounted");
            check(
                    counters.read(DirectorCounters.Other.FORWARDED) == forwarded,
                    "what goes on is miscounted");
        }

        /// What servers count as theirs is what the table holds, and the three levels of counting
        /// say the same.
        private void agree() {
            long held = 0;
            long[] ofServers = new long[Count.values().length];
            long[] ofServices = new long[Count.values().length];
            for (int id = 0; id < lvs.configuration().serverIdLimit(); id++) {
                var server = lvs.configuration().server(id);
                if (server == null) {
                    continue;
                }
                held += server.tally().references();
                for (Count count : Count.values()) {
                    check(server.tally().read(count) >= 0, "a tally below 0");
                    ofServers[count.ordinal()] += server.tally().read(count);
                }
            }
            for (Lvs.Draft draft : everyDraft) {
                for (Count count : Count.values()) {
                    ofServices[count.ordinal()] += draft.count(count);
                }
            }
            int listed = lvs.director.connections() - lvs.director.awaitedReplies();
            check(held == listed, "connections are miscounted");
            check(lvs.listing().size() == listed, "the listing is incomplete");
            for (Count count : Count.values()) {
                switch (count) {
                    case ACTIVE, INACTIVE, PERSISTENT -> {
                        // Gauges are the servers' only.
                    }
                    case REPEATED_OPENINGS, ESTABLISHED, REFUSED ->
                            check(
                                    ofServers[count.ordinal()] == lvs.total(count),
                                    "openings of servers and total differ");
                    case CONNECTIONS, IN_PACKETS, OUT_PACKETS, IN_BYTES, OUT_BYTES -> {
                        long total = lvs.total(count);
                        check(ofServers[count.ordinal()] == total, "servers and total differ");
                        check(ofServices[count.ordinal()] == total, "services and total differ");
                    }
                }
            }
        }
    }

    /// Of a connection: what its client sent, and what became of that.
    private final class Flow {
        private final boolean ipv6 = was.isIpv6();
        private final int protocol = was.protocol();
        private final Endpoint client =
                new Endpoint(was.sourceHigh(), was.sourceLow(), was.sourcePort());
        private final Endpoint virtual =
                new Endpoint(was.destinationHigh(), was.destinationLow(), was.destinationPort());
        private final Endpoint real =
                new Endpoint(
                        again.destinationHigh(), again.destinationLow(), again.destinationPort());

        private record Endpoint(long high, long low, int port) {}

        boolean takes(PacketView packet) {
            return packet.isIpv6() == ipv6
                    && (packet.hasQuote()
                            ? packet.quote().isIpv6() == ipv6
                                    && packet.quote().protocol() == protocol
                            : packet.protocol() == protocol);
        }

        /// Makes the packet one from the client or to it, or an error about either.
        void enter(SplittableRandom random) {
            boolean toClient = random.nextBoolean();
            if (view.hasQuote()) {
                Endpoint from = toClient ? client : virtual;
                Endpoint to = toClient ? real : client;
                Rewrite.quotedSource(view, from.high, from.low, from.port);
                Rewrite.quotedDestination(view, to.high, to.low, to.port);
                Endpoint informed = toClient ? client : virtual;
                Rewrite.destination(view, informed.high, informed.low, 0);
            } else {
                Endpoint from = toClient ? real : client;
                Endpoint to = toClient ? client : virtual;
                Rewrite.source(view, from.high, from.low, from.port);
                Rewrite.destination(view, to.high, to.low, to.port);
            }
        }
    }

    // ---- what may have changed ----

    private boolean isAsItCame(int end) {
        return Arrays.equals(before, 0, end, memory, 0, end);
    }

    /// A packet has its hop counted before it is found too big; nothing else has changed.
    private void uncountHop(Verdict verdict) {
        if (verdict.reason() != DropReason.TOO_BIG
                && verdict.reason() != DropReason.UNEXPECTED_REPLY) {
            return;
        }
        if (view.isIpv6()) {
            Ipv6.hopLimit(view.frame(), view.ip(), was.ttl());
        } else {
            Ipv4.ttl(view.frame(), view.ip(), was.ttl());
            Ipv4.checksum(view.frame(), view.ip(), Ipv4.checksum(was.frame(), was.ip()));
        }
    }

    /// The packet is still one, with checksums as right as they were, and nothing has changed but
    /// what translation changes.
    private void checkTranslated(int end, int hops) {
        check(
                again.parse(view.frame(), view.ip(), (int) (end - view.ip())) == null,
                "malformed afterwards");
        again.partialChecksum(view.isChecksumPartial());
        check(again.ttl() == was.ttl() - hops, "hops");
        check(again.length() == was.length(), "length");
        check(
                again.sourceLow() == view.sourceLow()
                        && again.sourceHigh() == view.sourceHigh()
                        && again.destinationLow() == view.destinationLow()
                        && again.destinationHigh() == view.destinationHigh()
                        && again.sourcePort() == view.sourcePort()
                        && again.destinationPort() == view.destinationPort(),
                "the view says something else");
        check(PlainChecksum.ipv4Error(again.frame(), again.ip()) == 0, "IPv4 checksum");
        checkTransportChecksum();
        undo(end);
        check(Arrays.equals(before, 0, end, undone, 0, end), "something else has changed");
    }

    private void checkTransportChecksum() {
        if (isUdpWithoutChecksum(was)) {
            // Masquerading makes one, unless it would have to know the other fragments.
            boolean filled = !isUdpWithoutChecksum(again);
            boolean wanted = isMasqueraded() && !was.isFragment();
            check(filled || !wanted, "no UDP checksum was made");
            check(!filled || PlainChecksum.transportError(again) == 0, "new UDP checksum");
            deeds.add(filled ? Deed.UDP_CHECKSUM_FILLED : Deed.UDP_WITHOUT_CHECKSUM);
            return;
        }
        check(!isUdpWithoutChecksum(again), "a UDP checksum became none");
        int error = PlainChecksum.transportError(was);
        check(PlainChecksum.transportError(again) == error, "transport checksum");
        if (PlainChecksum.hasInternetChecksum(was) && isMasqueraded() && !was.isFragment()) {
            deeds.add(
                    was.isChecksumPartial()
                            ? Deed.PARTIAL_CHECKSUM
                            : error == 0 ? Deed.RIGHT_CHECKSUM : Deed.WRONG_CHECKSUM);
        }
        if (was.hasQuote()) {
            check(
                    PlainChecksum.ipv4Error(again.frame(), again.quotedIp())
                            == PlainChecksum.ipv4Error(was.frame(), was.quotedIp()),
                    "quoted checksum");
        }
    }

    private static boolean isUdpWithoutChecksum(PacketView packet) {
        return packet.protocol() == IpProtocol.UDP
                && packet.hasPorts()
                && !packet.isChecksumPartial()
                && Udp.checksum(packet.frame(), packet.transport()) == 0;
    }

    private boolean isMasqueraded() {
        return isSourceChanged() || isDestinationChanged();
    }

    private boolean isSourceChanged() {
        return was.sourceLow() != again.sourceLow()
                || was.sourceHigh() != again.sourceHigh()
                || was.sourcePort() != again.sourcePort();
    }

    private boolean isDestinationChanged() {
        return was.destinationLow() != again.destinationLow()
                || was.destinationHigh() != again.destinationHigh()
                || was.destinationPort() != again.destinationPort();
    }

    /// The packet with all that translation may change as it was before.
    private void undo(int end) {
        System.arraycopy(memory, 0, undone, 0, end);
        int ip = (int) was.ip();
        undoHeader(ip, was.isIpv6());
        restore(ip + (was.isIpv6() ? 7 : 8), 1); // hops
        if (PlainChecksum.hasInternetChecksum(was)) {
            restore((int) PlainChecksum.field(was), 2);
        }
        if (was.hasPorts()) {
            restore((int) was.transport(), 4);
        }
        if (was.hasQuote()) {
            undoHeader((int) was.quotedIp(), was.quote().isIpv6());
            if (was.quotedHasPorts()) {
                restore((int) was.quotedTransport(), 4);
            }
        }
    }

    /// Addresses and header checksum.
    private void undoHeader(int ip, boolean ipv6) {
        if (ipv6) {
            restore(ip + 8, 32);
        } else {
            restore(ip + 10, 10);
        }
    }

    private void restore(int at, int bytes) {
        System.arraycopy(before, at, undone, at, bytes);
    }

    // ---- where it goes ----

    /// The path leads where the packet says, or under direct routing to a real server.
    private void checkWay(Verdict verdict) {
        Address to = ((TestPath) verdict.path()).to();
        check(!verdict.path().isLocal(), "forwarded to this machine");
        boolean source = isSourceChanged();
        boolean destination = isDestinationChanged();
        boolean ipv6 = was.isIpv6();
        boolean isItsDestination =
                to.low() == again.destinationLow() && to.high() == again.destinationHigh();
        boolean isServer = to.equals(Traffic.server(ipv6, 1)) || to.equals(Traffic.server(ipv6, 2));
        check(!(source && destination), "translated on both sides");
        check(isItsDestination || !source && !destination && isServer, "goes elsewhere");
        if (was.isIcmpError()) {
            deeds.add(
                    source
                            ? Deed.ERROR_TO_CLIENT
                            : destination ? Deed.ERROR_TO_SERVER : Deed.ERROR_ROUTED_TO_SERVER);
            if (was.quotedTransportLength() < 20) {
                deeds.add(Deed.QUOTE_CUT);
            }
        } else {
            deeds.add(
                    source
                            ? Deed.MASQUERADED_TO_CLIENT
                            : destination ? Deed.MASQUERADED_TO_SERVER : Deed.ROUTED_TO_SERVER);
        }
        checkFragmenting(verdict);
    }

    private void checkFragmenting(Verdict verdict) {
        int mtu = verdict.path().mtuBytes();
        boolean cut = verdict.fragmentBytes() != 0;
        check(!cut || verdict.fragmentBytes() == mtu, "fragments of another length");
        check(!cut || !was.dontFragment(), "must not be fragmented");
        if (view.gsoSize() == 0) {
            check(cut == was.length() > mtu, "needs no fragments, or needs them");
        }
        if (cut) {
            deeds.add(Deed.TO_BE_FRAGMENTED);
        }
    }

    private void note() {
        if (was.isLaterFragment()) {
            deeds.add(Deed.LATER_FRAGMENT);
        }
        if (view.gsoSize() > 0) {
            deeds.add(Deed.SUPER_PACKET);
        }
        if (was.length() > 0xffff) {
            deeds.add(Deed.BIG_TCP);
        }
        if (view.mark() != 0) {
            deeds.add(Deed.MARKED);
        }
    }

    /// The answer goes back to the sender, quotes what it is about, and is right.
    private void checkAnswer(DropReason reason, TestOutbox.Sent sent) {
        MemorySegment answer = sent.packet();
        int bytes = (int) answer.byteSize();
        boolean ipv6 = was.isIpv6();
        check(again.parse(answer, 0, bytes) == null && again.length() == bytes, "answer");
        check(again.isIcmpError() && again.isIpv6() == ipv6, "answer's kind");
        check(
                again.destinationLow() == was.sourceLow()
                        && again.destinationHigh() == was.sourceHigh(),
                "the answer goes to somebody else");
        check(
                reason == DropReason.UNEXPECTED_REPLY
                        || again.sourceLow() == was.destinationLow()
                                && again.sourceHigh() == was.destinationHigh(),
                "the answer comes from somebody else");
        Address to = sent.to();
        check(to.low() == was.sourceLow() && to.high() == was.sourceHigh(), "answer's path");
        check(PlainChecksum.ipv4Error(answer, 0) == 0, "answer's IPv4 checksum");
        check(PlainChecksum.transportError(again) == 0, "answer's checksum");
        int limit = ipv6 ? IcmpError.MAX_IPV6_BYTES : IcmpError.MAX_IPV4_BYTES;
        int header = (ipv6 ? 40 : 20) + 8;
        check(bytes == Math.min(limit, header + was.length()), "answer's length");
        // Quotes the packet as it is now; of one that had found its way the hop has been counted.
        check(
                answer.asSlice(header, bytes - header)
                                .mismatch(view.frame().asSlice(view.ip(), bytes - header))
                        == -1,
                "answer's quote");
        boolean hopCounted =
                reason == DropReason.TOO_BIG
                        || reason == DropReason.NEIGHBOUR_UNRESOLVED
                        || reason == DropReason.UNEXPECTED_REPLY;
        check(view.ttl() == was.ttl() - (hopCounted ? 1 : 0), "quoted hops");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
