package dev.sluice.vrrp;

import dev.sluice.wire.Address;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// Routers on simulated networks, in simulated time: packets are lost, delayed and doubled, clocks
/// run at different speeds, processes are paused and killed, cables pulled. The same seed makes the
/// same life.
final class Simulation {

    static final long SECOND = 1_000_000_000L;
    static final long MILLI = 1_000_000L;

    private static final long MAX_EVENTS = 5_000_000;

    private final SplittableRandom random;
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private final List<Host> hosts = new ArrayList<>();
    private final List<String> diary = new ArrayList<>();
    private final Set<String> cuts = new HashSet<>();
    private final Map<String, Integer> lostInARow = new HashMap<>();
    private long now;
    private long happenings;

    // How bad the network is.
    double loss;
    int mostLostInARow = Integer.MAX_VALUE;
    double duplication;
    long minDelayNanos = 100_000;
    long maxDelayNanos = 100_000;

    Simulation(SplittableRandom random) {
        this.random = random;
    }

    private record Happening(long atNanos, long number, Runnable what)
            implements Comparable<Happening> {

        @Override
        public int compareTo(Happening other) {
            return atNanos != other.atNanos
                    ? Long.compare(atNanos, other.atNanos)
                    : Long.compare(number, other.number);
        }
    }

    /// An advertisement on the wire.
    record Sent(long atNanos, String host, String router, int priority, int bytes) {}

    private final List<Sent> sent = new ArrayList<>();

    /// Adds a machine, whose clock starts anywhere and runs as fast as told.
    Host host(
            String name,
            double clockSpeed,
            List<RouterSettings> routers,
            Map<String, List<String>> groups) {
        Host host = new Host(name, hosts.size() + 1, clockSpeed, routers, groups);
        hosts.add(host);
        return host;
    }

    Host host(String name, RouterSettings router) {
        return host(name, 1, List.of(router), Map.of());
    }

    long now() {
        return now;
    }

    List<Host> hosts() {
        return hosts;
    }

    /// What happened, a line each.
    String diary() {
        int from = Math.max(0, diary.size() - 200);
        return String.join("\n", diary.subList(from, diary.size()));
    }

    List<Sent> sent() {
        return sent;
    }

    List<Sent> sentBy(Host host) {
        return sent.stream().filter(one -> one.host().equals(host.name)).toList();
    }

    void at(long nanos, Runnable what) {
        agenda.add(new Happening(nanos, happenings++, what));
    }

    void after(long nanos, Runnable what) {
        at(now + nanos, what);
    }

    /// Lets time pass.
    void run(long nanos) {
        long end = now + nanos;
        while (!agenda.isEmpty() && agenda.peek().atNanos() <= end) {
            if (happenings > MAX_EVENTS) {
                throw new AssertionError("it does not come to rest:\n" + diary());
            }
            Happening next = agenda.remove();
            now = next.atNanos();
            next.what().run();
            hosts.forEach(Host::check);
        }
        now = end;
    }

    /// Who is active, by the router's name.
    List<Host> active(String router) {
        return hosts.stream().filter(host -> host.isActive(router)).toList();
    }

    /// Nothing gets through between two hosts, for a router's network.
    void cut(Host one, Host other, String router) {
        cuts.add(path(one, other, router));
        cuts.add(path(other, one, router));
        note("cut " + one.name + " from " + other.name + " for " + router);
    }

    void healNetwork() {
        cuts.clear();
        note("network healed");
    }

    private static String path(Host from, Host to, String router) {
        return from.name + ">" + to.name + " " + router;
    }

    private void note(String text) {
        diary.add(String.format("%12.6f %s", now / 1e9, text));
    }

