package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.wire.Family;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;

/// Tunnels, unwrapped on the real servers by [Decapsulator].
final class TunnelIT extends ForwardingIT {

    private static final int GUE_PORT = 6080;

    private final List<Decapsulator> decapsulators = new ArrayList<>();

    @Override
    TestBed start(int realServers) {
        TestBed bed = TestBed.directRouting(realServers, "--workers", "1");
        for (Host server : bed.network().realServers()) {
            decapsulators.add(Decapsulator.start(server, GUE_PORT));
        }
        return bed;
    }

    @AfterAll
    void stopUnwrapping() {
        decapsulators.forEach(Decapsulator::close);
    }

    @Override
    String method() {
        return "-i";
    }

    @ParameterizedTest
    @CsvSource({
        "IPV4, --tun-type gue --tun-port 6080",
        "IPV4, --tun-type gue --tun-port 6080 --tun-csum",
        "IPV4, --tun-type gue --tun-port 6080 --tun-remcsum",
        "IPV4, --tun-type gre",
        "IPV4, --tun-type gre --tun-csum",
        "IPV6, --tun-type gue --tun-port 6080",
        "IPV6, --tun-type gue --tun-port 6080 --tun-csum",
        "IPV6, --tun-type gre --tun-csum"
    })
    void everyEncapsulationCarriesRequestsAndUploads(Family family, String options) {
        int port = bed().freshPort();
        bed().balance(bed().service("-t", family, port), "-s rr", port, "-i " + options);
        long before = unwrapped();

        request(family, port);
        assertThat(unwrapped() - before).isGreaterThan(3 * 5);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theTunnelMayBeOfTheOtherFamily(Family family) {
        Family other = family == Family.IPV4 ? Family.IPV6 : Family.IPV4;
        int port = bed().freshPort();
        String service = bed().service("-t", family, port);
        bed().ipvsadm("-C");
        bed().ipvsadm("-A " + service + " -s rr");
        for (int i = 0; i < 3; i++) {
            bed().addServer(service, other, i, port, "-i");
        }

        request(family, port);
        assertThat(bed().ipvsadm("-Lnc"))
                .contains(bed().network().realAddress(other, 0).withPort(port));
    }

    /// Requests of 100 KB, which leave the client as super-packets, and answers of a megabyte.
    private void request(Family family, int port) {
        String url = "http://" + bed().virtual(family).withPort(port) + "/1m";
        for (int i = 0; i < 3; i++) {
            String bytes =
                    bed().network()
                            .client()
                            .execute(
                                    "sh",
                                    "-c",
                                    "head -c 100000 /dev/zero | curl -sS -g -m 20 -o /dev/null"
                                            + " -X GET --data-binary @- -w %{size_download} '"
                                            + url
                                            + "'")
                            .orThrow();
            assertThat(bytes).isEqualTo("1048576");
        }
    }

    private long unwrapped() {
        return decapsulators.stream().mapToLong(Decapsulator::unwrapped).sum();
    }
}
