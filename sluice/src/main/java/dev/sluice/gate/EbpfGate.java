package dev.sluice.gate;

import dev.sluice.director.service.Configuration;
import dev.sluice.gate.GateTableWriter.Contents;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.InterfaceEntry;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Settings;
import dev.sluice.gate.program.Programs;
import dev.sluice.net.bpf.BpfFileSystem;
import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.TcxLink;
import dev.sluice.net.bpf.TcxLink.Direction;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/// The gate as eBPF programs ([Programs]) and maps ([GateMaps]).
///
/// Programs and maps are pinned below `/sys/fs/bpf/sluice/<netns inode>`: they outlive a director
/// that is killed, and see from the heartbeat that it is gone. The next one takes over maps, links
/// and the slow pair, and puts its own programs in the place of the old ones without a gap. What
/// the old one captured stays captured until the first [#publish]; until then nothing beats either,
/// so that established clients see their packets lost and not reset.
///
/// One director at a time: it claims its interfaces and the slow pair, which both belong to the
/// network namespace.
///
/// Everything but [#beat] is guarded by this object's lock: control publishes, and the watch over
/// the kernel's addresses reports, on threads of their own.
public final class EbpfGate implements Gate {

    private static final Logger LOG = LoggerFactory.getLogger(EbpfGate.class);

    private static final VarHandle HEARTBEAT = ValueLayout.JAVA_LONG.varHandle();

    /// Devices that take frames before their own stack sees them: the gate belongs at their master.
    private static final Set<String> MASTERS = Set.of("bridge", "bond", "team", "openvswitch");

    private final GateSettings settings;
    private final List<InterfaceClaim> claims = new ArrayList<>();
    private final NetworkNamespace home;
    private final Rtnetlink netlink;
    private final Path directory;
    private final Arena arena = Arena.ofShared();
    private final GateMaps maps;
    private final MemorySegment heartbeats;
    private final GateTableWriter writer;
    private final MapMirror interfaces;
    private final SlowPair slow;
    private final BpfProgram gate;
    private final BpfProgram routed;
    private final BpfProgram giveBack;
    private final BpfProgram sink;
    private final Attachments attachments;

    /// Interfaces that have the program, by index.
    private final Map<Integer, String> attached = new HashMap<>();

    private final Fronts fronts;

    private Configuration configuration = Configuration.empty(1);
    private Contents contents = Contents.NOTHING;

    /// This machine's own addresses.
    private Set<Address> locals = Set.of();

    private volatile boolean published;
    private boolean closed;

    /// How programs are put at interfaces.
    enum Way {
        TCX,
        CLSACT
    }

    /// Opens the gate in the calling thread's network namespace.
    ///
    /// @throws LinuxException with EPERM where bpf(2) is refused: use direct mode then
    static EbpfGate open(GateSettings settings) {
        try (BpfProgram probe = BpfProgram.load(Programs.sink(), Map.of())) {
            Way way = TcxLink.isSupported(probe) ? Way.TCX : Way.CLSACT;
            return new EbpfGate(settings, way);
        }
    }

    EbpfGate(GateSettings settings, Way way) {
        if (settings.workers() < 1 || settings.workers() > Maps.MAXIMUM_WORKERS) {
            throw new IllegalArgumentException("1 to " + Maps.MAXIMUM_WORKERS + " workers");
        }
        this.settings = settings;
        fronts = new Fronts(settings.interfaces(), Clock.systemUTC());
        Opened opened = new Opened();
        try {
            home = opened.add(NetworkNamespace.current());
            netlink = opened.add(Rtnetlink.open());
            settings.interfaces().forEach(this::checkInterface);
            for (String name : settings.interfaces()) {
                claims.add(opened.add(InterfaceClaim.of(name)));
            }
            claims.add(opened.add(InterfaceClaim.of(SlowPair.GATE_END)));
            Path pins = createDirectories(pinDirectory());
            directory = pins;
            opened.add(() -> deleteIfEmpty(pins));
            removePinsOfVanished(pins);
            maps = opened.add(GateMaps.open(directory));
            heartbeats = maps.get(Maps.HEARTBEAT).memory(arena);
            opened.add(arena);
            gate = opened.add(BpfProgram.load(Programs.gate(), maps.byName()));
            routed = opened.add(BpfProgram.load(Programs.routed(), maps.byName()));
            giveBack = opened.add(BpfProgram.load(Programs.giveBack(), maps.byName()));
            sink = opened.add(BpfProgram.load(Programs.sink(), maps.byName()));
            writer = new GateTableWriter(maps);
            interfaces = new MapMirror(maps.get(Maps.INTERFACES));
            slow = SlowPair.ensure(netlink.links());
            attachments =
                    way == Way.TCX ? new TcxAttachments(directory) : new ClsactAttachments(netlink);
            start();
        } catch (RuntimeException e) {
            opened.closeAll(e);
            throw e;
        }
    }

