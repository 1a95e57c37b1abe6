package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.forward.Path;
import dev.sluice.net.netlink.Prefix;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/// What the kernel said is remembered for whom it holds, and nothing else is said.
final class RouteCacheTest {

    private static final Address A = Address.parse("10.0.0.11");
    private static final Address B = Address.parse("2001:db8::11");
    private static final Address SOURCE = Address.parse("192.168.1.100");
    private static final Address NO_SOURCE = Address.ANY_IPV4;
    private static final RouteSource.Answer BY_GATEWAY =
            new RouteSource.Answer(List.of(FakeKernel.via("10.0.0.254", 1)));

    private final FakeKernel kernel = new FakeKernel();
    private final Losses losses = new Losses();
    private final RouteCache routes =
            kernel.watchedBy(new RouteCache(kernel, kernel.pieces(), losses));

    // ---- questions ----

    @Test
    void theKernelIsAskedOnceForADestination() {
        Path first = find(NO_SOURCE, A);
        assertThat(find(NO_SOURCE, A)).isSameAs(first);
        find(NO_SOURCE, B);
        find(NO_SOURCE, B);
        assertThat(kernel.asked).containsExactly("* > " + A, "* > " + B);
    }

    @Test
    void oncePerSource() {
        find(SOURCE, A);
        find(NO_SOURCE, A);
        find(SOURCE, A);
        assertThat(kernel.asked).containsExactly(SOURCE + " > " + A, "* > " + A);
    }

    @Test
    void aMillionDestinationsBehindOneRouteAreOneQuestion() {
        kernel.route("0.0.0.0/0", BY_GATEWAY);
        Path gateway = Objects.requireNonNull(find(SOURCE, Address.parse("198.51.100.1")));
        for (int i = 0; i < 1_000_000; i++) {
            assertThat(find(SOURCE, Address.ipv4(i * 4093))).isSameAs(gateway);
        }
        assertThat(kernel.asked).hasSize(1);
        assertThat(routes.nextHops().size()).isOne();
    }

    @Test
    void thatThereIsNoRouteIsRememberedToo() {
        kernel.noRoute(A.toString());
        assertThat(find(NO_SOURCE, A)).isNull();
        assertThat(find(NO_SOURCE, A)).isNull();
        assertThat(kernel.asked).hasSize(1);
    }

    @Test
    void whatWasForgottenIsAskedAnew() {
        find(NO_SOURCE, A);
        routes.forget(kernel.pieces());
        find(NO_SOURCE, A);
        assertThat(kernel.asked).hasSize(2);
    }

    // ---- changes ----

    @Test
    void aMoreSpecificRouteCountsAtOnceAndOnlyForItsOwn() {
        kernel.route("0.0.0.0/0", BY_GATEWAY);
        Path usual = find(NO_SOURCE, Address.parse("198.51.100.1"));
        kernel.mtu("198.51.100.0/25", 1280);
        assertThat(mtu("198.51.100.1")).isEqualTo(1280);
        assertThat(mtu("198.51.100.127")).isEqualTo(1280);
        assertThat(mtu("198.51.100.128")).isEqualTo(1500);
        assertThat(mtu("198.51.99.255")).isEqualTo(1500);
        kernel.deleteRoute("198.51.100.0/25");
        CachedRoute again = Objects.requireNonNull((CachedRoute) find(NO_SOURCE, A));
        assertThat(mtu("198.51.100.1")).isEqualTo(1500);
        assertThat(again.neighbour())
                .isSameAs(((CachedRoute) Objects.requireNonNull(usual)).neighbour());
    }

    @Test
    void aChangeLeavesTheOthersAnswersAlone() {
        kernel.route("10.0.0.0/8", BY_GATEWAY);
        kernel.route("172.16.0.0/12", BY_GATEWAY);
        find(NO_SOURCE, Address.parse("10.1.2.3"));
        find(NO_SOURCE, Address.parse("192.0.2.1"));
        kernel.asked.clear();
        kernel.mtu("172.16.5.0/24", 1280);
        find(NO_SOURCE, Address.parse("10.1.2.3"));
        find(NO_SOURCE, Address.parse("192.0.2.1"));
        assertThat(kernel.asked).isEmpty();
    }

