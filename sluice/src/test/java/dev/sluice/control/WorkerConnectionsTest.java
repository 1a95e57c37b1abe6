package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.director.Director;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.Path;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

final class WorkerConnectionsTest {

    private static final int CONNECTIONS = 40_000;
    private static final int FIRST_PORT = 1024;
    private static final long SECOND = 1_000_000_000L;

    private record AnyPath(int mtuBytes, boolean isLocal) implements Path {}

    private final Director director =
            new Director(0, DirectorSettings.DEFAULT, (_, _, _, _, _) -> new AnyPath(1500, false));
    private final BlockingQueue<WorkerConnections.Listing> mailbox = new LinkedBlockingQueue<>();
    private final Thread worker = Thread.ofPlatform().unstarted(this::work);

    @BeforeEach
    void fillTheTable() throws Exception {
        Table table = new Table(Capabilities.DIRECTOR, 1, director::configure);
        ServiceKey dns = new ServiceKey.AtAddress(Protocol.UDP, Address.parse("10.0.0.1"), 53);
        table.addService(dns, ServiceSettings.scheduledBy("rr"));
        table.addServer(
                dns, Address.parse("10.1.0.1"), 53, ServerSettings.of(Method.MASQUERADING, 1));
        for (int client = FIRST_PORT; client < FIRST_PORT + CONNECTIONS; client++) {
            director.process(
                    PacketBuilder.ipv4("192.168.0.1", "10.0.0.1").udp(client, 53).view(), SECOND);
        }
        worker.start();
    }

    /// A worker without packets: takes what is posted, and goes round until it is done.
    private void work() {
        try {
            while (true) {
                WorkerConnections.Listing listing = mailbox.take();
                while (!listing.advance(director, SECOND)) {
                    Thread.onSpinWait();
                }
            }
        } catch (InterruptedException _) {
            // The end of the test.
        }
    }

    @AfterEach
    void stop() throws Exception {
        worker.interrupt();
        worker.join();
        director.close();
    }

    @Test
    void everyConnectionIsSeenOnce() {
        Set<Integer> ports = new HashSet<>();
        new WorkerConnections(List.of(mailbox::add), 60 * SECOND)
                .forEach(entry -> assertThat(ports.add(entry.clientPort())).isTrue());
        assertThat(ports).hasSize(CONNECTIONS);
    }

    @Test
    void workersAreAskedOneAfterTheOther() {
        int[] seen = {0};
        new WorkerConnections(List.of(mailbox::add, mailbox::add), 60 * SECOND)
                .forEach(_ -> seen[0]++);
        assertThat(seen[0]).isEqualTo(2 * CONNECTIONS);
    }

    @Test
    void aReaderThatGivesUpDoesNotHoldTheWorker() {
        WorkerConnections connections = new WorkerConnections(List.of(mailbox::add), 60 * SECOND);
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        connections.forEach(_ -> {
                            throw new IllegalStateException("gone");
                        }));
        int[] seen = {0};
        connections.forEach(_ -> seen[0]++);
        assertThat(seen[0]).isEqualTo(CONNECTIONS);
    }

    @Test
    void aWorkerThatIsStuckOrBusyIsReported() {
        assertThatIllegalStateException()
                .isThrownBy(() -> new WorkerConnections(List.of(_ -> true), 1000).forEach(_ -> {}))
                .withMessage("worker 0 does not answer");
        assertThatIllegalStateException()
                .isThrownBy(() -> new WorkerConnections(List.of(_ -> false), 1).forEach(_ -> {}))
                .withMessage("worker 0 has too much to do");
    }
}
