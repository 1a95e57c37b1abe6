package dev.sluice.router;

import dev.sluice.net.linux.Alarm;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Poll;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.NetworkEvent;
import dev.sluice.net.netlink.Notifications;
import dev.sluice.net.netlink.Notifications.Topic;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.packet.RawIpSocket;
import dev.sluice.vrrp.Action;
import dev.sluice.vrrp.AdvertisementPacket;
import dev.sluice.vrrp.Deadline;
import dev.sluice.vrrp.Event;
import dev.sluice.vrrp.Reception;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.vrrp.State;
import dev.sluice.vrrp.Tracker;
import dev.sluice.vrrp.VirtualRouter;
import dev.sluice.vrrp.VirtualRouters;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// The virtual routers of one network namespace with their sockets, interfaces and scripts. Belongs
/// to the thread that makes it, in whose namespace all of that is.
///
/// A round: wait until something comes or is due; take the kernel's news, then every packet that is
/// there, then what others left; only then let time pass. So a thread that was late finds the
/// advertisements that it missed before it believes that there were none.
final class VrrpWorker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(VrrpWorker.class);

    private static final long MAXIMUM_SLEEP_NANOS = 1_000_000_000L;

    /// A flood of packets does not hold up the timers for ever.
    private static final int PACKETS_PER_ROUND = 1_000;

    private static final int MAX_PACKET_BYTES = 65_536;

    /// Later than this is worth a word: false take-overs follow.
    private static final long LATE_NANOS = 100_000_000L;

    // Of the descriptors that are waited for.
    private static final int NEWS = 1;

    private final Map<String, Instance> instances = new LinkedHashMap<>();
    private final Map<String, RouterGroup> groups = new LinkedHashMap<>();
    private final Set<Address> virtualAddresses = new HashSet<>();
    private final VirtualRouters routers;

    private final Alarm alarm;
    private final StateListener states;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final NetworkNamespace namespace = opened(NetworkNamespace.current());
    private final Rtnetlink netlink = opened(Rtnetlink.open());
    private final Notifications notifications =
            opened(Notifications.subscribe(Topic.LINKS, Topic.ADDRESSES));
    private final AdvertSockets sockets = opened(new AdvertSockets());
    private final Announcer announcer;
    private final Notifier notifier;
    private final Watches watches;
    private final Interfaces interfaces = new Interfaces();
    private final AddressKeeper addresses = new AddressKeeper(netlink, interfaces);
    private final MemorySegment incoming = Arena.ofAuto().allocate(MAX_PACKET_BYTES, 8);
    private final MemorySegment outgoing =
            Arena.ofAuto().allocate(AdvertisementPacket.MAX_BYTES, 8);
    private Poll poll;

    private final Complaints complaints = new Complaints();
    private final Map<String, Address> sources = new HashMap<>();
    private final Map<String, Integer> tracked = new HashMap<>();
    private final Map<String, Integer> packetIds = new HashMap<>();
    private long longestLateNanos;

    VrrpWorker(
            VrrpSettings settings, Alarm alarm, StateListener states, Watches.Listener listener) {
        this.alarm = alarm;
        this.states = states;
        List<RouterSettings> all = new ArrayList<>();
        for (Instance instance : settings.instances()) {
            instances.put(instance.name(), instance);
            all.add(instance.router());
            instance.allAddresses().forEach(it -> virtualAddresses.add(it.address()));
        }
        Map<String, List<String>> members = new LinkedHashMap<>();
        for (RouterGroup group : settings.groups()) {
            groups.put(group.name(), group);
            members.put(group.name(), group.members());
        }
        routers = new VirtualRouters(all, members);
        announcer = opened(new Announcer(settings.arpGapNanos(), settings.neighbourGapNanos()));
        notifier = opened(new Notifier(settings));
        interfaces.read(netlink);
        openSockets();
        poll = newPoll();
        watches = opened(new Watches(settings, listener));
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.add(part);
        return part;
    }

    private Poll newPoll() {
        return new Poll(
                Arena.ofAuto(),
                sockets.descriptors(alarm.descriptor(), notifications.descriptor()));
    }

    void start() {
        interfacesChanged();
        perform(routers.handle(new Event.Started(), System.nanoTime()));
    }

    /// @param box what others left to be done
    void round(Alarm alarm, Consumer<VrrpWorker> box) {
        long now = System.nanoTime();
        Deadline due = routers.deadline().or(announcer.due(now));
        poll.await(due.waitNanos(now, MAXIMUM_SLEEP_NANOS));
        boolean hasNews = poll.isReady(NEWS);
        alarm.silence();
        // Read before the packets: what comes while they are taken is heard before time passes it.
        now = System.nanoTime();
        noteDelay(due, now);
        receive();
        if (hasNews) {
            hearKernel();
        }
        box.accept(this);
        if (routers.deadline().isDue(now)) {
            perform(routers.handle(new Event.TimePassed(), now));
        }
        announcer.sendDue(System.nanoTime());
    }

    private void noteDelay(Deadline due, long now) {
        if (due.isDue(now)) {
            long lateNanos = now - due.atNanos();
            longestLateNanos = Math.max(longestLateNanos, lateNanos);
            if (lateNanos > LATE_NANOS) {
                LOG.warn("A thread timer expired {} seconds ago", lateNanos / 1e9);
            }
        }
    }

    void tracked(String tracker, int value) {
        event(new Event.Tracked(tracker, value));
    }

    void announce() {
        event(new Event.AnnouncementsWanted());
    }

    long longestLateNanos() {
        return longestLateNanos;
    }

    void stop() {
        watches.close();
        perform(routers.handle(new Event.StopRequested(), System.nanoTime()));
    }

    private void event(Event event) {
        perform(routers.handle(event, System.nanoTime()));
    }

    private void event(VirtualRouter router, Event event) {
        perform(routers.handle(router, event, System.nanoTime()));
    }

    // Packets.

    private void receive() {
        for (AdvertSockets.Key key : sockets.keys()) {
            RawIpSocket socket = sockets.get(key);
            for (int i = 0; socket != null && i < PACKETS_PER_ROUND; i++) {
                int length;
                try {
                    length = socket.receive(incoming);
                } catch (LinuxException e) {
                    complain(String.valueOf(e.getMessage()));
                    break;
                }
                if (length == 0) {
                    break;
                }
                receive(key, length);
            }
        }
    }

    private void receive(AdvertSockets.Key key, int length) {
        MemorySegment packet = incoming.asSlice(0, length);
        int routerId = Reception.routerId(packet, 0, length);
        if (routerId < 0) {
            return;
        }
        Address source = Reception.source(packet, 0);
        VirtualRouter router = find(key, routerId, source);
        if (router == null) {
            return; // another's, on the same network
        }
        switch (Reception.judge(router.settings(), packet, 0, length, router.trusted())) {
            case Reception.Judgement.Accepted accepted -> event(router, new Event.Heard(accepted));
            case Reception.Judgement.Rejected(Address from, var rejection, String reason) -> {
                router.reject(rejection);
                complain("(" + router.settings().name() + ") " + reason + ", from " + from);
            }
        }
    }

    /// The router that a packet concerns: by interface for multicast, by peer for unicast.
    private @Nullable VirtualRouter find(AdvertSockets.Key key, int routerId, Address source) {
        VirtualRouter found = null;
        for (VirtualRouter router : routers.all()) {
            RouterSettings wanted = router.settings();
            if (wanted.routerId() != routerId || !key.equals(keyOf(router))) {
                continue;
            }
            boolean knowsSender =
                    wanted.peers().stream().anyMatch(peer -> peer.address().equals(source));
            if (knowsSender || found == null) {
                found = router;
            }
        }
        return found;
    }

    /// Null while its interface is not there.
    private AdvertSockets.@Nullable Key keyOf(VirtualRouter router) {
        RouterSettings settings = router.settings();
        if (settings.isUnicast()) {
            return AdvertSockets.key(settings, 0);
        }
        Link link = interfaces.named(instance(router).interfaceName());
        return link == null ? null : AdvertSockets.key(settings, link.index());
    }

    private void send(VirtualRouter router, Action.Send send) {
        RouterSettings settings = router.settings();
        Address source = router.source().orElse(null);
        AdvertSockets.Key key = keyOf(router);
        if (source == null || key == null) {
            return;
        }
        int id = packetIds.merge(settings.name(), 1, Integer::sum) & 0xffff;
        if (settings.isUnicast()) {
            settings.peers().forEach(peer -> send(settings, send, key, source, peer.address(), id));
        } else {
            send(settings, send, key, source, settings.group(), id);
        }
    }

    private void send(
            RouterSettings settings,
            Action.Send send,
            AdvertSockets.Key key,
            Address source,
            Address destination,
            int id) {
        int length =
                new AdvertisementPacket(
                                source,
                                destination,
                                settings.ttl(),
                                id,
                                send.checksum(),
                                settings.authentication(),
                                send.sequence(),
                                send.advertisement())
                        .emit(outgoing, 0);
        RawIpSocket socket = sockets.get(key);
        if (socket == null) {
            return;
        }
        try {
            socket.send(outgoing.asSlice(0, length), destination);
        } catch (LinuxException e) {
            complain("(" + settings.name() + ") cannot advertise: " + e.getMessage());
        }
    }

    // Interfaces.

    private void hearKernel() {
        boolean knowsAll = true;
        List<NetworkEvent.AddressEvent> removed = new ArrayList<>();
        for (NetworkEvent news : notifications.await(0)) {
            knowsAll &= interfaces.learn(news);
            if (news instanceof NetworkEvent.AddressEvent address && address.removed()) {
                removed.add(address);
            }
        }
        if (!knowsAll) {
            interfaces.read(netlink);
        }
        interfacesChanged();
        // After the interfaces: one that goes down takes its addresses with it, and is the reason.
        for (NetworkEvent.AddressEvent event : removed) {
            lostAddress(event.address().interfaceIndex(), event.address().address());
        }
    }

    private void lostAddress(int interfaceIndex, Address address) {
        if (!addresses.isMissed(interfaceIndex, address)
                || interfaces.has(interfaceIndex, address)) {
            return;
        }
        for (Instance instance : instances.values()) {
            if (instance.allAddresses().stream().anyMatch(it -> it.address().equals(address))) {
                event(routers.get(instance.name()), new Event.AddressLost(address));
            }
        }
    }

    private void interfacesChanged() {
        if (openSockets()) {
            poll = newPoll();
        }
        for (VirtualRouter router : routers.all()) {
            Address source = sourceOf(instance(router));
            Address before = sources.get(router.settings().name());
            if (source == null ? before != null : !source.equals(before)) {
                sources.put(router.settings().name(), source);
                event(router, new Event.SourceChanged(source));
            }
            for (Tracker tracker : router.settings().trackers()) {
                String name = Instance.trackedInterface(tracker);
                if (name != null) {
                    Link link = interfaces.named(name);
                    trackedInterface(tracker.name(), link != null && link.isRunning() ? 1 : 0);
                }
            }
        }
    }

    private void trackedInterface(String tracker, int value) {
        Integer before = tracked.put(tracker, value);
        if (before == null || before != value) {
            event(new Event.Tracked(tracker, value));
        }
    }

    private @Nullable Address sourceOf(Instance instance) {
        RouterSettings settings = instance.router();
        Link link = interfaces.named(instance.interfaceName());
        if (link == null) {
            return settings.isUnicast() ? instance.source() : null;
        }
        if (instance.source() != null) {
            return instance.source();
        }
        boolean linkLocal = settings.family() == Family.IPV6 && !settings.isUnicast();
        return interfaces.source(link.index(), settings.family(), linkLocal, virtualAddresses);
    }

    /// @return whether others are open now
    private boolean openSockets() {
        List<AdvertSockets.Key> needed = new ArrayList<>();
        boolean changed = false;
        for (VirtualRouter router : routers.all()) {
            AdvertSockets.Key key = keyOf(router);
            if (key == null) {
                continue;
            }
            needed.add(key);
            if (!sockets.isOpen(key)) {
                try {
                    sockets.open(key, instance(router).interfaceName());
                    changed = true;
                } catch (LinuxException e) {
                    complain("(" + router.settings().name() + ") " + e.getMessage());
                }
            }
        }
        return sockets.retain(needed) || changed;
    }

    // Actions.

    private void perform(List<VirtualRouters.Order> orders) {
        for (VirtualRouters.Order order : orders) {
            switch (order) {
                case VirtualRouters.Order.OfRouter(VirtualRouter router, Action action) ->
                        perform(router, action);
                case VirtualRouters.Order.OfGroup(String name, State.Name state) -> {
                    LOG.info("VRRP_Group({}) Syncing instances to {} state", name, state);
                    notifier.groupEntered(group(name), state);
                }
            }
        }
    }

    private void perform(VirtualRouter router, Action action) {
        Instance instance = instance(router);
        switch (action) {
            case Action.Send send -> send(router, send);
            case Action.InstallAddresses _ -> addresses.install(instance);
            case Action.RemoveAddresses _ -> {
                instance.allAddresses().forEach(it -> announcer.forget(it.address()));
                addresses.remove(instance);
            }
            case Action.Announce(int rounds) -> announce(instance, rounds);
            case Action.Entered(State.Name state, int priority) -> {
                states.entered(instance.name(), state);
                notifier.instanceEntered(instance, state, priority);
            }
            case Action.LowerHeard(int priority) -> notifier.lowerHeard(instance, priority);
            case Action.PriorityChanged _ -> {}
            case Action.Say(String text) -> LOG.info("{}", text);
            case Action.Complain(String text) -> complain(text);
        }
    }

    private void announce(Instance instance, int rounds) {
        List<Announcer.Announcement> round = new ArrayList<>();
        Map<Integer, Boolean> isRouter = new HashMap<>();
        for (VirtualAddress address : instance.allAddresses()) {
            Link link = interfaces.named(AddressKeeper.interfaceOf(instance, address));
            if (link != null && link.macAddress() >= 0 && link.hasArp()) {
                round.add(
                        new Announcer.Announcement(
                                link.index(),
                                link.macAddress(),
                                address.address(),
                                address.address().isIpv6()
                                        && isRouter.computeIfAbsent(
                                                link.index(), _ -> isRouter(link))));
            }
        }
        for (int i = 0; i < rounds; i++) {
            round.forEach(one -> announcer.announce(one, System.nanoTime()));
        }
    }

    private boolean isRouter(Link link) {
        try {
            String setting = "net/ipv6/conf/" + link.name() + "/forwarding";
            return !namespace.sysctl(setting).equals("0");
        } catch (LinuxException e) {
            return false; // no IPv6 there
        }
    }

    private void complain(String text) {
        String line = complaints.line(text, System.nanoTime());
        if (!line.isEmpty()) {
            LOG.warn("{}", line);
        }
    }

    // For others to see.

    List<RouterStatus> status() {
        return routers.all().stream().map(this::status).toList();
    }

    private RouterStatus status(VirtualRouter router) {
        RouterSettings settings = router.settings();
        State.Heard active = router.state() instanceof State.Backup backup ? backup.active() : null;
        return new RouterStatus(
                settings.name(),
                instance(router).interfaceName(),
                settings.routerId(),
                router.state().name(),
                router.priority(),
                active == null ? null : active.source(),
                active == null ? 0 : active.priority(),
                why(router),
                router.takeOverNanos(),
                router.statistics());
    }

    private static String why(VirtualRouter router) {
        return switch (router.state()) {
            case State.Initial initial ->
                    initial.isAwaiting()
                            ? "a tracker's first result is still to come"
                            : "not started, or within its start-up delay";
            case State.Backup backup -> {
                State.Heard heard = backup.active();
                if (backup.isReady()) {
                    yield "ready, but others of its group are not";
                }
                if (heard == null) {
                    yield "listening: nobody has advertised yet";
                }
                String other = heard.source() + " advertises " + heard.priority();
                int own = router.priority();
                yield heard.priority() >= own
                        ? other + ", ours is " + own
                        : other + ", below our " + own + ": waiting, or not to preempt";
            }
            case State.Active _ -> "nobody with a higher priority advertises";
            case State.Fault(List<String> causes) -> "bad: " + String.join(", ", causes);
            case State.Stopped _ -> "stopped";
        };
    }

    private Instance instance(VirtualRouter router) {
        return found(instances, router.settings().name());
    }

    private RouterGroup group(String name) {
        return found(groups, name);
    }

    private static <T> T found(Map<String, T> known, String name) {
        T value = known.get(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not among " + known.keySet());
        }
        return value;
    }

    @Override
    public void close() {
        for (AutoCloseable part : open.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("could not stop {} cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
