package dev.sluice.director.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.wire.Address;
import dev.sluice.wire.Flow;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;

/// ipvs.md §5.9.
final class PowerOfTwoChoicesTest {

    private static final int DRAWS = 100_000;

    @Test
    void ofTwoEqualServersTheLessLoadedOneIsMissedOnlyWhenTheOtherIsDrawnTwice() {
        RealServer busy = server(11, 1);
        RealServer idle = server(12, 1);
        busy.tally().add(0, Count.ACTIVE, 5);
        // Lots 0 and 1 of 0, 1, 2 draw the first of the list.
        assertThat(share(busy, busy, idle)).isBetween(0.43, 0.46);
        assertThat(share(busy, idle, busy)).isBetween(0.10, 0.12);
    }

    @Test
    void loadIsComparedInProportionToWeight() {
        RealServer heavy = server(11, 9);
        RealServer light = server(12, 1);
        heavy.tally().add(0, Count.ACTIVE, 8);
        light.tally().add(0, Count.ACTIVE, 1);
        // Of lots from 0 to 10 the last one draws the second of the list.
        assertThat(share(light, heavy, light)).isBetween(0.006, 0.011);
        light.tally().add(0, Count.ACTIVE, -1);
        assertThat(share(light, heavy, light)).isBetween(0.16, 0.19);
    }

    @Test
    void whoIsQuiescedOrOverloadedIsNotDrawn() {
        RealServer quiesced = server(11, 0);
        RealServer good = server(12, 3);
        assertThat(share(good, quiesced, good)).isEqualTo(1);
        assertThat(pick(quiesced)).isNull();
        assertThat(pick()).isNull();
    }

    @Test
    void theSameSeedDrawsTheSame() {
        ServerList list = new ServerList(List.of(server(11, 3), server(12, 5)));
        Pick one = new PowerOfTwoChoices(4711).compile(list, 0);
        Pick other = new PowerOfTwoChoices(4711).compile(list, 0);
        for (int i = 0; i < 1000; i++) {
            assertThat(one.server(new Flow(), 0)).isSameAs(other.server(new Flow(), 0));
        }
    }

    private static double share(RealServer of, RealServer... newestFirst) {
        Pick pick = new PowerOfTwoChoices(1).compile(new ServerList(List.of(newestFirst)), 0);
        int times = 0;
        for (int i = 0; i < DRAWS; i++) {
            times += of.equals(pick.server(new Flow(), 0)) ? 1 : 0;
        }
        return (double) times / DRAWS;
    }

    private static @Nullable RealServer pick(RealServer... newestFirst) {
        return new PowerOfTwoChoices(1)
                .compile(new ServerList(List.of(newestFirst)), 0)
                .server(new Flow(), 0);
    }

    private static RealServer server(int id, int weight) {
        return RealServer.added(
                id, Address.ipv4(0x0a000000 | id), 80, Forwarding.NAT, weight, 0, 0, new Tally(1));
    }
}
