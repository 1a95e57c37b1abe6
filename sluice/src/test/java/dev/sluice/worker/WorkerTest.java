package dev.sluice.worker;

import static dev.sluice.wire.PacketBuilder.ipv4;
import static dev.sluice.worker.WorkerBench.NO_VNET;
import static dev.sluice.worker.WorkerBench.RETURN_INTERFACE;
import static dev.sluice.worker.WorkerBench.assertFrame;
import static dev.sluice.worker.WorkerBench.configuration;
import static dev.sluice.worker.WorkerBench.fromClient;
import static dev.sluice.worker.WorkerBench.leaving;
import static dev.sluice.worker.WorkerBench.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.DropReason;
import dev.sluice.director.StackReason;
import dev.sluice.director.forward.Path;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.wire.Address;
import dev.sluice.wire.Ethernet;
import dev.sluice.wire.Family;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.wire.PacketView;
import dev.sluice.wire.Rewrite;
import dev.sluice.wire.VnetHeader;
import dev.sluice.worker.FakeSink.Sent;
import dev.sluice.worker.Mailbox.Progress;
import dev.sluice.worker.WorkerBench.Service;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// What becomes of a frame once its director has judged it.
final class WorkerTest {

    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final String CLIENT6 = "2001:db8:f::1";
    private static final String VIP6 = "2001:db8:1::100";
    private static final String SERVER6 = "2001:db8:2::11";
    private static final int MARK = 7;
    private static final long SERVER_MAC = 0x02_00_00_00_01_0bL;

    private static final Configuration SERVICES =
            configuration(
                    1,
                    at(Protocol.TCP, VIP, 80, SERVER, 8080),
                    at(Protocol.UDP, VIP, 53, SERVER, 5353),
                    at(Protocol.TCP, VIP6, 80, SERVER6, 8080),
                    new Service(new ServiceKey.AtMark(Family.IPV4, MARK), SERVER, 9090));

    private final WorkerBench bench = WorkerBench.direct(SERVICES);

