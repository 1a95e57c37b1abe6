package dev.sluice.daemon;

import dev.sluice.config.settings.Globals;
import dev.sluice.config.settings.InterfaceSettings;
import dev.sluice.config.settings.Notifications;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.SyncGroup;
import dev.sluice.config.settings.VrrpInstance;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problem;
import dev.sluice.net.netlink.Addresses;
import dev.sluice.net.netlink.Route;
import dev.sluice.router.Instance;
import dev.sluice.router.Notify;
import dev.sluice.router.RouterGroup;
import dev.sluice.router.TrackedFile;
import dev.sluice.router.TrackedProcess;
import dev.sluice.router.TrackedScript;
import dev.sluice.router.VirtualAddress;
import dev.sluice.router.VirtualRoute;
import dev.sluice.router.VrrpSettings;
import dev.sluice.vrrp.Authentication;
import dev.sluice.vrrp.ChecksumForm;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.Tracker;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The virtual routers of a keepalived.conf, as the router package wants them. What is asked for
/// there and not done here is said, one by one.
final class KeepalivedRouters {

    private static final long MAX_PRIORITY_DELAY_CENTIS = 10_000_000;

    private final Settings settings;
    private final KeepalivedScripts scripts;
    private final List<Problem> notDone = new ArrayList<>();

    private KeepalivedRouters(Settings settings) {
        this.settings = settings;
        scripts = new KeepalivedScripts(settings.globals().scripts());
    }

    /// @param notDone what the file asks for and does not get
    record Translation(VrrpSettings settings, List<Problem> notDone) {}

    static Translation translate(Settings settings) {
        KeepalivedRouters routers = new KeepalivedRouters(settings);
        return new Translation(routers.translate(), routers.notDone);
    }

    private VrrpSettings translate() {
        Globals globals = settings.globals();
        for (InterfaceSettings.GarpInterval interval : settings.garpIntervals()) {
            notDone(interval.place(), "garp_group", "the intervals of global_defs hold everywhere");
        }
        for (InterfaceSettings.Delays delays : settings.interfaceDelays()) {
            notDone(
                    delays.place(),
                    "interface_up_down_delays",
                    "changes of " + delays.name() + " count at once");
        }
        for (InterfaceSettings.Linkbeat linkbeat : settings.linkbeats()) {
            notDone(linkbeat.place(), "linkbeat", "the kernel tells of carriers");
        }
        settings.addresses()
                .forEach(one -> notDone(one.place(), "static_ipaddress", "add it with ip address"));
        settings.routes()
                .forEach(one -> notDone(one.place(), "static_routes", "add it with ip route"));
        settings.rules()
                .forEach(one -> notDone(one.place(), "static_rules", "add it with ip rule"));
        return new VrrpSettings(
                settings.instances().stream().map(this::instance).toList(),
                settings.syncGroups().stream()
                        .map(group ->
                                new RouterGroup(
                                        group.name(),
                                        group.instances(),
                                        notify(group.place(), group.notifications())))
                        .toList(),
                settings.scripts().stream().map(this::trackedScript).toList(),
                settings.files().stream().map(KeepalivedRouters::trackedFile).toList(),
                settings.processes().stream().map(this::trackedProcess).toList(),
                fifos(globals.fifos()),
                globals.arpInterval().toNanos(),
                globals.neighbourInterval().toNanos(),
                globals.scripts().isSecure());
    }

    private void notDone(Place place, String what, String hint) {
        notDone.add(
                new Problem(
                        Problem.Severity.WARNING, place, "`" + what + "` is not done yet", hint));
    }

    private List<String> fifos(Globals.Fifos fifos) {
        List<String> paths = new ArrayList<>();
        for (Globals.Fifo fifo : new Globals.@Nullable Fifo[] {fifos.all(), fifos.vrrp()}) {
            if (fifo == null) {
                continue;
            }
            paths.add(fifo.path());
            if (fifo.reader() != null) {
                notDone(fifo.place(), "notify_fifo_script", "start the reader by other means");
            }
            if (fifo.user() != null || fifo.group() != null) {
                notDone(fifo.place(), "the FIFO's owner", "make it before with mkfifo and chown");
            }
        }
        return paths;
    }

    // Instances.

