package dev.sluice.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassType;
import com.sun.jdi.InvalidTypeException;
import com.sun.jdi.Location;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;

import dev.sluice.control.ControlClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/// A thread of the real daemon dies, by an error that a debugger throws in it: the daemon ends with
/// it, and what it captured is dropped, not answered by the kernel.
final class DyingThreadsIT {

    private static final int BUG = 70;
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int SILENCE_MILLIS = 700;
    private static final String DEBUGGED =
            "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:";
    private static final String PORT = "8000";

    private LabNetwork network;
    private DirectorProcess director;

    @BeforeEach
    void startDirector() throws IOException {
        network = TestBed.natNetwork(1);
        HttpNameServer.start(network.realServers().getFirst(), 80);
        Path routers =
                Files.writeString(
                        network.directory().resolve("keepalived.conf"),
                        """
                        vrrp_instance one {
                            state BACKUP
                            interface eth0
                            virtual_router_id 51
                            priority 100
                            virtual_ipaddress { 10.0.0.77/32 }
                        }
                        """);
        director =
                DirectorProcess.launch(
                        network,
                        Map.of("SLUICE_JAVA_OPTIONS", DEBUGGED + PORT),
                        "--workers",
                        "2",
                        "-f",
                        routers.toString());
        director.awaitReady();
        director.ipvsadm("-A", "-t", "10.0.0.13:80", "-s", "rr").orThrow();
        director.ipvsadm("-a", "-t", "10.0.0.13:80", "-r", "172.16.1.11:80", "-m").orThrow();
        assertThat(TestBed.attempt(network, PATIENCE_MILLIS)).isEqualTo("answered");
    }

    @AfterEach
    void stopDirector() {
        network.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker-0", "worker-1", "kernel-watch", "neighbours", "vrrp"})
    void aThreadThatDiesEndsTheDaemonAndNobodyIsAnsweredByTheKernel(String name) throws Exception {
        VirtualMachine debugged = attach();
        ThreadReference thread =
                debugged.allThreads().stream()
                        .filter(one -> one.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        throwIn(thread);
        daemonEndsAndPacketsAreDropped(name);
    }

    /// Virtual threads stop only where they are held.
    @ParameterizedTest
    @CsvSource({
        "dev.sluice.control.Table, poll, housekeeping",
        "dev.sluice.daemon.TroubleLog, poll, trouble-log",
        "dev.sluice.control.ControlServer, acceptAll, control"
    })
    void aVirtualThreadIsNoExceptionToThat(String type, String method, String name)
            throws Exception {
        VirtualMachine debugged = attach();
        ClassType declaring = (ClassType) debugged.classesByName(type).getFirst();
        for (Location location : declaring.methodsByName(method).getFirst().allLineLocations()) {
            BreakpointRequest request =
                    debugged.eventRequestManager().createBreakpointRequest(location);
            request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
            request.enable();
        }
        assertThat(ControlClient.isAnswering(network.controlSocket())).isTrue();
        EventSet held = awaitBreakpoint(debugged);
        for (Event event : held) {
            throwIn(((BreakpointEvent) event).thread());
        }
        debugged.eventRequestManager().deleteAllBreakpoints();
        held.resume();
        daemonEndsAndPacketsAreDropped(name);
    }

    @Test
    void whoStartsItAgainServesAsBefore() throws Exception {
        throwIn(
                attach().allThreads().stream()
                        .filter(one -> one.name().equals("worker-0"))
                        .findFirst()
                        .orElseThrow());
        daemonEndsAndPacketsAreDropped("worker-0");
        Path rules =
                Files.writeString(
                        network.directory().resolve("rules"),
                        """
                        -A -t 10.0.0.13:80 -s rr
                        -a -t 10.0.0.13:80 -r 172.16.1.11:80 -m -w 1
                        """);
        director = DirectorProcess.start(network, "--restore", rules.toString());
        assertThat(TestBed.attempt(network, PATIENCE_MILLIS)).isEqualTo("answered");
    }

    private void daemonEndsAndPacketsAreDropped(String name) {
        assertThat(director.awaitEnd()).isEqualTo(BUG);
        assertThat(director.log())
                .contains("sluice: thread " + name + " died")
                .contains("exit status 70");
        assertThat(TestBed.attempt(network, SILENCE_MILLIS)).isEqualTo("no answer");
        assertThat(ControlClient.isAnswering(network.controlSocket())).isFalse();
    }

    private VirtualMachine attach() {
        AttachingConnector sockets =
                Bootstrap.virtualMachineManager().attachingConnectors().stream()
                        .filter(one -> one.name().equals("com.sun.jdi.SocketAttach"))
                        .findFirst()
                        .orElseThrow();
        Map<String, Connector.Argument> where = sockets.defaultArguments();
        Objects.requireNonNull(where.get("hostname")).setValue("127.0.0.1");
        Objects.requireNonNull(where.get("port")).setValue(PORT);
        return network.director()
                .run(() -> {
                    try {
                        return sockets.attach(where);
                    } catch (IllegalConnectorArgumentsException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private static void throwIn(ThreadReference thread) throws InvalidTypeException {
        // Java keeps some of them for the day when it cannot make one.
        ObjectReference error =
                thread.virtualMachine()
                        .classesByName("java.lang.OutOfMemoryError")
                        .getFirst()
                        .instances(1)
                        .getFirst();
        try {
            thread.stop(error);
        } catch (VMDisconnectedException alreadyDead) {
            // It was faster than its answer.
        }
    }

    private static EventSet awaitBreakpoint(VirtualMachine debugged) throws InterruptedException {
        while (true) {
            EventSet events = debugged.eventQueue().remove(PATIENCE_MILLIS);
            assertThat(events).as("it stops there").isNotNull();
            if (events.stream().allMatch(event -> event instanceof BreakpointEvent)) {
                return events;
            }
            events.resume();
        }
    }
}
