package dev.sluice.gate;

import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVER;
import static dev.sluice.gate.layout.EndpointFlags.FTP_SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVER;
import static dev.sluice.gate.layout.EndpointFlags.SERVER_BY_ADDRESS;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE;
import static dev.sluice.gate.layout.EndpointFlags.SERVICE_BY_ADDRESS;
import static dev.sluice.gate.layout.Roles.REPLIER;
import static dev.sluice.gate.layout.Roles.VIRTUAL;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gate.GateTables.Endpoint;
import dev.sluice.gate.GateTables.Mark;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.util.Map;

final class GateTablesTest {

    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SCTP = 132;

    private final TestServices services = new TestServices();

    @Test
    void aServiceAndItsMasqueradedServersHaveEndpoints() {
        services.tcp("192.168.1.100", 80).nat("10.0.0.11", 8080).nat("10.0.0.12", 80);
        GateTables tables = GateTables.EMPTY.next(services.configuration());
        assertThat(tables.endpoints())
                .isEqualTo(
                        Map.of(
                                at("192.168.1.100", 80, TCP), SERVICE,
                                at("10.0.0.11", 8080, TCP), SERVER,
                                at("10.0.0.12", 80, TCP), SERVER));
        assertThat(tables.roles())
                .isEqualTo(
                        Map.of(
                                Address.parse("192.168.1.100"), VIRTUAL,
                                Address.parse("10.0.0.11"), REPLIER,
                                Address.parse("10.0.0.12"), REPLIER));
    }

    @Test
    void repliesUnderDirectRoutingComeFromTheService() {
        services.udp("2001:db8::100", 53).directRouting("2001:db8:1::11");
        GateTables tables = GateTables.EMPTY.next(services.configuration());
        assertThat(tables.endpoints())
                .isEqualTo(Map.of(at("2001:db8::100", 53, UDP), SERVICE | SERVER));
        assertThat(tables.roles())
                .isEqualTo(Map.of(Address.parse("2001:db8::100"), VIRTUAL | REPLIER));
    }

    @Test
    void repliesOfAPersistentServiceUnderDirectRoutingAreSteeredByAddress() {
        services.tcp("192.168.1.100", 21).persistent().directRouting("10.0.0.11");
        int byAddress = SERVICE_BY_ADDRESS | SERVER_BY_ADDRESS;
        assertThat(GateTables.EMPTY.next(services.configuration()).endpoints())
                .isEqualTo(
                        Map.of(
                                at("192.168.1.100", 21, TCP), SERVICE | SERVER | byAddress,
                                at("192.168.1.100", 0, TCP), FTP_SERVICE | FTP_SERVER | byAddress));
    }

    @Test
    void aServerWithoutPortAnswersFromTheServicesPort() {
        services.tcp("192.168.1.100", 80).nat("10.0.0.11", 0);
        assertThat(GateTables.EMPTY.next(services.configuration()).endpoints())
                .containsEntry(at("10.0.0.11", 80, TCP), SERVER);
    }

    @Test
    void aPortZeroServiceTakesAllPortsOfBothSides() {
        services.tcp("192.168.1.100", 0).persistent().nat("10.0.0.11", 9999);
        assertThat(GateTables.EMPTY.next(services.configuration()).endpoints())
                .isEqualTo(
                        Map.of(
                                at("192.168.1.100", 0, TCP), SERVICE | SERVICE_BY_ADDRESS,
                                at("10.0.0.11", 0, TCP), SERVER | SERVER_BY_ADDRESS));
    }

    @Test
    void persistentFtpTakesDataPortsToo() {
        services.tcp("192.168.1.100", 21).persistent().nat("10.0.0.11", 21);
        assertThat(GateTables.EMPTY.next(services.configuration()).endpoints())
                .isEqualTo(
                        Map.of(
                                at("192.168.1.100", 21, TCP), SERVICE | SERVICE_BY_ADDRESS,
                                at("192.168.1.100", 0, TCP), FTP_SERVICE | SERVICE_BY_ADDRESS,
                                at("10.0.0.11", 21, TCP), SERVER | SERVER_BY_ADDRESS,
                                at("10.0.0.11", 0, TCP), FTP_SERVER | SERVER_BY_ADDRESS));
    }

    @Test
    void aMarkServiceHasItsServersInAllProtocols() {
        services.mark(Family.IPV4, 7).nat("10.0.0.11", 0);
        GateTables tables = GateTables.EMPTY.next(services.configuration());
        assertThat(tables.marks()).isEqualTo(Map.of(new Mark(Family.IPV4, 7), SERVICE));
        assertThat(tables.endpoints())
                .isEqualTo(
                        Map.of(
                                at("10.0.0.11", 0, TCP), SERVER,
                                at("10.0.0.11", 0, UDP), SERVER,
                                at("10.0.0.11", 0, SCTP), SERVER));
    }

    @Test
    void aServerOfBothKindsIsSteeredByAddressAndPort() {
        services.tcp("192.168.1.100", 80).nat("10.0.0.11", 80);
        services.tcp("192.168.1.101", 80).persistent().nat("10.0.0.11", 80);
        services.tcp("192.168.1.102", 80).persistent().nat("10.0.0.12", 80);
        services.tcp("192.168.1.103", 80).persistent().nat("10.0.0.12", 80);
        assertThat(GateTables.EMPTY.next(services.configuration()).endpoints())
                .containsEntry(at("10.0.0.11", 80, TCP), SERVER)
                .containsEntry(at("10.0.0.12", 80, TCP), SERVER | SERVER_BY_ADDRESS);
    }

    @Test
    void whatAConnectionMayNeedStaysUntilItsServersAreForgotten() {
        services.tcp("192.168.1.100", 80).nat("10.0.0.11", 80).nat("10.0.0.12", 80);
        GateTables first = GateTables.EMPTY.next(services.configuration());
        GateTables second = first.next(services.removeServer(0, 1).configuration());
        assertThat(second.endpoints()).isEqualTo(first.endpoints());
        GateTables third = second.next(services.forget(0).configuration());
        assertThat(third.endpoints()).doesNotContainKey(at("10.0.0.11", 80, TCP)).hasSize(2);
        GateTables fourth = third.next(services.removeService(0).configuration());
        assertThat(fourth.endpoints()).isEqualTo(third.endpoints());
        assertThat(fourth.next(services.forget(1).configuration()).endpoints()).isEmpty();
    }

    @Test
    void aServiceThatWasEditedIsSteeredTheNewWay() {
        services.tcp("192.168.1.100", 80).nat("10.0.0.11", 80);
        GateTables before = GateTables.EMPTY.next(services.configuration());
        GateTables after = before.next(services.persistent().configuration());
        assertThat(after.endpoints())
                .containsEntry(at("192.168.1.100", 80, TCP), SERVICE | SERVICE_BY_ADDRESS);
    }

    private static Endpoint at(String address, int port, int protocol) {
        return new Endpoint(Address.parse(address), port, protocol);
    }
}
