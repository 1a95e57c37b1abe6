package dev.sluice.daemon;

import dev.sluice.control.DesiredState;
import dev.sluice.control.Edit;
import dev.sluice.control.Origin;
import dev.sluice.control.Program;
import dev.sluice.control.PublicationException;
import dev.sluice.control.Reconciliation;
import dev.sluice.control.RefusedException;
import dev.sluice.control.Table;
import dev.sluice.control.WantedService;
import dev.sluice.health.Health;
import dev.sluice.health.HealthListener;
import dev.sluice.health.pool.Pool;
import dev.sluice.vrrp.State;
import dev.sluice.wire.Address;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The virtual servers of a file at work: what the file says and checks find is brought into the
/// table, each time as one change.
///
/// ```
///  file ──FilePool──► Health ──Pool──► WantedService ──Reconciliation──► edits ──► Table
///                       ▲ checks          what the table should be         one publication
/// ```
///
/// Its state is guarded by the lock of [Health], under which all its methods run.
final class VirtualServers implements HealthListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(VirtualServers.class);

    /// How often a change is tried again when the table changes under it.
    private static final int ATTEMPTS = 5;

    /// How often the machine's addresses are looked at for `ha_suspend`; keepalived is told by the
    /// kernel.
    private static final long LOOK_MILLIS = 500;

    private final ScheduledExecutorService changes =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofVirtual().name("virtual-servers").factory());
    private final Table table;
    private final Consumer<String> events;
    private final Health health = new Health(this);
    private final Reconciliation reconciliation = new Reconciliation();
    private final Set<String> masters = new HashSet<>();
    private volatile Map<String, FilePool> pools = new LinkedHashMap<>();
    private Map<String, List<WantedService>> wanted = new LinkedHashMap<>();

    /// @param events takes the lines that FIFOs get
    VirtualServers(Table table, Consumer<String> events) {
        this.table = table;
        this.events = events;
        var _ =
                changes.scheduleWithFixedDelay(
                        this::pauseWithoutAddress, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    Health health() {
        return health;
    }

    /// Empties the table: `lvs_flush`.
    void flush() throws RefusedException {
        table.apply(new Edit.Clear(Origin.FILE));
    }

    /// From now on these, and no others: one change of the table, and what is the same in both is
    /// not touched.
    ///
    /// @throws RefusedException when the table does not take it; then everything is as it was
    void load(KeepalivedFile file) throws RefusedException {
        Map<String, FilePool> next = byName(file.pools());
        health.replace(
                file.pools().stream().map(FilePool::pool).toList(),
                states -> {
                    Map<String, List<WantedService>> then = wanted(next, states);
                    apply(flat(wanted), flat(then), own(file));
                    pools = next;
                    wanted = then;
                });
        pauseWithoutAddress();
    }

    /// What [#load] would do.
    List<Edit> plan(KeepalivedFile file) {
        Map<String, FilePool> next = byName(file.pools());
        List<Edit> edits = new ArrayList<>(own(file));
        health.preview(
                file.pools().stream().map(FilePool::pool).toList(),
                states ->
                        edits.addAll(
                                reconciliation.edits(
                                        flat(wanted),
                                        flat(wanted(next, states)),
                                        table.desired())));
        return edits;
    }

    /// What the file says about the table as a whole, as far as it is not so already.
    private List<Edit> own(KeepalivedFile file) {
        var timeouts = file.timeouts();
        var present = table.desired().timeouts();
        if (timeouts == null
                || same(timeouts.tcpSeconds(), present.tcpSeconds())
                        && same(timeouts.finSeconds(), present.tcpFinSeconds())
                        && same(timeouts.udpSeconds(), present.udpSeconds())) {
            return List.of();
        }
        return List.of(
                new Edit.SetTimeouts(
                        Origin.FILE,
                        timeouts.tcpSeconds(),
                        timeouts.finSeconds(),
                        timeouts.udpSeconds()));
    }

    private static boolean same(int wantedSeconds, int seconds) {
        return wantedSeconds == 0 || wantedSeconds == seconds;
    }

    private static Map<String, FilePool> byName(List<FilePool> pools) {
        Map<String, FilePool> map = new LinkedHashMap<>();
        pools.forEach(pool -> map.put(pool.pool().name(), pool));
        return map;
    }

    private Map<String, List<WantedService>> wanted(
            Map<String, FilePool> pools, Collection<Pool> states) {
        Map<String, List<WantedService>> map = new LinkedHashMap<>();
        for (Pool state : states) {
            FilePool pool = pools.get(state.rules().name());
            if (pool != null) {
                map.put(state.rules().name(), wanted(pool, state));
            }
        }
        return map;
    }

    /// Nothing while another router is the active one.
    private List<WantedService> wanted(FilePool pool, Pool state) {
        boolean isServed = pool.follows() == null || masters.contains(pool.follows());
        return isServed ? pool.wanted(state) : List.of();
    }

    private static List<WantedService> flat(Map<String, List<WantedService>> services) {
        return services.values().stream().flatMap(List::stream).toList();
    }

    /// Somebody else may change the table in between: then it is looked at again.
    private void apply(List<WantedService> before, List<WantedService> next, List<Edit> more)
            throws RefusedException {
        for (int attempt = 1; ; attempt++) {
            DesiredState present = table.desired();
            List<Edit> edits = new ArrayList<>(more);
            edits.addAll(reconciliation.edits(before, next, present));
            if (edits.isEmpty()) {
                return;
            }
            reconciliation.remember(edits, present);
            try {
                table.apply(edits);
                return;
            } catch (RefusedException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void changed(String name, Pool state) {
        FilePool pool = pools.get(name);
        if (pool == null) {
            return;
        }
        List<WantedService> next = wanted(pool, state);
        try {
            apply(wanted.getOrDefault(name, List.of()), next, List.of());
            wanted.put(name, next);
        } catch (RefusedException | PublicationException e) {
            // Tried again with the next change of the pool, whose edits include these.
            LOG.error("the table does not follow the checks of VS {}: {}", name, e.getMessage());
        }
    }

    /// A virtual router of this machine has become active, or is so no longer. Any thread; returns
    /// at once.
    void entered(String instance, State.Name router) {
        boolean isMaster = router == State.Name.MASTER;
        changes.execute(() ->
                health.refresh(() -> {
                    boolean isNew = isMaster ? masters.add(instance) : masters.remove(instance);
                    if (isNew
                            && pools.values().stream()
                                    .anyMatch(it -> instance.equals(it.follows()))) {
                        LOG.info(
                                "virtual servers that follow {} are {}",
                                instance,
                                isMaster ? "served" : "no longer served");
                    }
                }));
    }

    /// Pauses the checks of pools none of whose addresses is on this machine, and lets the others
    /// go on: `ha_suspend`.
    private void pauseWithoutAddress() {
        List<FilePool> concerned =
                pools.values().stream().filter(pool -> !pool.pausesWithout().isEmpty()).toList();
        if (concerned.isEmpty()) {
            return;
        }
        Set<Address> here = addressesHere();
        for (FilePool pool : concerned) {
            health.pause(
                    pool.pool().name(), pool.pausesWithout().stream().noneMatch(here::contains));
        }
    }

    private static Set<Address> addressesHere() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(address -> Address.of(address.getAddress()))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            return Set.of();
        }
    }

    /// `sluice release [SERVER…]`: weights that were set by hand are the file's and the checks'
    /// again.
    int release(Program.Call call) {
        List<String> names = call.words();
        List<Edit> edits = new ArrayList<>();
        health.refresh(() -> {
            edits.addAll(
                    reconciliation.release(
                            flat(wanted),
                            table.desired(),
                            key ->
                                    names.isEmpty()
                                            || names.contains(key.toString())
                                            || names.contains(key.address().toString())));
            table.applyEach(edits);
        });
        call.out().println(edits.size() + " weights released");
        return 0;
    }

    @Override
    public void event(String line) {
        events.accept(line);
    }

    /// Ends the checks. The table stays as it is: it ends with the process.
    @Override
    public void close() {
        changes.shutdownNow();
        health.close();
    }
}