    private static Service at(
            Protocol protocol, String address, int port, String server, int serverPort) {
        ServiceKey key = new ServiceKey.AtAddress(protocol, Address.parse(address), port);
        return new Service(key, server, serverPort);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    // ---- the ways a frame can go ----

    @Test
    void aClientsPacketLeavesWithAddressesOfBothLayersTranslated() {
        bench.receive(syn()).poll();
        Sent sent = bench.sent();
        assertFrame(
                sent.frame(),
                leaving(SERVER).ipv4(CLIENT, SERVER).ttl(63).tcp(1000, 8080).flags("S"));
        assertThat(sent.interfaceIndex).isEqualTo(FakeKernel.INTERFACE);
        assertThat(sent.etherType).isEqualTo(Ethernet.TYPE_IPV4);
        assertThat(bench.back.take()).isEmpty();
    }

    @Test
    void soDoesItsReply() {
        bench.receive(syn()).poll();
        bench.out.take();
        bench.receive(fromClient().ipv4(SERVER, CLIENT).tcp(8080, 1000).flags("SA")).poll();
        assertFrame(
                bench.sent().frame(),
                leaving(CLIENT).ipv4(VIP, CLIENT).ttl(63).tcp(80, 1000).flags("SA"));
    }

    @Test
    void laterFragmentsWaitForTheFirstOfTheirPacketAndFollowIt() {
        List<byte[]> pieces = fragments(CLIENT6, VIP6);
        bench.receive(pieces.get(2)).receive(pieces.get(1)).poll();
        assertThat(bench.out.take()).isEmpty();
        assertThat(bench.back.take()).isEmpty();

        bench.receive(pieces.get(0)).poll();
        List<Sent> sent = bench.out.take();
        assertThat(sent).hasSize(3);
        List<byte[]> expected = fragments(CLIENT6, SERVER6);
        for (int piece = 1; piece < 3; piece++) {
            byte[] frame = sent.get(piece).frame();
            assertThat(Arrays.copyOfRange(frame, 38, frame.length))
                    .as("to the real server, with what it carried")
                    .isEqualTo(
                            Arrays.copyOfRange(
                                    expected.get(3 - piece), 38, expected.get(3 - piece).length));
        }
        bench.receive(pieces.get(1)).poll();
        assertThat(bench.out.take()).as("one that comes once more").hasSize(1);
    }

    @Test
    void fragmentsWhoseFirstDoesNotComeGoToTheStackAfterASecond() {
        List<byte[]> pieces = fragments(CLIENT6, VIP6);
        bench.receive(pieces.get(1)).poll();
        long now = bench.nowNanos();
        assertThat(bench.worker.nextDeadlineNanos(now) - now).isBetween(0L, 1_000_000_000L);
        bench.after(1).poll();
        List<Sent> back = bench.back.take();
        assertThat(back).hasSize(1);
        assertThat(back.getFirst().frame()).isEqualTo(pieces.get(1));
        assertThat(bench.out.take()).isEmpty();
    }

    @Test
    void moreThanAreHeldGoToTheStackAtOnce() {
        for (int id = 0; id < HeldFragments.FRAMES + 5; id++) {
            bench.receive(fragments(client6(id), VIP6).get(1)).poll();
        }
        assertThat(bench.back.take()).hasSize(5);
    }

    private static List<byte[]> fragments(String from, String to) {
        List<byte[]> frames = new ArrayList<>();
        for (byte[] piece :
                PacketBuilder.ipv6(from, to)
                        .id(77)
                        .tcp(1000, to.equals(VIP6) ? 80 : 8080)
                        .flags("S")
                        .payload(1000)
                        .fragments(500)) {
            byte[] frame = Arrays.copyOf(fromClient().ipv6(from, to).tcp(1, 1).build(), 14);
            int header = frame.length;
            frame = Arrays.copyOf(frame, header + piece.length);
            System.arraycopy(piece, 0, frame, header, piece.length);
            frames.add(frame);
        }
        return frames;
    }

    private static String client6(int number) {
        return "2001:db8:f::" + Integer.toHexString(0x1000 + number);
    }

    /// As a timer of the director does it.
    @Test
    void whatIsSentWithoutAPacketInHandLeavesInTheSameRound() {
        byte[] reset = PacketBuilder.ipv4(VIP, CLIENT).tcp(80, 1000).flags("R").build();
        bench.post(_ -> {
            Address client = Address.parse(CLIENT);
            Path path = bench.routes.find(false, 0, 0, client.high(), client.low());
            long start = bench.transmitter.room(reset.length);
            MemorySegment.copy(
                    MemorySegment.ofArray(reset),
                    0,
                    bench.transmitter.memory(),
                    start,
                    reset.length);
            bench.transmitter.send(Objects.requireNonNull(path), start, reset.length, false);
        });
        bench.poll();
        assertFrame(
                bench.sent().frame(), leaving(CLIENT).ipv4(VIP, CLIENT).tcp(80, 1000).flags("R"));
    }

    /// Then a burst is announced to the director before its frames are processed.
    @Test
    void amongManyConnectionsTheFramesOfABurstAreStillEachTheirOwn() {
        int clients = 40_000;
        for (int i = 0; i < clients; i++) {
            bench.receive(fromClient().ipv4(client(i), VIP).tcp(1000, 80).flags("S"));
            if (i % 64 == 63) {
                bench.poll();
                bench.out.take();
            }
        }
        assertThat(bench.worker.director().wantsAnnouncements()).isTrue();
        assertThat(bench.worker.director().connections()).isEqualTo(clients);

        bench.receive(fromClient().ipv4(client(7), VIP).tcp(1000, 80).flags("A"))
                .receive(fromClient().ipv4(SERVER, client(9)).tcp(8080, 1000).flags("SA"))
                .receive(Arrays.copyOf(syn(), 14 + 20 + 7))
                .receive(fromClient().ipv4(CLIENT, VIP).udp(1000, 53).payload(8))
                .poll();

        List<Sent> sent = bench.out.take();
        assertThat(sent).hasSize(3);
        assertFrame(
                sent.get(0).frame(),
                leaving(SERVER).ipv4(client(7), SERVER).ttl(63).tcp(1000, 8080).flags("A"));
        assertFrame(
                sent.get(1).frame(),
                leaving(client(9)).ipv4(VIP, client(9)).ttl(63).tcp(80, 1000).flags("SA"));
        assertFrame(
                sent.get(2).frame(),
                leaving(SERVER).ipv4(CLIENT, SERVER).ttl(63).udp(1000, 5353).payload(8));
        assertThat(bench.lost(Loss.MALFORMED)).isOne();
    }

    private static String client(int i) {
        return "172.20." + i / 250 + "." + (i % 250 + 1);
    }

    @Test
    void andIpv6() {
        bench.receive(fromClient().ipv6(CLIENT6, VIP6).tcp(1000, 80).flags("S")).poll();
        Sent sent = bench.sent();
        assertFrame(
                sent.frame(),
                leaving(SERVER6).ipv6(CLIENT6, SERVER6).ttl(63).tcp(1000, 8080).flags("S"));
        assertThat(sent.etherType).isEqualTo(Ethernet.TYPE_IPV6);
    }

    @Test
    void theVnetHeaderTravelsWithTheFrame() {
        byte[] vnet = superPacket(1460);
        bench.receive(
                        vnet,
                        fromClient()
                                .ipv4(CLIENT, VIP)
                                .tcp(1000, 80)
                                .flags("S")
                                .partialChecksum()
                                .build())
                .poll();
        assertThat(bench.sent().vnet()).isEqualTo(vnet);
    }

    @Test
    void paddingOfShortFramesDoesNotTravel() {
        bench.receive(fromClient().ipv4(CLIENT, VIP).udp(1000, 53).payload(1).padding(17)).poll();
        assertFrame(
                bench.sent().frame(),
                leaving(SERVER).ipv4(CLIENT, SERVER).ttl(63).udp(1000, 5353).payload(1));
    }

    @Test
    void whatIsNotOursGoesBackAsItCame() {
        byte[] vnet = superPacket(1448);
        byte[] frame =
                fromClient().ipv4(CLIENT, VIP).tcp(1000, 22).flags("S").partialChecksum().build();
        bench.receive(vnet, frame).poll();
        Sent returned = bench.returned();
        assertThat(returned.frame()).isEqualTo(frame);
        assertThat(returned.vnet()).isEqualTo(vnet);
        assertThat(returned.interfaceIndex).isEqualTo(RETURN_INTERFACE);
        assertThat(returned.etherType).isEqualTo(Ethernet.TYPE_IPV4);
        assertThat(bench.out.take()).isEmpty();
        assertThat(bench.worker.director().counters().toStack(StackReason.NO_SERVICE)).isOne();
    }

    @Test
    void whatIsMalformedGoesBackAndIsCounted() {
        byte[] cut = Arrays.copyOf(syn(), 14 + 20 + 7);
        byte[] arp =
                PacketBuilder.ethernet(WorkerBench.CLIENT_MAC, WorkerBench.DIRECTOR_MAC)
                        .payload(0x806, new byte[28]);
        for (byte[] frame : List.of(cut, arp, Arrays.copyOf(syn(), 14))) {
            bench.receive(frame).poll();
            assertThat(bench.returned().frame()).isEqualTo(frame);
        }
        assertThat(bench.lost(Loss.MALFORMED)).isEqualTo(3);
    }

    @Test
    void whatWasNotReadInTimeIsCounted() {
        bench.source.dropped = 5;
        assertThat(bench.lost(Loss.NOT_READ_IN_TIME)).isEqualTo(5);
    }

    @Test
    void anAnswerLeavesWithNothingLeftToBeDoneToIt() {
        byte[] vnet = superPacket(1448);
        bench.receive(
                        vnet,
                        fromClient()
                                .ipv4(CLIENT, VIP)
                                .ttl(1)
                                .tcp(1000, 80)
                                .flags("S")
                                .partialChecksum()
                                .build())
                .poll();
        Sent answer = bench.sent();
        assertThat(answer.vnet()).isEqualTo(NO_VNET);
        PacketView view = view(answer.packet());
        assertThat(view.isIcmpError()).isTrue();
        assertThat(Rewrite.isChecksumRight(view)).isTrue();
        assertThat(view.sourceLow()).isEqualTo(Address.parse(VIP).low());
        assertThat(Arrays.copyOf(answer.frame(), 14))
                .isEqualTo(Arrays.copyOf(leaving(CLIENT).ipv4(VIP, CLIENT).tcp(1, 2).build(), 14));
        assertThat(bench.worker.director().counters().dropped(DropReason.TTL_EXPIRED)).isOne();
    }

    @Test
    void severalAnswersOfABurstDoNotOverwriteEachOther() {
        for (int port = 1000; port < 1020; port++) {
            bench.receive(fromClient().ipv4(CLIENT, VIP).ttl(1).tcp(port, 80).flags("S"));
        }
        bench.poll();
        List<Sent> answers = bench.out.take();
        assertThat(answers).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(view(answers.get(i).packet()).quote().sourcePort()).isEqualTo(1000 + i);
        }
    }