    private Instance instance(VrrpInstance instance) {
        sayWhatIsNotDone(instance);
        String interfaceName = instance.interfaceName() == null ? "" : instance.interfaceName();
        List<VirtualAddress> addresses = instance.addresses().stream().map(this::address).toList();
        List<Tracker> trackers = new ArrayList<>();
        if (instance.followsOwnInterface() && !interfaceName.isEmpty()) {
            trackers.add(Instance.interfaceTracker(interfaceName, 0, false));
        }
        for (Tracker tracker : trackers(instance)) {
            trackers.removeIf(known -> known.name().equals(tracker.name()));
            trackers.add(tracker);
        }
        RouterSettings router =
                router(instance)
                        .with(it -> {
                            it.addresses = addresses.stream().map(VirtualAddress::address).toList();
                            it.trackers = trackers;
                        });
        return new Instance(
                router,
                interfaceName,
                instance.peers().source(),
                addresses,
                instance.excluded().stream().map(this::address).toList(),
                instance.routes().stream().map(this::route).toList(),
                notify(instance.place(), instance.notifications()));
    }

    private RouterSettings router(VrrpInstance from) {
        VrrpInstance.Elections elections = from.elections();
        VrrpInstance.Peers peers = from.peers();
        VrrpInstance.Announcements announcements = from.announcements();
        boolean isUnicast = !peers.unicast().isEmpty();
        return RouterSettings.of(from.family())
                .with(it -> {
                    it.name = from.name();
                    it.version = from.version();
                    it.routerId = from.virtualRouterId();
                    it.priority = from.priority();
                    it.intervalCentis = centis(from.advertInterval());
                    it.startsActive = from.startsAsMaster();
                    it.preempts = from.preemption().isOn();
                    it.preemptDelayNanos = from.preemption().delay().toNanos();
                    it.startupDelayNanos = settings.globals().startupDelay().toNanos();
                    it.downTimerAdverts = elections.lostAdverts();
                    it.authentication = authentication(from);
                    it.comparesAddresses = !elections.comparesAddressesOnce();
                    it.peers = peers.unicast().stream().map(KeepalivedRouters::peer).toList();
                    it.group = peers.group();
                    it.checksPeers = peers.checksSource();
                    if (isUnicast) {
                        it.ttl = peers.ttl();
                    }
                    it.guessesChecksum = peers.checksum() != VrrpInstance.UnicastChecksum.STANDARD;
                    if (isUnicast && peers.checksum() == VrrpInstance.UnicastChecksum.OLD) {
                        it.checksum = ChecksumForm.OLD_UNICAST;
                    }
                    it.answersLower = elections.lowerPriorityIsAnswered();
                    it.lastWord = elections.higherPriorityIsAnswered();
                    it.announcing =
                            new RouterSettings.Announcing(
                                    announcements.repeat(),
                                    announcements.delay().toNanos(),
                                    announcements.refresh().toNanos(),
                                    announcements.refreshRepeat(),
                                    announcements.lowerPriorityRepeat(),
                                    announcements.lowerPriorityDelay().toNanos());
                });
    }

    private static int centis(Duration interval) {
        return (int) Math.min((interval.toMillis() + 5) / 10, MAX_PRIORITY_DELAY_CENTIS);
    }

    private static Authentication authentication(VrrpInstance from) {
        VrrpInstance.Authentication authentication = from.authentication();
        if (authentication == null) {
            return Authentication.NONE;
        }
        return switch (authentication.kind()) {
            case PASS -> Authentication.password(authentication.password());
            case AH -> Authentication.header(authentication.password());
        };
    }

    private static RouterSettings.Peer peer(VrrpInstance.Peer peer) {
        RouterSettings.Peer any = RouterSettings.Peer.of(peer.address());
        return new RouterSettings.Peer(
                peer.address(),
                peer.leastTtl() == null ? any.minTtl() : peer.leastTtl(),
                peer.mostTtl() == null ? any.maxTtl() : peer.mostTtl());
    }

