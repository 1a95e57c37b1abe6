package dev.sluice.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.scheduler.Schedulers;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// When SYNs that are sent again mean that nobody answers.
final class AttemptsTest {

    private static final ServiceKey HTTP =
            new ServiceKey.AtAddress(Protocol.TCP, Address.parse("10.0.0.13"), 80);

    private final Tally total = new Tally(1);
    private final RealServer server = server(0, "172.16.1.11");
    private final RealServer other = server(1, "172.16.1.12");
    private final Configuration configuration = configuration(server, other);
    private final Openings openings = new Openings();
    private long nowNanos;

    @Test
    void nobodyAsksNobodyIsSilent() {
        assertThat(openings.look(configuration, nowNanos)).isFalse();
        assertThat(failing()).isEmpty();
    }

    @Test
    void aSynThatIsSentAgainOnceMeansNothing() {
        count(server, Count.REPEATED_OPENINGS, 1);
        assertThat(failing()).isEmpty();
    }

    @Test
    void aServerThatNeverHadAConnectionIsSilentAfterTwo() {
        count(server, Count.REPEATED_OPENINGS, 2);
        assertThat(failing())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.server()).isEqualTo(server.address());
                    assertThat(it.repeated()).isEqualTo(2);
                    assertThat(it.answersPass()).isFalse();
                    assertThat(it.everEstablished()).isFalse();
                    assertThat(it.isSilent()).isTrue();
                });
    }

    @Test
    void moreFailuresAreNoticed() {
        count(server, Count.REPEATED_OPENINGS, 1);
        assertThat(openings.look(configuration, nowNanos)).isTrue();
        assertThat(openings.look(configuration, nowNanos)).isFalse();
        count(server, Count.REFUSED, 1);
        assertThat(openings.look(configuration, nowNanos)).isTrue();
    }

    @Test
    void anAnswerEndsTheSilence() {
        count(server, Count.REPEATED_OPENINGS, 9);
        assertThat(failing()).hasSize(1);
        count(server, Count.ESTABLISHED, 1);
        assertThat(failing()).isEmpty();
        count(server, Count.REPEATED_OPENINGS, 2);
        assertThat(failing()).as("once it answered, more is asked for").isEmpty();
        count(server, Count.REPEATED_OPENINGS, 1);
        nowNanos += TimeUnit.SECONDS.toNanos(2);
        assertThat(failing())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.repeated()).isEqualTo(3);
                    assertThat(it.everEstablished()).isTrue();
                });
    }

    @Test
    void someLostSynsOfAServerThatAnswersMeanNothing() {
        for (int i = 0; i < 10; i++) {
            count(server, Count.ESTABLISHED, 1_000);
            count(server, Count.REPEATED_OPENINGS, 50);
            assertThat(failing()).isEmpty();
            nowNanos += TimeUnit.SECONDS.toNanos(2);
        }
    }

    @Test
    void aServerThatAnsweredOnceIsSilentWhenThatLasts() {
        count(server, Count.ESTABLISHED, 1_000);
        assertThat(failing()).isEmpty();
        count(server, Count.REPEATED_OPENINGS, 3);
        assertThat(failing()).as("perhaps it answered after them").isEmpty();
        nowNanos += TimeUnit.SECONDS.toNanos(2);
        assertThat(failing()).singleElement().matches(it -> it.repeated() == 3);
    }

    @Test
    void whatHadAnotherReasonIsForgiven() {
        count(server, Count.REPEATED_OPENINGS, 5);
        assertThat(failing()).hasSize(1);
        openings.forgive(Set.of(server.address()), nowNanos);
        assertThat(failing()).isEmpty();
        count(server, Count.REPEATED_OPENINGS, 2);
        assertThat(failing()).hasSize(1);
    }

    @Test
    void aServerThatComesBackIsRemembered() {
        count(server, Count.REPEATED_OPENINGS, 5);
        count(server, Count.ESTABLISHED, 5);
        openings.look(configuration, nowNanos);
        count(server, Count.ESTABLISHED, 1);
        openings.look(configuration(other), nowNanos);
        openings.look(configuration, nowNanos);
        nowNanos += TimeUnit.SECONDS.toNanos(2);
        assertThat(failing()).isEmpty();
    }

    @Test
    void packetsOfTheServerShowThatItAnswers() {
        count(server, Count.OUT_PACKETS, 3);
        count(server, Count.REPEATED_OPENINGS, 2);
        assertThat(failing()).singleElement().matches(Attempts::answersPass);
    }

    @Test
    void refusalsAreNoSilence() {
        count(server, Count.REFUSED, 2);
        assertThat(failing())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.refused()).isEqualTo(2);
                    assertThat(it.isSilent()).isFalse();
                });
    }

    @Test
    void whatIsLongAgoIsForgotten() {
        count(server, Count.REPEATED_OPENINGS, 5);
        assertThat(failing()).hasSize(1);
        nowNanos += TimeUnit.MINUTES.toNanos(4);
        assertThat(failing()).isEmpty();
        count(server, Count.REPEATED_OPENINGS, 1);
        assertThat(failing()).singleElement().matches(it -> it.lastSecondsAgo() == 0);
    }

    @Test
    void aServerThatIsGoneIsForgotten() {
        count(server, Count.REPEATED_OPENINGS, 5);
        assertThat(failing()).hasSize(1);
        openings.look(configuration(other), nowNanos);
        assertThat(openings.failing(nowNanos, 10)).isEmpty();
    }

    @Test
    void theWorstComesFirstAndThereIsALimit() {
        count(server, Count.REPEATED_OPENINGS, 5);
        count(other, Count.REPEATED_OPENINGS, 7);
        openings.look(configuration, nowNanos);
        assertThat(openings.failing(nowNanos, 1))
                .singleElement()
                .matches(it -> it.server().equals(other.address()));
    }

    private List<Attempts> failing() {
        openings.look(configuration, nowNanos);
        return openings.failing(nowNanos, 10);
    }

    private void count(RealServer at, Count count, long amount) {
        at.tally().add(0, count, amount);
        total.add(0, count, amount);
    }

    private static RealServer server(int id, String address) {
        return RealServer.added(
                id, Address.parse(address), 80, Forwarding.NAT, 1, 0, 0, new Tally(1));
    }

    private Configuration configuration(RealServer... servers) {
        VirtualService service =
                VirtualService.of(
                                0,
                                HTTP,
                                Objects.requireNonNull(Schedulers.named("rr")).create(0),
                                0,
                                null,
                                Tally.ofService(1))
                        .withServers(new ServerList(List.of(servers)));
        RealServer[] byId = {server, other};
        return new Configuration(List.of(service), byId, Timeouts.DEFAULT, total);
    }
}
