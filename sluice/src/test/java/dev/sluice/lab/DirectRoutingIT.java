package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Direct routing.
final class DirectRoutingIT extends ForwardingIT {

    @Override
    TestBed start(int realServers) {
        return TestBed.directRouting(realServers, "--workers", "1");
    }

    @Override
    String method() {
        return "-g";
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void onlyTheDirectorAnswersForTheVirtualAddress(Family family) {
        assertThat(AddressProbe.whoHas(bed().network().client(), "eth0", bed().virtual(family)))
                .containsExactly(bed().network().director().mac("eth0"));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void requestsPassTheDirectorUnchangedAndRepliesDoNotPassIt(Family family) {
        int port = bed().freshPort();
        bed().balance(bed().service("-t", family, port), "-s rr", port, "-g");
        long client = bed().network().client().mac("eth0");
        long director = bed().network().director().mac("eth0");
        Address own = bed().network().clientAddresses(family).getFirst();
        PathTrace trace =
                PathTrace.of(bed().network(), own, Target.http(bed().virtual(family), port));

        assertThat(trace.request()).hasSize(2);
        PathTrace.Hop toDirector = trace.request().getFirst();
        PathTrace.Hop toServer = trace.request().getLast();
        assertThat(toDirector.fromMac()).isEqualTo(client);
        assertThat(toDirector.toMac()).isEqualTo(director);
        assertThat(toServer.fromMac()).isEqualTo(director);
        assertThat(toServer.packet()).isEqualTo(toDirector.packet());

        assertThat(trace.reply()).hasSize(1);
        assertThat(trace.reply().getFirst().fromMac()).isEqualTo(toServer.toMac());
        assertThat(trace.reply().getFirst().toMac()).isEqualTo(client);
    }
}
