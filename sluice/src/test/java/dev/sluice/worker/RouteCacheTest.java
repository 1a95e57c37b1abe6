package dev.sluice.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.forward.Path;
import dev.sluice.testing.Seeded;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Objects;
import java.util.SplittableRandom;

/// What the kernel said is remembered, and nothing else is said.
final class RouteCacheTest {

    private static final Address A = Address.parse("10.0.0.11");
    private static final Address B = Address.parse("2001:db8::11");
    private static final Address SOURCE = Address.parse("192.168.1.100");
    private static final Address NO_SOURCE = Address.ANY_IPV4;

    private final FakeKernel kernel = new FakeKernel();
    private final RouteCache routes = new RouteCache(kernel);

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
    void thatThereIsNoRouteIsRememberedToo() {
        kernel.noRoute(A.toString());
        assertThat(find(NO_SOURCE, A)).isNull();
        assertThat(find(NO_SOURCE, A)).isNull();
        assertThat(kernel.asked).hasSize(1);
    }

    @Test
    void whatWasForgottenIsAskedAnew() {
        find(NO_SOURCE, A);
        kernel.mtu(A.toString(), 1280);
        routes.forget();
        assertThat(Objects.requireNonNull(find(NO_SOURCE, A)).mtuBytes()).isEqualTo(1280);
    }

    @Test
    void routesThroughOneGatewayShareTheNeighbour() {
        Address gateway = Address.parse("10.0.0.254");
        RouteSource.Answer viaGateway = new RouteSource.Answer(7, 1500, false, gateway, 0x02_01L);
        kernel.route("198.51.100.1", viaGateway);
        kernel.route("198.51.100.2", viaGateway);
        CachedRoute one = (CachedRoute) find(NO_SOURCE, Address.parse("198.51.100.1"));
        CachedRoute two = (CachedRoute) find(NO_SOURCE, Address.parse("198.51.100.2"));
        assertThat(Objects.requireNonNull(one).neighbour()).isNotNull();
        assertThat(one.neighbour()).isSameAs(Objects.requireNonNull(two).neighbour());
        assertThat(routes.neighbour(7, gateway)).isSameAs(one.neighbour());
        assertThat(routes.neighbour(8, gateway)).isNull();
    }

    @Test
    void ofMoreDestinationsThanItHoldsItForgetsAndGoesOn() {
        int many = 3 << 16;
        for (int i = 0; i < many; i++) {
            CachedRoute route = (CachedRoute) find(NO_SOURCE, Address.ipv4(0x0a000000 + i));
            NextHop neighbour = Objects.requireNonNull(Objects.requireNonNull(route).neighbour());
            assertThat(routes.neighbour(7, neighbour.address())).isSameAs(neighbour);
        }
        assertThat(kernel.asked).hasSize(many);
        int neighbours = 0;
        for (NextHop ignored : routes.neighbours()) {
            neighbours++;
        }
        assertThat(neighbours).as("what no route leads to is forgotten").isLessThanOrEqualTo(65536);
        kernel.asked.clear();
        find(NO_SOURCE, Address.ipv4(0x0a000000 + many - 1));
        assertThat(kernel.asked).isEmpty();
    }

    @Test
    void everyAnswerIsTheKernels() {
        for (int i = 0; i < 40; i++) {
            kernel.mtu("10.0.0." + i, 1000 + i);
            kernel.mtu("2001:db8::" + Integer.toHexString(i), 2000 + i);
        }
        Seeded.forAll(20, this::compare);
    }

    private void compare(SplittableRandom random) {
        for (int i = 0; i < 5000; i++) {
            int number = random.nextInt(40);
            boolean ipv6 = random.nextBoolean();
            Address destination =
                    ipv6
                            ? Address.parse("2001:db8::" + Integer.toHexString(number))
                            : Address.parse("10.0.0." + number);
            Address source =
                    random.nextInt(3) == 0
                            ? NO_SOURCE
                            : ipv6
                                    ? Address.ipv6(random.nextInt(4), 1)
                                    : Address.ipv4(random.nextInt(4));
            Path path = Objects.requireNonNull(find(source, destination));
            assertThat(path.mtuBytes()).isEqualTo((ipv6 ? 2000 : 1000) + number);
            if (random.nextInt(1000) == 0) {
                routes.forget();
            }
        }
    }

    private @Nullable Path find(Address source, Address destination) {
        return routes.find(
                destination.isIpv6(),
                source.high(),
                source.low(),
                destination.high(),
                destination.low());
    }
}
