package dev.sluice.gate;

import dev.sluice.director.service.Configuration;
import dev.sluice.gate.GateTableWriter.Contents;
import dev.sluice.gate.layout.Decision;
import dev.sluice.gate.layout.InterfaceEntry;
import dev.sluice.gate.layout.Maps;
import dev.sluice.gate.layout.Settings;
import dev.sluice.gate.program.Programs;
import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.TcxLink;
import dev.sluice.net.bpf.TcxLink.Direction;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Opened;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

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
public final class EbpfGate implements Gate, GatePrograms {

    private static final VarHandle HEARTBEAT = ValueLayout.JAVA_LONG.varHandle();

    private final GateSettings settings;
    private final List<InterfaceClaim> claims = new ArrayList<>();
    private final NetworkNamespace home;
    private final Rtnetlink netlink;
    private final Interfaces named;
    private final Pins pins;
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
            named = new Interfaces(settings.interfaces());
            named.check(netlink.links().list());
            for (String name : settings.interfaces()) {
                claims.add(opened.add(InterfaceClaim.of(name)));
            }
            claims.add(opened.add(InterfaceClaim.of(SlowPair.GATE_END)));
            Pins here = Pins.here();
            pins = here;
            pins.createDirectory();
            opened.add(here::deleteIfEmpty);
            pins.removeThoseOfVanished();
            maps = opened.add(GateMaps.open(pins.directory()));
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
                    way == Way.TCX
                            ? new TcxAttachments(pins.directory())
                            : new ClsactAttachments(netlink);
            start();
        } catch (RuntimeException e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    private void start() {
        try {
            if (!maps.adopted()) {
                pins.delete(GateMaps.names());
                maps.pin(pins.directory());
            }
            // Who died a moment ago still looks alive, and this director has no table yet: what
            // comes now would be passed to the kernel.
            for (int worker = 0; worker < Maps.MAXIMUM_WORKERS; worker++) {
                HEARTBEAT.setRelease(heartbeats, (long) worker * Long.BYTES, 0L);
            }
            writeSettings(Configuration.empty(settings.workers()));
            attachments.attach(sink, slow.slow1(), SlowPair.WORKER_END, Direction.INGRESS);
            attachments.attach(giveBack, slow.slow0(), SlowPair.GATE_END, Direction.INGRESS);
            attachments.attach(routed, slow.slow0(), SlowPair.GATE_END, Direction.EGRESS);
            linksChanged(named::open);
            localsChanged();
        } catch (RuntimeException e) {
            if (!maps.adopted()) {
                attachments.detachAll();
                pins.remove();
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

    @Override
    public Optional<GatePrograms> programs() {
        return Optional.of(this);
    }

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
        linksChanged(named::update);
        localsChanged();
    }

    /// A frame goes back only to an interface whose MAC address is known.
    private void linksChanged(BiConsumer<List<Link>, Interfaces.Side> attach) {
        List<Link> links = netlink.links().list();
        Map<ByteBuffer, ByteBuffer> macs = new HashMap<>();
        for (Link link : links) {
            if (settings.interfaces().contains(link.name())) {
                macs.put(InterfaceEntry.key(link.index()), InterfaceEntry.value(link.macAddress()));
            }
        }
        interfaces.add(macs);
        attach.accept(links, atInterfaces);
        interfaces.remove(macs);
        fronts.follow(links);
    }

    private final Interfaces.Side atInterfaces =
            new Interfaces.Side() {
                @Override
                public void attach(Link link) {
                    // An index means something only at home, and the caller may be elsewhere.
                    home.run(() ->
                            attachments.attach(gate, link.index(), link.name(), Direction.INGRESS));
                }

                @Override
                public void gone(String name, int index) {
                    attachments.gone(index);
                }
            };

    private void localsChanged() {
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
    public long count(Decision decision) {
        return maps.count(decision);
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
        pins.remove();
        SlowPair.delete(netlink.links());
        abandon();
    }

    /// Lets go of everything without taking it away, as when the process is killed.
    synchronized void abandon() {
        closed = true;
        attachments.close();
        Opened held = new Opened();
        claims.forEach(held::add); // closed last: until then nobody may take over
        List.of(home, netlink, arena, maps, sink, giveBack, routed, gate).forEach(held::add);
        held.close();
    }

    /// Removes what a director that died left in the calling thread's network namespace, and what
    /// others left in namespaces that are gone.
    ///
    /// @return whether there was anything
    static boolean removeLeftovers() {
        try (Rtnetlink netlink = Rtnetlink.open()) {
            Pins pins = Pins.here();
            boolean any = pins.removeThoseOfVanished();
            any |= new TcxAttachments(pins.directory()).detachAll();
            any |= new ClsactAttachments(netlink).detachAll();
            any |= SlowPair.delete(netlink.links());
            any |= pins.remove();
            return any;
        } catch (LinuxException e) {
            if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES) {
                return false; // who may not use bpf(2) has left nothing there
            }
            throw e;
        }
    }
}
