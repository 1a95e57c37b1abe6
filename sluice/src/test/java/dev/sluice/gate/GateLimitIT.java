package dev.sluice.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.director.scheduler.RoundRobin;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServerList;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally;
import dev.sluice.director.service.Timeouts;
import dev.sluice.director.service.VirtualService;
import dev.sluice.gate.GateTableWriter.Contents;
import dev.sluice.gate.layout.Maps;
import dev.sluice.net.bpf.BpfMap;
import dev.sluice.net.bpf.BpfPrivileges;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The gate's maps in their real size, filled to the brim, in the kernel.
final class GateLimitIT {

    private static final int PORTS = 65_535;

    @Test
    void asManyEndpointsAsPromisedFitAndOneMoreIsRefusedWithTheNumber() {
        BpfPrivileges.need();
        try (BpfMap endpoints = BpfMap.create(Maps.ENDPOINTS);
                BpfMap addresses = BpfMap.create(Maps.ADDRESSES);
                BpfMap marks = BpfMap.create(Maps.MARKS)) {
            GateTableWriter writer = new GateTableWriter(endpoints, addresses, marks);
            Contents full = contents(Maps.MAXIMUM_ENDPOINTS);
            writer.write(Contents.NOTHING, full);
            assertThat(endpoints.keys()).hasSize(Maps.MAXIMUM_ENDPOINTS);

            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> writer.write(full, contents(Maps.MAXIMUM_ENDPOINTS + 1)))
                    .withMessageContaining("the gate has room for 524288 services and masqueraded")
                    .withMessageContaining("no option raises it");
            assertThat(endpoints.keys()).hasSize(Maps.MAXIMUM_ENDPOINTS);
        }
    }

    /// One service, and masqueraded servers on all ports of as few addresses as there must be.
    private static Contents contents(int count) {
        List<RealServer> servers = new ArrayList<>();
        Tally tally = new Tally(1);
        for (int id = 0; id < count - 1; id++) {
            Address address = Address.ipv4(0xac100001 + id / PORTS);
            servers.add(
                    RealServer.added(id, address, 1 + id % PORTS, Forwarding.NAT, 1, 0, 0, tally));
        }
        VirtualService service =
                VirtualService.of(
                                0,
                                new ServiceKey.AtAddress(
                                        Protocol.TCP, Address.parse("192.168.1.100"), 80),
                                new RoundRobin(),
                                0,
                                null,
                                tally)
                        .withServers(new ServerList(servers));
        Configuration configuration =
                new Configuration(
                        List.of(service),
                        servers.toArray(RealServer[]::new),
                        Timeouts.DEFAULT,
                        tally);
        return new Contents(GateTables.EMPTY.next(configuration), Set.of());
    }
}
