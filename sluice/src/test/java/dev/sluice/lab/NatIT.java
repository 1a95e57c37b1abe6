package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Masquerading with one worker.
final class NatIT extends ForwardingIT {

    @Override
    TestBed start(int realServers) {
        return TestBed.nat(realServers, "--workers", "1");
    }

    @Override
    String method() {
        return "-m";
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void portsAreMappedBothWays(Family family) {
        bed().ipvsadm("-C");
        String service = bed().service("-t", family, 88);
        bed().addService(service, "-s rr", 80, "-m");
        String url = Target.http(bed().virtual(family), 88).toString();
        String answer = bed().curl(bed().network().clientAddresses(family).getFirst(), url);
        assertThat(answer).startsWith("rs");
    }
}