    private void transmit(Host from, String router, byte[] packet) {
        for (Host to : hosts) {
            if (to == from || cuts.contains(path(from, to, router))) {
                continue;
            }
            String path = path(from, to, router);
            int lost = lostInARow.getOrDefault(path, 0);
            if (lost < mostLostInARow && random.nextDouble() < loss) {
                lostInARow.put(path, lost + 1);
                continue;
            }
            lostInARow.put(path, 0);
            int copies = random.nextDouble() < duplication ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                long delay = random.nextLong(minDelayNanos, maxDelayNanos + 1);
                at(now + delay, () -> to.arrived(router, packet));
            }
        }
    }

    /// A machine, and the process on it: running, paused or dead.
    final class Host {

        final String name;
        private final int number;
        private final double clockSpeed;
        private final long clockOffset = random.nextLong();
        private final List<RouterSettings> settings;
        private final Map<String, List<String>> groups;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private final Set<String> held = new HashSet<>();
        private final List<String> transitions = new ArrayList<>();
        private final List<Long> announcements = new ArrayList<>();
        private VirtualRouters routers;
        private boolean isAlive;
        private boolean isPaused;
        private long wakeUps;

        Host(
                String name,
                int number,
                double clockSpeed,
                List<RouterSettings> settings,
                Map<String, List<String>> groups) {
            this.name = name;
            this.number = number;
            this.clockSpeed = clockSpeed;
            this.settings = settings;
            this.groups = groups;
            this.routers = new VirtualRouters(settings, groups);
        }

        /// Starts the process. Addresses of one that was killed are still there.
        void start() {
            note(name + " starts");
            isAlive = true;
            isPaused = false;
            waiting.clear();
            routers = new VirtualRouters(settings, groups);
            for (VirtualRouter router : routers.all()) {
                perform(routers.handle(router, new Event.SourceChanged(address(router)), clock()));
            }
            perform(routers.handle(new Event.Started(), clock()));
            schedule();
        }

        void stop() {
            if (isAlive && !isPaused) {
                note(name + " stops");
                perform(routers.handle(new Event.StopRequested(), clock()));
                isAlive = false;
            }
        }

        /// Without a word. The machine is gone too: nobody has its addresses.
        void kill() {
            note(name + " is killed");
            isAlive = false;
            held.clear();
        }

        void pause() {
            note(name + " is paused");
            isPaused = true;
        }

        /// Goes on: first what came in the meantime, then what should have been done long ago.
        void wake() {
            if (!isAlive || !isPaused) {
                return;
            }
            note(name + " wakes up");
            isPaused = false;
            while (!waiting.isEmpty()) {
                waiting.remove().run();
            }
            timePasses();
        }

        boolean isUsable() {
            return isAlive && !isPaused;
        }

        void tell(String router, Event event) {
            if (isAlive) {
                Runnable handling =
                        () -> {
                            perform(routers.handle(routers.get(router), event, clock()));
                            schedule();
                        };
                if (isPaused) {
                    waiting.add(handling);
                } else {
                    handling.run();
                }
            }
        }

        VirtualRouter router() {
            return routers.all().getFirst();
        }

        VirtualRouter router(String router) {
            return routers.get(router);
        }

        boolean isActive(String router) {
            return isAlive && routers.get(router).state() instanceof State.Active;
        }

        boolean holdsAddresses(String router) {
            return held.contains(router);
        }

        /// Words of keepalived, one for each change.
        List<String> transitions() {
            return transitions;
        }

        List<Long> announcements() {
            return announcements;
        }

        Address address(VirtualRouter router) {
            return router.settings().addresses().isEmpty()
                            || !router.settings().addresses().getFirst().isIpv6()
                    ? Address.ipv4(0xc000_0200 | number)
                    : Address.ipv6(0xfe80_0000_0000_0000L, number);
        }

        private long clock() {
            return clockOffset + Math.round(now * clockSpeed);
        }

        private void arrived(String router, byte[] packet) {
            if (!isAlive) {
                return;
            }
            if (isPaused) {
                waiting.add(() -> receive(router, packet));
            } else {
                receive(router, packet);
            }
        }

        private void receive(String name, byte[] packet) {
            VirtualRouter router = routers.get(name);
            MemorySegment frame = MemorySegment.ofArray(packet);
            switch (Reception.judge(router.settings(), frame, 0, packet.length, router.trusted())) {
                case Reception.Judgement.Accepted accepted ->
                        perform(routers.handle(router, new Event.Heard(accepted), clock()));
                case Reception.Judgement.Rejected rejected -> {
                    router.reject(rejected.rejection());
                    note(this.name + " " + name + " rejects: " + rejected.reason());
                }
            }
            schedule();
        }

        private void timePasses() {
            perform(routers.handle(new Event.TimePassed(), clock()));
            schedule();
        }

        private void schedule() {
            long mine = ++wakeUps;
            Deadline deadline = routers.deadline();
            if (deadline.isSet()) {
                long wait = (long) Math.ceil((deadline.atNanos() - clock()) / clockSpeed);
                after(
                        Math.max(1, wait),
                        () -> {
                            if (mine == wakeUps && isUsable()) {
                                timePasses();
                            }
                        });
            }
        }

        private void perform(List<VirtualRouters.Order> orders) {
            for (VirtualRouters.Order order : orders) {
                switch (order) {
                    case VirtualRouters.Order.OfRouter(VirtualRouter router, Action action) ->
                            perform(router, action);
                    case VirtualRouters.Order.OfGroup(String group, State.Name state) ->
                            note(name + " group " + group + " " + state);
                }
            }
        }

        private void perform(VirtualRouter router, Action action) {
            String routerName = router.settings().name();
            note(name + " " + action);
            switch (action) {
                case Action.Send send -> send(router, send);
                case Action.InstallAddresses _ -> held.add(routerName);
                case Action.RemoveAddresses _ -> held.remove(routerName);
                case Action.Announce(int rounds) -> {
                    for (int i = 0; i < rounds; i++) {
                        announcements.add(now);
                    }
                }
                case Action.Entered(State.Name state, int priority) ->
                        transitions.add(routerName + " " + state + " " + priority);
                case Action.LowerHeard _,
                        Action.PriorityChanged _,
                        Action.Say _,
                        Action.Complain _ -> {}
            }
        }

        private void send(VirtualRouter router, Action.Send send) {
            RouterSettings settings = router.settings();
            byte[] bytes = new byte[AdvertisementPacket.MAX_BYTES];
            List<Address> destinations =
                    settings.isUnicast()
                            ? settings.peers().stream().map(RouterSettings.Peer::address).toList()
                            : List.of(settings.group());
            for (Address destination : destinations) {
                int length =
                        new AdvertisementPacket(
                                        router.source().orElseThrow(),
                                        destination,
                                        settings.ttl(),
                                        0,
                                        send.checksum(),
                                        settings.authentication(),
                                        send.sequence(),
                                        send.advertisement())
                                .emit(MemorySegment.ofArray(bytes), 0);
                sent.add(
                        new Sent(
                                now,
                                name,
                                settings.name(),
                                send.advertisement().priority(),
                                length));
                transmit(this, settings.name(), Arrays.copyOf(bytes, length));
            }
        }

        /// Who is active has the addresses, nobody else; a group acts as one.
        private void check() {
            if (!isUsable()) {
                return;
            }
            for (VirtualRouter router : routers.all()) {
                String routerName = router.settings().name();
                if (isActive(routerName) != held.contains(routerName)) {
                    throw new AssertionError(
                            name + " is " + router.state() + " and holds " + held + "\n" + diary());
                }
            }
            for (List<String> members : groups.values()) {
                Set<Boolean> all = members.stream().map(this::isActive).collect(Collectors.toSet());
                if (all.size() > 1) {
                    throw new AssertionError(name + " is half active\n" + diary());
                }
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
