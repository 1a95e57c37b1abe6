package dev.sluice.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gate.Fronts.Condition;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.netlink.Link;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

final class FrontsTest {

    private static final int UP = 1;

    private Instant now = Instant.EPOCH;
    private final Fronts fronts =
            new Fronts(
                    List.of("eth0"),
                    new Clock() {
                        @Override
                        public ZoneOffset getZone() {
                            return ZoneOffset.UTC;
                        }

                        @Override
                        public Clock withZone(ZoneId zone) {
                            return this;
                        }

                        @Override
                        public Instant instant() {
                            return now;
                        }
                    });

    @Test
    void anInterfaceGoesDownAwayAndComesBack() {
        follow(0, link("eth0", UP), link("eth1", UP));
        assertIs(Condition.UP, 0);
        follow(1, link("eth0", 0), link("eth1", UP));
        assertIs(Condition.DOWN, 1);
        follow(2, link("eth1", UP));
        assertIs(Condition.GONE, 2);
        follow(3, link("eth1", UP));
        assertIs(Condition.GONE, 2);
        follow(4, link("eth0", UP));
        assertIs(Condition.UP, 4);
    }

    private void follow(long second, Link... links) {
        now = Instant.ofEpochSecond(second);
        fronts.follow(List.of(links));
    }

    private void assertIs(Condition condition, long sinceSecond) {
        assertThat(fronts.all())
                .containsExactly(new Front("eth0", condition, Instant.ofEpochSecond(sinceSecond)));
    }

    private static Link link(String name, int flags) {
        return new Link(2, name, "", 1500, 0x020000000001L, 0, -1, 0, flags);
    }
}