    @Test
    void droppedIsDropped() {
        bench.kernel.noRoute(SERVER);
        bench.kernel.noRoute(CLIENT);
        bench.receive(syn()).poll();
        bench.nothingSent();
        assertThat(bench.worker.director().counters().dropped(DropReason.NO_ROUTE)).isOne();
    }

    // ---- neighbours ----

    @Test
    void framesWaitInOrderForTheirNeighbour() {
        bench.kernel.neighbour(SERVER, -1);
        for (int port = 1000; port < 1003; port++) {
            bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(port, 80).flags("S")).poll();
        }
        bench.nothingSent();
        assertThat(bench.kernel.used).containsExactly(Address.parse(SERVER));

        bench.neighbour(SERVER, SERVER_MAC);
        bench.poll();
        List<Sent> sent = bench.out.take();
        assertThat(sent).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertFrame(
                    sent.get(i).frame(),
                    leaving(SERVER).ipv4(CLIENT, SERVER).ttl(63).tcp(1000 + i, 8080).flags("S"));
            assertThat(sent.get(i).interfaceIndex).isEqualTo(FakeKernel.INTERFACE);
        }
        assertThat(bench.lost(Loss.WAITING_ROOM_FULL)).isZero();
    }

    @Test
    void theVnetHeaderOfAFrameWaitsWithIt() {
        bench.kernel.neighbour(SERVER, -1);
        byte[] vnet = superPacket(1448);
        byte[] frame =
                fromClient().ipv4(CLIENT, VIP).tcp(1000, 80).flags("S").partialChecksum().build();
        bench.receive(vnet, frame).poll();
        bench.neighbour(SERVER, SERVER_MAC);
        bench.poll();
        assertThat(bench.sent().vnet()).isEqualTo(vnet);
    }

    @Test
    void ofTooManyTheOldestGiveWay() {
        bench.kernel.neighbour(SERVER, -1);
        for (int port = 1000; port < 1020; port++) {
            bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(port, 80).flags("S"));
        }
        bench.poll();
        assertThat(bench.lost(Loss.WAITING_ROOM_FULL)).isEqualTo(4);
        bench.neighbour(SERVER, SERVER_MAC);
        bench.poll();
        List<Integer> ports = new ArrayList<>();
        bench.out.take().forEach(sent -> ports.add(view(sent.packet()).sourcePort()));
        assertThat(ports).hasSize(NextHop.MAXIMUM_HELD).startsWith(1004).endsWith(1019);
        assertThat(ports).isSorted();
    }

    @Test
    void aNeighbourThatDoesNotAnswerIsReportedToTheClientsAndAskedAgain() {
        bench.kernel.neighbour(SERVER, -1);
        bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(1000, 80).flags("S"));
        bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).poll();
        bench.neighbour(SERVER, -1);
        bench.poll();
        List<Sent> sent = bench.out.take();
        assertThat(sent).hasSize(2);
        for (int i = 0; i < 2; i++) {
            byte[] asSent = ipv4(CLIENT, VIP).ttl(63).tcp(1000 + i, 80).flags("S").build();
            assertFrame(
                    sent.get(i).frame(),
                    leaving(CLIENT).ipv4(VIP, CLIENT).tos(0xc0).icmpUnreachable(1, asSent));
        }
        assertThat(dropped()).isEqualTo(2);
        bench.receive(syn()).poll();
        assertThat(bench.kernel.used).hasSize(2);
    }

    @Test
    void aNextHopThatFailsAndComesBackIsToldOnceEach() {
        bench.kernel.neighbour(SERVER, -1);
        for (int port = 1000; port < 1003; port++) {
            bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(port, 80).flags("S")).poll();
            bench.neighbour(SERVER, -1);
            bench.poll();
        }
        assertThat(bench.losses.hops().take())
                .extracting(news -> news.hop().address() + (news.lost() ? " lost" : " found"))
                .containsExactly(SERVER + " lost");
        bench.neighbour(SERVER, SERVER_MAC);
        bench.neighbour(SERVER, SERVER_MAC);
        bench.poll();
        assertThat(bench.losses.hops().take())
                .extracting(news -> news.hop().address() + (news.lost() ? " lost" : " found"))
                .containsExactly(SERVER + " found");
    }

    /// The answers wait for the very neighbour that does not answer, and make no further ones.
    @Test
    void clientsBehindTheNeighbourThatDoesNotAnswerHearNothing() {
        bench.kernel.neighbour(SERVER, -1);
        bench.kernel.route(CLIENT, answer(FakeKernel.via(SERVER, 1)));
        bench.receive(syn()).poll();
        bench.neighbour(SERVER, -1);
        bench.poll();
        bench.neighbour(SERVER, -1);
        bench.poll();
        bench.nothingSent();
        assertThat(dropped()).isEqualTo(2);
    }

    private long dropped() {
        return bench.worker.director().counters().dropped(DropReason.NEIGHBOUR_UNRESOLVED);
    }

    @Test
    void aNeighboursNewLinkAddressCountsAtOnce() {
        bench.receive(syn()).poll();
        bench.out.take();
        bench.neighbour(SERVER, 0x02_00_00_00_0f_0fL);
        bench.receive(syn()).poll();
        assertThat(Arrays.copyOf(bench.sent().frame(), 6)).containsExactly(2, 0, 0, 0, 0xf, 0xf);
    }

    @Test
    void newsOfNeighboursThatNobodyUsesAreIgnored() {
        bench.neighbour("10.0.0.77", SERVER_MAC);
        bench.neighbour("10.0.0.77", -1);
        bench.poll();
        bench.nothingSent();
    }

    @Test
    void neighboursInUseAreKeptFresh() {
        bench.receive(syn()).poll();
        bench.after(6).poll();
        assertThat(bench.kernel.used).containsExactly(Address.parse(SERVER));
        bench.after(6).poll();
        assertThat(bench.kernel.used).as("no longer in use").hasSize(1);
    }

    @Test
    void neighboursThatFramesWaitForAreAskedForAgain() {
        bench.kernel.neighbour(SERVER, -1);
        bench.receive(syn()).poll();
        bench.after(6).poll();
        bench.after(6).poll();
        assertThat(bench.kernel.used.size()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void whenNewsWereLostTheKernelIsAskedForTheNeighboursToo() {
        bench.kernel.neighbour(SERVER, -1);
        bench.receive(syn()).poll();
        bench.kernel.neighbour(SERVER, SERVER_MAC);
        bench.routesChanged();
        bench.poll();
        assertThat(bench.out.take()).as("it waited for this").hasSize(1);

        bench.kernel.neighbour(SERVER, 0x02_00_00_00_0f_0fL);
        bench.routesChanged();
        bench.receive(syn()).poll();
        assertThat(Arrays.copyOf(bench.sent().frame(), 6)).containsExactly(2, 0, 0, 0, 0xf, 0xf);
    }

    // ---- routes ----

    @Test
    void aChangeOfRoutesCountsAtOnce() {
        bench.receive(syn()).poll();
        bench.out.take();
        Address gateway = Address.parse("10.0.0.254");
        bench.kernel.newsAreLate = true;
        bench.kernel.route(SERVER, answer(new RouteSource.Hop(8, 1500, gateway, 0x02_08L, 1)));
        bench.receive(syn()).poll();
        assertThat(bench.sent().interfaceIndex).as("remembered").isEqualTo(7);
        bench.routesChanged();
        bench.receive(syn()).poll();
        Sent sent = bench.sent();
        assertThat(sent.interfaceIndex).isEqualTo(8);
        assertThat(Arrays.copyOf(sent.frame(), 12))
                .containsExactly(2, 0, 0, 0, 1, 254, 0, 0, 0, 0, 2, 8);
    }

    @Test
    void framesThatWaitSurviveAChangeOfRoutes() {
        bench.kernel.neighbour(SERVER, -1);
        bench.receive(syn()).poll();
        bench.routesChanged();
        bench.poll();
        bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(1001, 80).flags("S")).poll();
        bench.neighbour(SERVER, SERVER_MAC);
        bench.poll();
        assertThat(bench.out.take()).hasSize(2);
    }

    @Test
    void theSourceAddressIsTheInterfacesOwnAlsoWhenThatChanged() {
        bench.kernel.neighbour(SERVER, -1);
        bench.receive(syn()).poll();
        bench.kernel.route(SERVER, answer(new RouteSource.Hop(7, 1500, null, 0x02_09L, 1)));
        bench.routesChanged();
        bench.receive(syn()).poll();
        bench.neighbour(SERVER, SERVER_MAC);
        bench.poll();
        for (Sent sent : bench.out.take()) {
            assertThat(Arrays.copyOfRange(sent.frame(), 6, 12)).containsExactly(0, 0, 0, 0, 2, 9);
        }
    }

    @Test
    void aLocalRealServerIsTheStacksBusiness() {
        bench.kernel.route(SERVER, answer());
        bench.receive(syn()).poll();
        assertFrame(
                bench.returned().frame(),
                fromClient().ipv4(CLIENT, SERVER).tcp(1000, 8080).flags("S"));
        assertThat(bench.out.take()).isEmpty();
    }

    @Test
    void anInterfaceWithoutLinkAddressesGetsTheBarePacket() {
        bench.kernel.route(SERVER, answer(new RouteSource.Hop(9, 1500, null, -1, 1)));
        PacketBuilder packet =
                fromClient().ipv4(CLIENT, VIP).tcp(1000, 80).flags("S").partialChecksum();
        bench.receive(superPacket(1448), packet.build()).receive(syn()).poll();
        List<Sent> sent = bench.out.take();
        assertThat(sent).hasSize(2);
        Sent first = sent.getFirst();
        assertThat(first.interfaceIndex).isEqualTo(9);
        assertThat(first.etherType).isEqualTo(Ethernet.TYPE_IPV4);
        assertThat(first.frame())
                .isEqualTo(
                        PacketBuilder.ipv4(CLIENT, SERVER)
                                .ttl(63)
                                .tcp(1000, 8080)
                                .flags("S")
                                .partialChecksum()
                                .build());
        assertThat(first.checksumStart()).isEqualTo(20);
        assertThat(first.headerLength()).isEqualTo(40);
        assertThat(first.gsoSize()).isEqualTo(1448);
        assertThat(sent.get(1).vnet()).isEqualTo(NO_VNET);
    }

    // ---- sizes ----

    @Test
    void whatIsTooLongIsCutAndEachPieceFits() {
        bench.kernel.mtu(SERVER, 1000);
        byte[] payload = pattern(2500);
        bench.receive(fromClient().ipv4(CLIENT, VIP).id(5).udp(1000, 53).payload(payload)).poll();
        List<Sent> sent = bench.out.take();
        assertThat(sent).hasSize(3);
        assertThat(together(sent, 1000))
                .isEqualTo(
                        transport(
                                PacketBuilder.ipv4(CLIENT, SERVER)
                                        .udp(1000, 5353)
                                        .payload(payload)));
    }

    @Test
    void aPartialChecksumIsCompletedBeforeThePacketIsCut() {
        bench.kernel.mtu(SERVER, 1000);
        byte[] vnet = new byte[10];
        MemorySegment header = MemorySegment.ofArray(vnet);
        VnetHeader.flags(header, 0, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.checksumStart(header, 0, 34);
        VnetHeader.checksumOffset(header, 0, 6);
        byte[] payload = pattern(2500);
        bench.receive(
                        vnet,
                        fromClient()
                                .ipv4(CLIENT, VIP)
                                .udp(1000, 53)
                                .payload(payload)
                                .partialChecksum()
                                .build())
                .poll();
        List<Sent> sent = bench.out.take();
        sent.forEach(piece -> assertThat(piece.vnet()).isEqualTo(NO_VNET));
        assertThat(together(sent, 1000))
                .isEqualTo(
                        transport(
                                PacketBuilder.ipv4(CLIENT, SERVER)
                                        .udp(1000, 5353)
                                        .payload(payload)));
    }

    @Test
    void aBurstOfLongPacketsLosesNoFragment() {
        bench.kernel.mtu(SERVER, 576);
        byte[] payload = pattern(65_000);
        for (int i = 0; i < 8; i++) {
            bench.receive(fromClient().ipv4(CLIENT, VIP).id(i).udp(1000 + i, 53).payload(payload));
        }
        bench.poll();
        List<Sent> sent = bench.out.take();
        for (int i = 0; i < 8; i++) {
            int id = i;
            List<Sent> pieces =
                    sent.stream().filter(piece -> view(piece.packet()).fragmentId() == id).toList();
            assertThat(together(pieces, 576))
                    .isEqualTo(
                            transport(
                                    PacketBuilder.ipv4(CLIENT, SERVER)
                                            .udp(1000 + i, 5353)
                                            .payload(payload)));
        }
    }

    @Test
    void aSuperPacketIsAsLongAsItsSegments() {
        bench.receive(syn()).poll();
        bench.out.take();
        byte[] vnet = superPacket(1460);
        PacketBuilder packet =
                fromClient().ipv4(CLIENT, VIP).df().tcp(1000, 80).payload(60_000).partialChecksum();
        bench.receive(vnet, packet.build()).poll();
        Sent sent = bench.sent();
        assertThat(sent.vnet()).isEqualTo(vnet);
        assertThat(sent.frame()).hasSize(14 + 40 + 60_000);

        bench.kernel.mtu(SERVER, 1400);
        bench.routesChanged();
        bench.receive(vnet, packet.build()).poll();
        Sent answer = bench.sent();
        assertThat(view(answer.packet()).isIcmpError()).isTrue();
        assertThat(bench.worker.director().counters().dropped(DropReason.TOO_BIG)).isOne();
    }

    // ---- marks ----

    @Test
    void theMarkInTheMetadataIsThePackets() {
        try (WorkerBench marked = WorkerBench.withMetadata(SERVICES)) {
            byte[] frame = fromClient().ipv4(CLIENT, "203.0.113.9").udp(1000, 99).build();
            for (int kind : List.of(Metadata.MARKED, Metadata.ROUTED)) {
                marked.receive(metadata(kind, MARK, frame)).poll();
                assertFrame(
                        marked.sent().frame(),
                        leaving(SERVER).ipv4(CLIENT, SERVER).ttl(63).udp(1000, 9090));
            }
            byte[] other = fromClient().ipv4(CLIENT, "203.0.113.9").udp(1001, 99).build();
            marked.receive(metadata(Metadata.CLIENT, MARK, other)).poll();
            assertThat(marked.back.take()).as("bytes of a MAC address are no mark").hasSize(1);
        }
    }

    @Test
    void whatWasRoutedInVainIsLostAndNotSentInCircles() {
        try (WorkerBench marked = WorkerBench.withMetadata(SERVICES)) {
            byte[] frame = fromClient().ipv4(CLIENT, "203.0.113.9").udp(1000, 99).build();
            marked.receive(metadata(Metadata.ROUTED, MARK + 1, frame)).poll();
            marked.receive(metadata(Metadata.ROUTED, MARK, Arrays.copyOf(frame, 20))).poll();
            marked.nothingSent();
            assertThat(marked.lost(Loss.ROUTED_IN_VAIN)).isEqualTo(2);
            marked.receive(metadata(Metadata.MARKED, MARK + 1, frame)).poll();
            assertThat(marked.back.take()).hasSize(1);
        }
    }

    @Test
    void metadataGoBackUntouched() {
        try (WorkerBench gated = WorkerBench.withMetadata(SERVICES)) {
            byte[] frame =
                    metadata(
                            Metadata.CLIENT,
                            0x01020304,
                            fromClient().ipv4(CLIENT, VIP).tcp(1000, 22).build());
            gated.receive(frame).poll();
            assertThat(gated.returned().frame()).isEqualTo(frame);
        }
    }

    // ---- configurations and questions ----

    @Test
    void aNewConfigurationHoldsFromTheNextBurstOn() {
        byte[] frame = fromClient().ipv4(CLIENT, VIP).tcp(1000, 443).flags("S").build();
        bench.receive(frame).poll();
        assertThat(bench.back.take()).hasSize(1);
        bench.worker.publish(configuration(1, at(Protocol.TCP, VIP, 443, SERVER, 8443)));
        bench.receive(frame).poll();
        assertThat(bench.out.take()).hasSize(1);
        bench.worker.publish(Configuration.empty(1));
        bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(1001, 443).flags("S")).poll();
        assertThat(bench.back.take()).hasSize(1);
    }

    /// A round has begun when a server is added, and a client that comes after that still meets it.
    @Test
    void aFrameIsJudgedByWhatWasConfiguredBeforeItCame() {
        bench.worker.publish(configuration(1, at(Protocol.TCP, VIP, 443, "10.0.0.12", 8443)));
        bench.poll();
        bench.post(worker ->
                worker.publish(configuration(1, at(Protocol.TCP, VIP, 443, SERVER, 8443))));
        bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(1000, 443).flags("S")).poll();
        assertFrame(
                bench.sent().frame(),
                leaving(SERVER).ipv4(CLIENT, SERVER).ttl(63).tcp(1000, 8443).flags("S"));
    }

    @Test
    void questionsAreAnsweredInSlicesBetweenBursts() {
        List<Integer> framesSeen = new ArrayList<>();
        bench.worker
                .mailbox()
                .post((_, _) -> {
                    framesSeen.add(bench.out.take().size());
                    return framesSeen.size() == 3 ? Progress.DONE : Progress.MORE;
                });
        for (int port = 0; port < 128; port++) {
            bench.receive(fromClient().ipv4(CLIENT, VIP).tcp(1000 + port, 80).flags("S"));
        }
        bench.poll();
        assertThat(framesSeen).containsExactly(0, 64, 64);
    }

    @Test
    void aLongQuestionDoesNotHoldUpTheOthers() {
        boolean[] answered = new boolean[2];
        bench.worker.mailbox().post((_, _) -> answered[0] ? Progress.DONE : Progress.WAITING);
        bench.post(_ -> answered[1] = true);
        bench.poll();
        assertThat(answered[1]).isTrue();
        assertThat(bench.worker.poll(1)).as("who waits has nothing to do").isZero();
        answered[0] = true;
        bench.poll();
    }

    @Test
    void shortQuestionsKeepTheirOrder() {
        List<Integer> order = new ArrayList<>();
        bench.worker.mailbox().post((_, _) -> order.size() < 50 ? Progress.MORE : Progress.DONE);
        for (int i = 0; i < 100; i++) {
            int number = i;
            bench.post(_ -> order.add(number));
        }
        bench.poll();
        assertThat(order).hasSize(100).isSorted();
    }

    @Test
    void aFullBoxRefuses() {
        Mailbox mailbox = bench.worker.mailbox();
        int posted = 0;
        while (mailbox.post((_, _) -> Progress.DONE)) {
            posted++;
        }
        assertThat(posted).isEqualTo(1024);
        bench.worker.poll(1);
        assertThat(mailbox.post((_, _) -> Progress.DONE)).isTrue();
    }

    @Test
    void whatHasBegunTakesRoomUntilItIsDone() {
        boolean[] mayEnd = new boolean[1];
        Mailbox mailbox = bench.worker.mailbox();
        for (int i = 0; i < 1024; i++) {
            mailbox.post((_, _) -> mayEnd[0] ? Progress.DONE : Progress.MORE);
        }
        for (int round = 1; round < 100; round++) {
            bench.worker.poll(round);
            assertThat(mailbox.post((_, _) -> Progress.DONE)).isFalse();
        }
        mayEnd[0] = true;
        bench.poll();
        assertThat(mailbox.post((_, _) -> Progress.DONE)).isTrue();
    }

    @Test
    void aRoundAnswersABoundedNumberOfQuestions() {
        int[] answered = new int[1];
        for (int i = 0; i < 1000; i++) {
            bench.post(_ -> answered[0]++);
        }
        assertThat(bench.worker.poll(1)).isPositive();
        assertThat(answered[0]).isEqualTo(64);
        bench.poll();
        assertThat(answered[0]).isEqualTo(1000);
    }

    @Test
    void manyWhoWaitDoNotHoldUpWhoCouldGoOn() {
        for (int i = 0; i < 200; i++) {
            bench.worker.mailbox().post((_, _) -> Progress.WAITING);
        }
        boolean[] answered = new boolean[1];
        bench.post(_ -> answered[0] = true);
        for (int round = 0; round < 4; round++) {
            assertThat(answered[0]).isFalse();
            bench.worker.poll(round);
        }
        assertThat(answered[0]).isTrue();
    }

    @Test
    void theWorkerTellsHowLongItsRoundsTook() {
        bench.receive(syn());
        bench.worker.poll(10_000_000_000L);
        bench.worker.poll(10_004_000_000L);
        assertThat(bench.worker.rounds().longestNanos()).isEqualTo(4_000_000);
    }

    // ---- helpers ----

    private static RouteSource.Answer answer(RouteSource.Hop... hops) {
        return new RouteSource.Answer(List.of(hops));
    }

    private static byte[] syn() {
        return fromClient().ipv4(CLIENT, VIP).tcp(1000, 80).flags("S").build();
    }

    /// The vnet header of a TCP super-packet in IPv4.
    private static byte[] superPacket(int gsoSize) {
        byte[] vnet = new byte[10];
        MemorySegment header = MemorySegment.ofArray(vnet);
        VnetHeader.flags(header, 0, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.gsoType(header, 0, VnetHeader.GSO_TCPV4);
        VnetHeader.headerLength(header, 0, 54);
        VnetHeader.gsoSize(header, 0, gsoSize);
        VnetHeader.checksumStart(header, 0, 34);
        VnetHeader.checksumOffset(header, 0, 16);
        return vnet;
    }

    private static PacketView view(byte[] packet) {
        PacketView view = new PacketView();
        assertThat(view.parse(MemorySegment.ofArray(packet), 0, packet.length)).isNull();
        return view;
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 ^ i >>> 8);
        }
        return bytes;
    }

    private static byte[] transport(PacketBuilder packet) {
        byte[] bytes = packet.build();
        return Arrays.copyOfRange(bytes, 20, bytes.length);
    }

    /// What the fragments carry, put together; each must fit and have a right header.
    private static byte[] together(List<Sent> fragments, int mtu) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (Sent fragment : fragments) {
            byte[] packet = fragment.packet();
            assertThat(packet.length).isLessThanOrEqualTo(mtu);
            assertThat(Arrays.copyOf(fragment.frame(), 14))
                    .isEqualTo(
                            Arrays.copyOf(
                                    leaving(SERVER).ipv4(CLIENT, SERVER).udp(1, 2).build(), 14));
            int word = (packet[6] & 0xff) << 8 | packet[7] & 0xff;
            assertThat((word & 0x1fff) * 8).as("offset").isEqualTo(whole.size());
            boolean last = fragment == fragments.getLast();
            assertThat((word & 0x2000) == 0).as("no more follow").isEqualTo(last);
            whole.write(packet, 20, packet.length - 20);
        }
        return whole.toByteArray();
    }
}
