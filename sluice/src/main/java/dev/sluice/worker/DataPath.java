package dev.sluice.worker;

import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.Director;
import dev.sluice.director.DirectorSettings;
import dev.sluice.director.service.Configuration;
import dev.sluice.gate.Gate;
import dev.sluice.gate.layout.Metadata;
import dev.sluice.net.linux.Opened;
import dev.sluice.net.linux.ThreadClock;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.packet.Fanout;
import dev.sluice.net.packet.PacketRing;
import dev.sluice.net.packet.PacketSender;
import dev.sluice.net.packet.Waiter;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Everything between the gate and the wire: the workers, their sockets and threads, and the watch
/// over the kernel's routes.
///
/// A worker opens nothing itself; it gets what it needs here and is started last, so that a failure
/// to open leaves nothing running.
public final class DataPath implements AutoCloseable {

    private final Gate gate;
    private final long busyPollNanos;
    private final Priority priority;
    private final Opened opened = new Opened();
    private final List<WorkerThread> threads = new ArrayList<>();
    private final KernelNeighbours neighbours;
    private final KernelWatch watch;
    private final LostHops lostHops = new LostHops();
    private volatile Configuration configuration;

    /// Opens sockets and starts to forward.
    ///
    /// @param busyPollNanos how long a worker without work looks for frames before it sleeps
    /// @param priority what the workers ask of the kernel
    /// @param failed told when a worker had to stop because of a bug
    public DataPath(
            Gate gate,
            DirectorSettings settings,
            Configuration configuration,
            long busyPollNanos,
            Priority priority,
            Consumer<Throwable> failed) {
        this.gate = gate;
        this.busyPollNanos = busyPollNanos;
        this.priority = priority;
        this.configuration = configuration;
        int workers = settings.steering().workers();
        try {
            Arena arena = Arena.ofShared();
            opened.add(arena);
            HandOver handOver = workers > 1 ? new HandOver(workers, arena, this::wake) : null;
            neighbours = open(new KernelNeighbours(open(Rtnetlink.open())));
            watch = new KernelWatch(open(Rtnetlink.open()), neighbours, gate::addressesChanged);
            for (int index = 0; index < workers; index++) {
                threads.add(thread(index, settings, configuration, handOver, arena, failed));
            }
        } catch (RuntimeException e) {
            opened.closeAfter(e);
            throw e;
        }
        watch.start(threads);
        threads.forEach(WorkerThread::start);
        if (priority instanceof Priority.Immediate(int ofWorkers)) {
            open(new Watchdog(threads.stream().map(WorkerThread::watched).toList(), ofWorkers + 1))
                    .start();
        }
    }

    private WorkerThread thread(
            int index,
            DirectorSettings settings,
            Configuration configuration,
            @Nullable HandOver handOver,
            Arena arena,
            Consumer<Throwable> failed) {
        List<Intake> intakes = new ArrayList<>();
        List<PacketRing> rings = new ArrayList<>();
        for (Gate.Capture capture : gate.captures()) {
            PacketRing ring =
                    open(
                            PacketRing.open(
                                    capture.interfaceIndex(),
                                    capture.name(),
                                    fanout(capture, settings.steering().workers())));
            rings.add(ring);
            intakes.add(new Intake(ring, capture.returnInterface(), capture.hasMetadata()));
        }
        Losses losses = new Losses(lostHops);
        KernelRoutes kernel = new KernelRoutes(open(Rtnetlink.open()), neighbours);
        RouteCache routes = new RouteCache(kernel, watch.pieces(), losses);
        PacketSender out = open(new PacketSender("out", 0));
        Transmitter transmitter = new Transmitter(routes, kernel, out, arena);
        Worker worker =
                new Worker(
                        index,
                        open(new Director(index, settings, routes, transmitter)),
                        intakes,
                        transmitter,
                        open(new PacketSender("return to the stack", Metadata.RETURN_MARK)),
                        gate.programs()
                                .<Worker.Heartbeat>map(it -> it::beat)
                                .orElse(Worker.Heartbeat.UNHEARD),
                        handOver,
                        losses,
                        new Rounds(new ThreadClock()::nanos),
                        configuration);
        return new WorkerThread(
                worker, open(new Waiter(rings)), new BusyPoll(busyPollNanos), priority, failed);
    }

    /// The sockets of all workers share an interface's frames as the gate says; IPv4 fragments are
    /// put together on the way, also for a single worker.
    private static Fanout fanout(Gate.Capture capture, int workers) {
        int group = capture.interfaceIndex() & 0xffff;
        return capture.hasMetadata() && workers > 1
                ? Fanout.byByte(group, Metadata.WORKER)
                : Fanout.toFirst(group);
    }

    private <T extends AutoCloseable> T open(T resource) {
        return opened.add(resource);
    }

    private void wake(int worker) {
        threads.get(worker).wake();
    }

    /// What was published last.
    public Configuration configuration() {
        return configuration;
    }

    /// Control's thread: forward by this from the next burst on.
    public void publish(Configuration newest) {
        configuration = newest;
        threads.forEach(thread -> thread.publish(newest));
    }

    /// What there is to tell of next hops.
    public LostHops lostHops() {
        return lostHops;
    }

    public List<Worker> workers() {
        return threads.stream().map(WorkerThread::worker).toList();
    }

    /// How each worker stands among whoever else wants its processor.
    public List<Standing> standings() {
        return threads.stream().map(WorkerThread::standing).toList();
    }

    /// Shows every connection of every worker on the caller's thread.
    public void connections(Consumer<ConnectionEntry> visitor) {
        connectionsWhile(connection -> {
            visitor.accept(connection);
            return true;
        });
    }

    /// Shows connections on the caller's thread until it has seen enough.
    ///
    /// @param visitor says whether to go on
    public void connectionsWhile(Predicate<ConnectionEntry> visitor) {
        for (WorkerThread thread : threads) {
            if (!ConnectionListing.show(thread, visitor)) {
                return;
            }
        }
    }

    @Override
    public void close() {
        watch.close();
        threads.forEach(WorkerThread::stop);
        opened.close();
    }
}