    private void start() {
        try {
            if (!maps.adopted()) {
                deletePins(GateMaps.names());
                maps.pin(directory);
            }
            writeSettings(Configuration.empty(settings.workers()));
            attachments.attach(sink, slow.slow1(), SlowPair.WORKER_END, Direction.INGRESS);
            attachments.attach(giveBack, slow.slow0(), SlowPair.GATE_END, Direction.INGRESS);
            attachments.attach(routed, slow.slow0(), SlowPair.GATE_END, Direction.EGRESS);
            addressesChanged();
        } catch (RuntimeException e) {
            if (!maps.adopted()) {
                attachments.detachAll();
                removePins(directory);
                SlowPair.delete(netlink.links());
            }
            throw e;
        }
    }

    private void writeSettings(Configuration configuration) {
        maps.writeSettings(
                new Settings(
                        slow.slow1(),
                        settings.workers(),
                        settings.steeringKey0(),
                        settings.steeringKey1(),
                        configuration.clientMask(Family.IPV4),
                        configuration.clientMask(Family.IPV6)));
    }

    /// Whether it found what an earlier director left behind.
    @Override
    public boolean tookOver() {
        return maps.adopted();
    }

    @Override
    public List<Capture> captures() {
        return List.of(new Capture(slow.slow1(), SlowPair.WORKER_END, slow.slow1(), true));
    }

    @Override
    public synchronized void publish(Configuration newest) {
        Configuration before = configuration;
        Contents wanted = new Contents(contents.tables().next(newest), locals);
        writeSettings(newest);
        try {
            writer.write(contents, wanted);
        } catch (LinuxException e) {
            writeSettings(before);
            throw e;
        }
        configuration = newest;
        contents = wanted;
        if (!published) {
            writer.removeOthers(wanted);
        }
        published = true;
    }

    @Override
    public void beat(int worker, long nowNanos) {
        if (published) {
            Objects.checkIndex(worker, settings.workers());
            HEARTBEAT.setRelease(heartbeats, (long) worker * Long.BYTES, nowNanos);
        }
    }

    @Override
    public synchronized void addressesChanged() {
        List<Link> links = netlink.links().list();
        Map<ByteBuffer, ByteBuffer> macs = new HashMap<>();
        Map<Integer, String> present = new HashMap<>();
        for (Link link : links) {
            if (settings.interfaces().contains(link.name())) {
                macs.put(InterfaceEntry.key(link.index()), InterfaceEntry.value(link.macAddress()));
                present.put(link.index(), link.name());
            }
        }
        interfaces.add(macs);
        attached.keySet().retainAll(present.keySet());
        present.forEach((index, name) -> {
            if (!attached.containsKey(index)) {
                // An index means something only at home, and the caller may be elsewhere.
                home.run(() -> attachments.attach(gate, index, name, Direction.INGRESS));
                attached.put(index, name);
            }
        });
        interfaces.remove(macs);
        fronts.follow(links);

        Set<Address> newLocals = new HashSet<>();
        for (InterfaceAddress address : netlink.addresses().list()) {
            newLocals.add(address.address());
        }
        if (!newLocals.equals(locals)) {
            locals = newLocals;
            if (published) {
                Contents wanted = new Contents(contents.tables(), locals);
                writer.write(contents, wanted);
                contents = wanted;
            }
        }
    }