    private void sayWhatIsNotDone(VrrpInstance instance) {
        Place place = instance.place();
        if (instance.virtualMac() != null) {
            notDone(
                    place,
                    "use_vmac",
                    "the interface's own address is used, and gratuitous ARP tells of it");
        }
        if (instance.ipVlan() != null) {
            notDone(place, "use_ipvlan", "the addresses go on the interface itself");
        }
        if (!instance.rules().isEmpty()) {
            notDone(place, "virtual_rules", "add them with ip rule in notify_master");
        }
        if (!instance.acceptsPackets() && instance.priority() < 255) {
            notDone(place, "no_accept", "packets to the addresses are received; filter them");
        }
        if (instance.promotesSecondaries()) {
            notDone(
                    place,
                    "promote_secondaries",
                    "set net.ipv4.conf.INTERFACE.promote_secondaries with sysctl");
        }
        if (instance.vrf() != null) {
            notDone(place, "vrf", "name the VRF's own interface");
        }
        if (instance.interfaceName() == null) {
            notDone(place, "an instance without interface", "name the one that leads to the peers");
        }
        if (instance.elections().ownerIgnoresAdverts()) {
            notDone(
                    place,
                    "owner_ignore_adverts",
                    "an owner yields to another with a higher address");
        }
        if (instance.peers().followsSource()) {
            notDone(place, "track_src_ip", "a missing source address is no fault");
        }
        if (instance.peers().isFaultWithoutPeers() && instance.peers().unicast().isEmpty()) {
            notDone(place, "unicast_fault_no_peer", "it advertises to the group");
        }
        if (!instance.announcements().otherInterfaces().isZero()) {
            notDone(place, "garp_extra_if", "other interfaces are told at a take-over only");
        }
        sayAboutTrackers(place, instance.trackers());
    }

    private void sayAboutTrackers(Place place, dev.sluice.config.settings.Tracker.Uses uses) {
        if (!uses.bfdSessions().isEmpty()) {
            notDone(place, "track_bfd", "its sessions count as up");
        }
    }

    // Addresses and routes.

    private VirtualAddress address(dev.sluice.config.settings.VirtualAddress from) {
        Address address = from.prefix().address();
        int bits = from.prefix().bits();
        if (from.peer() != null) {
            notDone(from.place(), "peer", "the address is added without one");
        }
        for (String flag : from.flags()) {
            if (!flag.equals("-nodad")) { // which is done for all
                notDone(from.place(), flag, "the address is added without it");
            }
        }
        if (from.onVirtualMac()) {
            notDone(from.place(), "use_vmac", "the address goes on the interface itself");
        }
        boolean isSource =
                from.preferredSeconds() == null
                        ? !address.isIpv6() || bits < address.bits()
                        : from.preferredSeconds() > 0;
        return new VirtualAddress(
                address,
                bits,
                from.interfaceName(),
                new Addresses.Appearance(
                        from.label() == null ? "" : from.label(),
                        broadcast(from, address, bits),
                        scope(from.scope()),
                        isSource),
                from.isTracked());
    }

    private static @Nullable Address broadcast(
            dev.sluice.config.settings.VirtualAddress from, Address address, int bits) {
        if (from.broadcast() == null || address.isIpv6()) {
            return null;
        }
        int hostBits = bits == 0 ? -1 : ~(-1 << (32 - bits));
        return switch (from.broadcast()) {
            case dev.sluice.config.settings.VirtualAddress.BroadcastAddress(Address given) -> given;
            case dev.sluice.config.settings.VirtualAddress.HostBits(boolean areSet) ->
                    Address.ipv4(
                            areSet
                                    ? (int) address.low() | hostBits
                                    : (int) address.low() & ~hostBits);
        };
    }

    private static int scope(@Nullable String name) {
        return switch (name) {
            case null -> 0;
            case "global" -> 0;
            case "site" -> 200;
            case "link" -> 253;
            case "host" -> 254;
            case "nowhere" -> 255;
            default -> Integer.parseInt(name);
        };
    }

    private VirtualRoute route(dev.sluice.config.settings.VirtualAddress.Route from) {
        if (from.nextHops().size() > 1) {
            notDone(from.place(), "a route with several next hops", "the first one is used");
        }
        for (String option : from.options().keySet()) {
            notDone(from.place(), option, "the route is added without it");
        }
        if (from.from() != null) {
            notDone(from.place(), "from", "the route is added without it");
        }
        var hop = from.nextHops().isEmpty() ? null : from.nextHops().getFirst();
        return new VirtualRoute(
                from.destination().address(),
                from.destination().bits(),
                type(from),
                hop == null ? null : hop.gateway(),
                hop == null ? null : hop.interfaceName(),
                from.source(),
                table(from),
                from.metric() == null ? 0 : from.metric().intValue());
    }