    /// The kernel knew of a route, and answered by it, before its news came.
    @Test
    void anAnswerThatWasAheadOfTheNewsIsNotKeptForOthers() {
        List<Prefix> late = List.of(Prefix.of(A, 24));
        FakeKernel ahead = new FakeKernel();
        RouteCache cache = new RouteCache(ahead, AddressPieces.WHOLE, losses);
        ahead.mtu("10.0.0.0/24", 1280); // nobody watches
        assertThat(Objects.requireNonNull(find(cache, A)).mtuBytes()).isEqualTo(1280);
        cache.forget(ahead.pieces(), late);
        assertThat(Objects.requireNonNull(find(cache, Address.parse("9.9.9.9"))).mtuBytes())
                .isEqualTo(1500);
        assertThat(Objects.requireNonNull(find(cache, A)).mtuBytes()).isEqualTo(1280);
    }

    /// Routes come and go; what is remembered always is what the kernel would say.
    @Test
    void everyAnswerIsTheKernels() {
        Seeded.forAll(20, RouteCacheTest::compare);
    }

    private static void compare(SplittableRandom random) {
        FakeKernel kernel = new FakeKernel();
        RouteCache cache = kernel.watchedBy(new RouteCache(kernel, kernel.pieces(), new Losses()));
        List<String> there = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            if (random.nextInt(40) == 0) {
                String prefix = address(random) + "/";
                prefix += random.nextInt(prefix.contains(":") ? 129 : 33);
                kernel.route(
                        prefix,
                        random.nextInt(4) == 0
                                ? null
                                : new RouteSource.Answer(
                                        List.of(FakeKernel.onLink(576 + random.nextInt(9000)))));
                there.add(prefix);
            } else if (random.nextInt(80) == 0 && !there.isEmpty()) {
                kernel.deleteRoute(there.remove(random.nextInt(there.size())));
            }
            Address destination = address(random);
            Address source =
                    random.nextBoolean()
                            ? NO_SOURCE
                            : new Address(destination.family(), 0, random.nextInt(3) + 1);
            RouteSource.Answer expected = kernel.answer(destination);
            Path path =
                    cache.find(
                            destination.isIpv6(),
                            source.high(),
                            source.low(),
                            destination.high(),
                            destination.low());
            if (expected == null) {
                assertThat(path).isNull();
            } else {
                assertThat(Objects.requireNonNull(path).mtuBytes())
                        .as("%s", destination)
                        .isEqualTo(expected.hops().getFirst().mtuBytes());
            }
        }
    }

    /// From a small world, so that prefixes and destinations meet.
    private static Address address(SplittableRandom random) {
        int host = random.nextInt(8) << random.nextInt(29);
        return random.nextBoolean()
                ? Address.ipv4(host)
                : new Address(Family.IPV6, (long) random.nextInt(4) << 62 | host, host);
    }

    // ---- several ways ----

    @Test
    void severalWaysAreUsedByTheirWeightsAndAClientKeepsItsOwn() {
        kernel.route(
                "0.0.0.0/0",
                new RouteSource.Answer(
                        List.of(
                                FakeKernel.via("10.0.0.1", 1),
                                FakeKernel.via("10.0.0.2", 2),
                                FakeKernel.via("10.0.0.3", 1))));
        int[] taken = new int[4];
        for (int i = 0; i < 40_000; i++) {
            Address client = Address.ipv4(0x0a400000 + i);
            NextHop hop = hop(client);
            assertThat(hop(client)).isSameAs(hop);
            taken[(int) hop.address().low() & 0xff]++;
        }
        assertThat(kernel.asked).hasSize(1);
        assertThat(taken[1]).isBetween(9_000, 11_000);
        assertThat(taken[2]).isBetween(19_000, 21_000);
        assertThat(taken[3]).isBetween(9_000, 11_000);
    }

    // ---- neighbours ----

    @Test
    void routesThroughOneGatewayShareTheNeighbour() {
        kernel.route("198.51.100.0/24", BY_GATEWAY);
        kernel.route("203.0.113.0/24", BY_GATEWAY);
        NextHop one = hop(Address.parse("198.51.100.1"));
        assertThat(hop(Address.parse("203.0.113.1"))).isSameAs(one);
        HopKey key = new HopKey(7, Address.parse("10.0.0.254"));
        assertThat(routes.nextHops().find(key)).isSameAs(one);
        assertThat(routes.nextHops().find(new HopKey(8, key.address()))).isNull();
    }

    @Test
    void onTheLinkEveryMachineIsItsOwnNeighbourWithoutAnotherQuestion() {
        kernel.route("10.64.0.0/16", FakeKernel.ON_LINK);
        for (int i = 0; i < 1 << 16; i++) {
            Address client = Address.ipv4(0x0a400000 + i);
            assertThat(hop(client).address()).isEqualTo(client);
        }
        assertThat(kernel.asked).hasSize(1);
    }

    @Test
    void ofMoreMachinesOnTheLinkThanItHoldsItForgetsSomeAndGoesOn() {
        NextHop busy = hop(A);
        for (int i = 0; i < 5 * NextHops.CAPACITY; i++) {
            Address client = Address.ipv4(0x0b000000 + i);
            NextHop hop = hop(client);
            assertThat(routes.nextHops().find(hop.key())).isSameAs(hop);
            if (i % 1000 == 0) {
                MemorySegment frame = MemorySegment.ofArray(new byte[14]);
                hop(A).writeLinkHeader(frame, 0, 0x0800);
            }
        }
        assertThat(kernel.asked).hasSize(1);
        assertThat(routes.nextHops().size()).isEqualTo(NextHops.CAPACITY);
        assertThat(hop(A)).as("what is in use stays").isSameAs(busy);
    }

    @Test
    void aGatewayThatHadToGiveWayIsMetAgain() {
        kernel.route("198.51.100.0/24", BY_GATEWAY);
        Address behind = Address.parse("198.51.100.1");
        NextHop gateway = hop(behind);
        for (int i = 0; i < 2 * NextHops.CAPACITY; i++) {
            hop(Address.ipv4(0x0b000000 + i));
        }
        assertThat(gateway.isForgotten()).isTrue();
        kernel.neighbour("10.0.0.254", 0x02_00_00_00_0f_0fL);
        NextHop again = hop(behind);
        assertThat(again.isForgotten()).isFalse();
        assertThat(routes.nextHops().find(gateway.key())).isSameAs(again);
    }

    @Test
    void aCrowdThatIsNeverResolvedWaitsInABoundedRoom() {
        NextHops hops = routes.nextHops();
        for (int i = 0; i < 200_000; i++) {
            String address = Address.ipv4(0x0b000000 + i).toString();
            kernel.neighbour(address, -1);
            hops.hold(hop(Address.parse(address)), new NextHop.Held(new byte[1000], 0x0800, 0));
        }
        assertThat(hops.waiting()).hasSize(4096);
        assertThat(losses.of(Loss.WAITING_ROOM_FULL)).isEqualTo(200_000 - 4096);
        assertThat(hops.size()).isEqualTo(NextHops.CAPACITY);
    }

    @Test
    void largeFramesThatWaitAreFewer() {
        NextHops hops = routes.nextHops();
        for (int i = 0; i < 1000; i++) {
            String address = Address.ipv4(0x0b000000 + i).toString();
            kernel.neighbour(address, -1);
            hops.hold(hop(Address.parse(address)), new NextHop.Held(new byte[1 << 16], 0x0800, 0));
        }
        assertThat(hops.waiting()).hasSize(256);
    }

    @Test
    void whoWasNotAskedForBecauseTooManyWereIsAskedForWithTheNextFrame() {
        kernel.neighbour(A.toString(), -1);
        kernel.busy = true;
        NextHops hops = routes.nextHops();
        hops.hold(hop(A), new NextHop.Held(new byte[100], 0x0800, 0));
        kernel.busy = false;
        hops.hold(hop(A), new NextHop.Held(new byte[100], 0x0800, 0));
        hops.hold(hop(A), new NextHop.Held(new byte[100], 0x0800, 0));
        assertThat(kernel.used).containsExactly(A);
        assertThat(hops.takeHeld(hop(A))).hasSize(3);
    }

    // ---- helpers ----

    private NextHop hop(Address destination) {
        CachedRoute route = (CachedRoute) Objects.requireNonNull(find(NO_SOURCE, destination));
        return Objects.requireNonNull(route.neighbour());
    }

    private int mtu(String destination) {
        return Objects.requireNonNull(find(NO_SOURCE, Address.parse(destination))).mtuBytes();
    }

    private @Nullable Path find(Address source, Address destination) {
        return routes.find(
                destination.isIpv6(),
                source.high(),
                source.low(),
                destination.high(),
                destination.low());
    }

    private static @Nullable Path find(RouteCache cache, Address destination) {
        return cache.find(destination.isIpv6(), 0, 0, destination.high(), destination.low());
    }
}