    @Override
    public Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        for (Decision decision : Decision.values()) {
            counters.put(decision.name().toLowerCase(Locale.ROOT), maps.count(decision));
        }
        return counters;
    }

    @Override
    public Fronts fronts() {
        return fronts;
    }

    @Override
    public String mode() {
        return "ebpf";
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        attachments.detachAll();
        removePins(directory);
        SlowPair.delete(netlink.links());
        abandon();
    }

    /// Lets go of everything without taking it away, as when the process is killed.
    synchronized void abandon() {
        closed = true;
        attachments.close();
        List<AutoCloseable> held =
                new ArrayList<>(List.of(gate, routed, giveBack, sink, maps, arena, netlink, home));
        held.addAll(claims); // last: until then nobody may take over
        for (AutoCloseable each : held) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing the gate", e);
            }
        }
    }

    /// Removes what a director that died left in the calling thread's network namespace, and what
    /// others left in namespaces that are gone.
    ///
    /// @return whether there was anything
    static boolean removeLeftovers() {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            Path directory = pinDirectory();
            boolean any = removePinsOfVanished(directory);
            any |= new TcxAttachments(directory).detachAll();
            any |= new ClsactAttachments(netlink).detachAll();
            any |= SlowPair.delete(netlink.links());
            any |= removePins(directory);
            return any;
        } catch (LinuxException e) {
            if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES) {
                return false; // who may not use bpf(2) has left nothing there
            }
            throw e;
        }
    }

    private void checkInterface(String name) {
        Link link = netlink.links().get(name);
        if (link.isLoopback() || link.macAddress() < 0) {
            throw new LinuxException(
                    "gate",
                    name,
                    Errno.EINVAL,
                    "it is no Ethernet device; name those that clients and real servers are"
                            + " behind");
        }
        if (link.masterIndex() != 0) {
            Link master = netlink.links().get(link.masterIndex());
            if (MASTERS.contains(master.kind())) {
                throw new LinuxException(
                        "gate",
                        name,
                        Errno.EINVAL,
                        "it is a port of "
                                + master.name()
                                + ", where its packets come in; name that one");
            }
        }
    }

    /// Where this network namespace's pins are, if there are any.
    private static Path pinDirectory() {
        Path root = BpfFileSystem.mounted().resolve("sluice");
        try (NetworkNamespace here = NetworkNamespace.current()) {
            return root.resolve(Long.toString(here.inode()));
        }
    }

    private static Path createDirectories(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deletePins(List<String> names) {
        try {
            for (String name : names) {
                Files.deleteIfExists(directory.resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes what is pinned for network namespaces that are gone: a killed director's pins
    /// outlive it, and nobody comes back there to take them over. Without links, as with clsact,
    /// nothing tells such a directory from one in use, and it stays.
    ///
    /// @param own the directory of this namespace, which is let alone
    private static boolean removePinsOfVanished(Path own) {
        boolean any = false;
        try (Stream<Path> directories = Files.list(own.getParent())) {
            for (Path directory : directories.toList()) {
                if (!directory.equals(own) && TcxAttachments.areDefunct(directory)) {
                    any |= removePins(directory);
                    LOG.info("removed what was pinned for a network namespace that is gone");
                }
            }
        } catch (IOException | UncheckedIOException | LinuxException e) {
            // Somebody else removes it at the same time, or owns it.
            LOG.debug("could not look for pins of other network namespaces", e);
        }
        return any;
    }

    /// Deletes the directory with what is in it, and the one above when it is empty then.
    private static boolean removePins(Path directory) {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> pins = Files.list(directory)) {
            List<Path> all = pins.toList();
            for (Path pin : all) {
                Files.delete(pin);
            }
            deleteIfEmpty(directory);
            return !all.isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes the directory, and the one above when it is empty then; neither if something is
    /// there.
    private static void deleteIfEmpty(Path directory) throws IOException {
        try {
            Files.deleteIfExists(directory);
            Files.deleteIfExists(directory.getParent());
        } catch (DirectoryNotEmptyException inUse) {
            // By another director.
        }
    }

    /// What a constructor that fails has to close again.
    private static final class Opened {

        private final ArrayDeque<AutoCloseable> resources = new ArrayDeque<>();

        <T extends AutoCloseable> T add(T resource) {
            resources.push(resource);
            return resource;
        }

        void closeAll(Exception reason) {
            for (AutoCloseable resource : resources) {
                try {
                    resource.close();
                } catch (Exception e) {
                    reason.addSuppressed(e);
                }
            }
        }
    }
}
