package dev.sluice.ldirectord;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.ldirectord.Ldirectord;
import dev.sluice.config.ldirectord.Machine;
import dev.sluice.control.Capabilities;
import dev.sluice.control.DesiredServer;
import dev.sluice.control.DesiredService;
import dev.sluice.control.DesiredState;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.RefusedException;
import dev.sluice.control.ServerKey;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Collectors;

/// What results of checks mean for the table, step by step.
final class RowsTest {

    private static final ServerKey FIRST = new ServerKey(Address.parse("192.0.2.2"), 80);

    private DesiredState table = DesiredState.empty(Capabilities.DIRECTOR);
    private ServiceState state = state("quiescent=yes\nfailurecount=2\n", "");

    private static ServiceState state(String globals, String options) {
        return new ServiceState(
                Ldirectord.read(
                                "l.cf",
                                globals
                                        + """
                                        virtual=192.0.2.200:80
                                            real=192.0.2.2:80 masq 3
                                            real=192.0.2.3:80 masq
                                            fallback=127.0.0.1:8080
                                        """
                                        + options,
                                Machine.WITHOUT_NAMES)
                        .settings()
                        .services()
                        .getFirst());
    }

    private void apply(List<Edit> edits) throws RefusedException {
        for (Edit edit : edits) {
            table = table.with(edit);
        }
    }

    private void start() throws RefusedException {
        apply(Rows.all(state, table));
    }

    private void passes(int server) throws RefusedException {
        if (state.passed(server) != ServiceState.Change.NONE) {
            apply(Rows.changed(state, server, false, table));
        }
    }

    private void fails(int server) throws RefusedException {
        if (state.failed(server, false) == ServiceState.Change.DOWN) {
            apply(Rows.changed(state, server, false, table));
        }
    }

    /// The rows as `address:port weight`, the last one last.
    private void shows(String... rows) {
        DesiredService service = table.services().getFirst();
        assertEquals(
                String.join("\n", rows),
                service.newestFirst().reversed().stream()
                        .map(server -> server.key() + " " + server.settings().weight())
                        .sorted()
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void unprovenServersGetNoClients() throws RefusedException {
        start();
        shows("127.0.0.1:8080 1", "192.0.2.2:80 0", "192.0.2.3:80 0");
    }

    @Test
    void theFirstServerTakesThePlaceOfTheFallback() throws RefusedException {
        start();
        passes(0);
        shows("192.0.2.2:80 3", "192.0.2.3:80 0");
        passes(1);
        shows("192.0.2.2:80 3", "192.0.2.3:80 1");
    }

    @Test
    void aFailureCountsFromTheFailureCountOn() throws RefusedException {
        start();
        passes(0);
        fails(0);
        shows("192.0.2.2:80 3", "192.0.2.3:80 0");
        fails(0);
        shows("127.0.0.1:8080 1", "192.0.2.2:80 0", "192.0.2.3:80 0");
    }

    @Test
    void aSuccessBetweenFailuresStartsTheCountAnew() throws RefusedException {
        start();
        passes(0);
        fails(0);
        passes(0);
        fails(0);
        shows("192.0.2.2:80 3", "192.0.2.3:80 0");
    }

    @Test
    void maintenanceCountsAtOnce() throws RefusedException {
        start();
        passes(0);
        assertEquals(ServiceState.Change.DOWN, state.failed(0, true));
    }

    @Test
    void withoutQuiescentAServerThatIsDownIsNotThere() throws RefusedException {
        state = state("quiescent=no\n", "");
        start();
        shows("127.0.0.1:8080 1");
        passes(1);
        shows("192.0.2.3:80 1");
        fails(1);
        shows("127.0.0.1:8080 1");
    }

    @Test
    void aServiceThatIsOnHasAllServersAtOnce() throws RefusedException {
        state = state("", "    checktype=on\n");
        start();
        shows("192.0.2.2:80 3", "192.0.2.3:80 1");
    }

    @Test
    void aServiceThatIsOffHasNoServers() throws RefusedException {
        state = state("", "    checktype=off\n");
        start();
        shows("");
    }

    @Test
    void whatAnOperatorSaidStaysSaid() throws RefusedException {
        start();
        passes(0);
        ServiceKey service = table.services().getFirst().key();
        apply(List.of(new Edit.SetWeight(Origin.OPERATOR, service, FIRST, 7)));
        fails(0);
        fails(0);
        passes(0);
        shows("192.0.2.2:80 7", "192.0.2.3:80 0");
    }

    @Test
    void aServerThatAnOperatorTookOutStaysOutUntilItsStateChanges() throws RefusedException {
        start();
        passes(0);
        ServiceKey service = table.services().getFirst().key();
        apply(List.of(new Edit.DeleteServer(Origin.OPERATOR, service, FIRST)));
        passes(1);
        shows("192.0.2.3:80 1");
        fails(0);
        fails(0);
        passes(0);
        shows("192.0.2.2:80 3", "192.0.2.3:80 1");
    }

    @Test
    void aReloadChangesOnlyWhatIsDifferent() throws RefusedException {
        start();
        passes(0);
        passes(1);
        assertEquals(List.of(), Rows.all(state, table));
        ServiceState other = state("quiescent=yes\n", "    scheduler=rr\n    request=\"x\"\n");
        other.resume(state);
        apply(Rows.all(other, table));
        DesiredService service = table.services().getFirst();
        assertEquals("rr", service.settings().scheduler());
        DesiredServer first = service.newestFirst().getLast();
        assertEquals(3, first.settings().weight());
    }
}