    private Route.Type type(dev.sluice.config.settings.VirtualAddress.Route from) {
        try {
            return Route.Type.valueOf(from.type().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            notDone(from.place(), from.type(), "the route is added as an ordinary one");
            return Route.Type.UNICAST;
        }
    }

    private int table(dev.sluice.config.settings.VirtualAddress.Route from) {
        return switch (from.table()) {
            case null -> Route.TABLE_MAIN;
            case "main" -> Route.TABLE_MAIN;
            case "local" -> Route.TABLE_LOCAL;
            case "default" -> 253;
            case String number when number.matches("[0-9]+") -> Integer.parseInt(number);
            default -> {
                notDone(from.place(), "table " + from.table(), "write its number");
                yield Route.TABLE_MAIN;
            }
        };
    }

    // Trackers.

    private List<Tracker> trackers(VrrpInstance instance) {
        SyncGroup group = null;
        for (SyncGroup one : settings.syncGroups()) {
            if (one.instances().contains(instance.name())) {
                group = one;
            }
        }
        List<Tracker> own = new ArrayList<>();
        add(own, instance.trackers());
        if (group == null) {
            return own;
        }
        sayAboutTrackers(group.place(), group.trackers());
        if (!group.keepsWeights()) {
            own.replaceAll(Tracker::withoutWeight);
        }
        List<Tracker> all = new ArrayList<>();
        add(all, group.trackers());
        for (Tracker tracker : own) {
            all.removeIf(known -> known.name().equals(tracker.name()));
            all.add(tracker);
        }
        return all;
    }

    private void add(List<Tracker> trackers, dev.sluice.config.settings.Tracker.Uses uses) {
        for (var use : uses.interfaces()) {
            var weight = weight(use, new dev.sluice.config.settings.Tracker.Weight(0, false));
            trackers.add(
                    Instance.interfaceTracker(use.name(), weight.value(), weight.isReversed()));
        }
        for (var use : uses.scripts()) {
            for (var script : settings.scripts()) {
                if (script.name().equals(use.name())) {
                    var weight = weight(use, script.weight());
                    trackers.add(
                            trackedScript(script).tracker(weight.value(), weight.isReversed()));
                }
            }
        }
        for (var use : uses.files()) {
            for (var file : settings.files()) {
                if (file.name().equals(use.name())) {
                    var weight = weight(use, file.weight());
                    trackers.add(trackedFile(file).tracker(weight.value(), weight.isReversed()));
                }
            }
        }
        for (var use : uses.processes()) {
            for (var process : settings.processes()) {
                if (process.name().equals(use.name())) {
                    var weight = weight(use, process.weight());
                    trackers.add(
                            trackedProcess(process).tracker(weight.value(), weight.isReversed()));
                }
            }
        }
    }

    private static dev.sluice.config.settings.Tracker.Weight weight(
            dev.sluice.config.settings.Tracker.Use use,
            dev.sluice.config.settings.Tracker.Weight own) {
        return use.weight() == null ? own : use.weight();
    }

    private TrackedScript trackedScript(dev.sluice.config.settings.Tracker.Script from) {
        return new TrackedScript(
                from.name(),
                scripts.script(from.script()),
                from.interval().toMillis(),
                from.timeout().toMillis(),
                from.rise(),
                from.fall(),
                from.failsAtFirst());
    }

    private static TrackedFile trackedFile(dev.sluice.config.settings.Tracker.File from) {
        return new TrackedFile(
                from.name(), Path.of(from.path()), from.initialValue(), from.isOverwritten());
    }

    private TrackedProcess trackedProcess(dev.sluice.config.settings.Tracker.Processes from) {
        String command = from.command().getFirst();
        return new TrackedProcess(
                from.name(),
                command.substring(command.lastIndexOf('/') + 1),
                from.command().subList(1, from.command().size()),
                from.least(),
                from.most() == null ? Integer.MAX_VALUE : from.most());
    }

    // Scripts.

    private Notify notify(Place place, Notifications from) {
        if (from.mail()) {
            notDone(place, "smtp_alert", "no mail is sent about virtual routers");
        }
        if (from.priorityChanges()) {
            notDone(place, "notify_priority_changes", "the log has them");
        }
        return new Notify(
                scripts.orNull(from.master()),
                scripts.orNull(from.backup()),
                scripts.orNull(from.fault()),
                scripts.orNull(from.stop()),
                scripts.orNull(from.any()),
                scripts.orNull(from.lowerPriority()));
    }
}
