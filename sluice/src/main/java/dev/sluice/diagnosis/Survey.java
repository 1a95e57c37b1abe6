package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Facts.Claim;
import dev.sluice.diagnosis.Facts.Deserted;
import dev.sluice.diagnosis.Facts.Place;
import dev.sluice.diagnosis.Facts.Server;
import dev.sluice.diagnosis.Facts.VirtualAddress;
import dev.sluice.director.ConnectionEntry;
import dev.sluice.director.DropReason;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Tally.Count;
import dev.sluice.director.service.VirtualService;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.FirewallChain;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Neighbour;
import dev.sluice.net.netlink.Routes;
import dev.sluice.net.netlink.Rtnetlink;
import dev.sluice.net.packet.WhoHas;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Gathers the facts. Asks the kernel once for each address, not for each service; a hundred
/// thousand real servers with an address of their own take some seconds.
///
/// Remembers a little from one time to the next: which virtual addresses were here, who did not
/// answer, and what was counted then. One at a time.
public final class Survey implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Survey.class);

    /// How long a link is listened to.
    private static final Duration LISTENING = Duration.ofMillis(400);

    /// How long somebody on a link is given to answer the kernel.
    private static final long RESOLVING_MILLIS = 1_200;

    /// Addresses that a link is asked for, and next hops that the kernel is asked to resolve.
    private static final int ASKED = 256;

    private static final int ASKED_INTERFACES = 8;

    /// Servers whose clients wait in vain, at most.
    private static final int ATTEMPTS = 1_000;

    /// Connections that are looked through for a client that waits.
    private static final int CONNECTIONS = 20_000;

    /// When packets still come for an address that this machine gave up, it is routed here now.
    private static final long ROUTED_NANOS = TimeUnit.MINUTES.toNanos(5);

    /// What gives an address to one of several machines.
    private static final Set<String> ADDRESS_KEEPERS =
            Set.of("keepalived", "ucarp", "vrrpd", "pacemakerd", "corosync", "heartbeat", "uvrrpd");

    /// Whom to ask about the director.
    ///
    /// @param fronts the captured interfaces
    /// @param directReplies replies of directly routed servers that were given to the kernel
    /// @param routerAddresses what virtual routers of our own keep
    /// @param connections shows connections until somebody has seen enough
    public record Sources(
            Supplier<Configuration> configuration,
            Supplier<List<Front>> fronts,
            LongSupplier directReplies,
            Supplier<Set<Address>> routerAddresses,
            Consumer<Predicate<ConnectionEntry>> connections) {}

    /// A virtual address that was here and is not.
    private static final class Absence {
        private final long sinceNanos;
        private long inPackets = -1;

        private Absence(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    private final Sources sources;
    private final Openings openings;
    private final Rtnetlink netlink = Rtnetlink.open();
    private final Set<Address> onceHere = new HashSet<>();
    private final Map<Address, Absence> absences = new HashMap<>();
    private final Map<ServiceKey, Long> refusedBefore = new HashMap<>();
    private Set<Place> deadBefore = Set.of();
    private Set<Place> goneWhenAsked = Set.of();

    public Survey(Sources sources, Openings openings) {
        this.sources = sources;
        this.openings = openings;
    }

    /// What is known without asking anybody but the kernel.
    public synchronized Facts passive() {
        return gather(false);
    }

    /// The same, and what the links say when they are asked: who has the virtual addresses, and
    /// whether next hops answer. Takes up to some seconds.
    public synchronized Facts asking() {
        Facts facts = gather(true);
        askWhetherSilentServersAreThere(facts);
        askWhoHasVirtualAddresses(facts);
        return facts;
    }

    /// The chains of all firewalls, whichever tool made them.
    public static List<FirewallChain> firewall() {
        try {
            return FirewallChain.list();
        } catch (LinuxException e) {
            LOG.debug("could not look for firewall rules", e);
            return List.of();
        }
    }

    private Facts gather(boolean asks) {
        long nowNanos = System.nanoTime();
        Configuration configuration = sources.configuration.get();
        Facts facts = new Facts();
        facts.fronts = sources.fronts.get();
        facts.directReplies = sources.directReplies.getAsLong();
        facts.routerAddresses = sources.routerAddresses.get();
        facts.links = netlink.links().list();
        facts.addresses = netlink.addresses().list();
        facts.firewall = firewall();
        facts.kernelServices = KernelServices.list();
        readServices(facts, configuration);
        openings.look(configuration, nowNanos);
        facts.attempts = openings.failing(nowNanos, ATTEMPTS);
        facts.virtualAddresses.forEach(it -> lookUp(facts, it.address()));
        facts.servers.forEach(it -> lookUp(facts, it.address()));
        rememberVirtualAddresses(facts, nowNanos);
        readNeighbours(facts, asks);
        forgiveExplained(facts, nowNanos);
        if (!facts.attempts.isEmpty()) {
            findClients(facts);
            readSettings(facts);
        }
        if (facts.virtualAddresses.stream().anyMatch(it -> !facts.isHere(it.address()))) {
            facts.addressKeeper = addressKeeper();
        }
        return facts;
    }

    private void readServices(Facts facts, Configuration configuration) {
        Map<Address, Named> servicesAt = new LinkedHashMap<>();
        Map<Address, Long> packetsFor = new HashMap<>();
        Map<Address, Map<Forwarding, Named>> servicesOf = new LinkedHashMap<>();
        Set<ServiceKey> deserted = new HashSet<>();
        for (VirtualService service : configuration.services()) {
            String name = service.key().toString();
            if (service.key() instanceof ServiceKey.AtAddress at) {
                servicesAt.computeIfAbsent(at.address(), _ -> new Named()).add(name);
                long packets = service.tally().read(Count.IN_PACKETS);
                packetsFor.merge(at.address(), packets, Long::sum);
            }
            boolean serves = false;
            for (int i = 0; i < service.servers().size(); i++) {
                RealServer server = service.servers().get(i);
                serves |= server.isEligible();
                if (server.weight() > 0) {
                    servicesOf
                            .computeIfAbsent(server.address(), _ -> new LinkedHashMap<>())
                            .computeIfAbsent(server.forwarding(), _ -> new Named())
                            .add(name);
                }
            }
            long refused = service.tally().dropped(DropReason.NO_REAL_SERVER);
            if (!serves) {
                deserted.add(service.key());
                long before = refusedBefore.computeIfAbsent(service.key(), _ -> refused);
                if (refused > before) {
                    facts.deserted.add(
                            new Deserted(
                                    service.key(), service.servers().size(), refused - before));
                }
            }
        }
        refusedBefore.keySet().retainAll(deserted);
        servicesAt.forEach((address, named) ->
                facts.virtualAddresses.add(
                        new VirtualAddress(
                                address,
                                named,
                                packetsFor.getOrDefault(address, 0L),
                                onceHere.contains(address))));
        servicesOf.forEach((address, methods) ->
                methods.forEach(
                        (method, named) -> facts.servers.add(new Server(address, method, named))));
    }

    private void lookUp(Facts facts, Address address) {
        facts.routes.computeIfAbsent(
                address,
                it -> {
                    try {
                        return netlink.routes().lookUp(Routes.Query.to(it));
                    } catch (LinuxException e) {
                        LOG.debug("no answer about the route to {}", it, e);
                        return null;
                    }
                });
    }

    private void rememberVirtualAddresses(Facts facts, long nowNanos) {
        Set<Address> virtual = new HashSet<>();
        for (VirtualAddress it : facts.virtualAddresses) {
            Address address = it.address();
            virtual.add(address);
            if (facts.isHere(address)) {
                onceHere.add(address);
                absences.remove(address);
            } else if (it.onceHere()) {
                Absence absence = absences.computeIfAbsent(address, _ -> new Absence(nowNanos));
                if (nowNanos - absence.sinceNanos > ROUTED_NANOS) {
                    if (absence.inPackets < 0) {
                        absence.inPackets = it.inPackets();
                    } else if (it.inPackets() > absence.inPackets) {
                        onceHere.remove(address);
                        absences.remove(address);
                    }
                }
            }
        }
        onceHere.retainAll(virtual);
        absences.keySet().retainAll(virtual);
    }

    /// What failed while a server was not reached says nothing about the server.
    private void forgiveExplained(Facts facts, long nowNanos) {
        forgive(facts, it -> it.isSilent() && it.isExplained(facts), nowNanos);
    }

    private void forgive(Facts facts, Predicate<Attempts> which, long nowNanos) {
        Set<Address> servers = new HashSet<>();
        List<Attempts> others = new ArrayList<>();
        for (Attempts attempts : facts.attempts) {
            if (which.test(attempts)) {
                servers.add(attempts.server());
            } else {
                others.add(attempts);
            }
        }
        openings.forgive(servers, nowNanos);
        facts.attempts = others;
    }

    /// Of the next hops to real servers.
    private void readNeighbours(Facts facts, boolean asks) {
        Set<Place> hops = new LinkedHashSet<>();
        for (Server server : facts.servers) {
            Place hop = facts.nextHop(server.address());
            Link link = hop == null ? null : facts.link(hop.interfaceIndex());
            if (hop != null && link != null && link.hasArp() && !link.isLoopback()) {
                hops.add(hop);
            }
        }
        copyNeighbours(facts, hops);
        if (asks && resolve(facts, hops)) {
            pause();
            copyNeighbours(facts, hops);
        }
        Set<Place> dead = new HashSet<>();
        facts.neighbours.replaceAll((place, neighbour) -> {
            boolean resolving = neighbour.state() == Neighbour.INCOMPLETE;
            boolean failed = neighbour.state() == Neighbour.FAILED;
            // The kernel tries again all the time; that alone is no news.
            if (failed || resolving && (asks || deadBefore.contains(place))) {
                dead.add(place);
                return neighbour;
            }
            return resolving
                    ? new Neighbour(place.interfaceIndex(), place.address(), -1, 0)
                    : neighbour;
        });
        deadBefore = dead;
    }

    private void copyNeighbours(Facts facts, Set<Place> hops) {
        for (Neighbour neighbour : netlink.neighbours().list()) {
            Place place = new Place(neighbour.interfaceIndex(), neighbour.address());
            if (hops.contains(place)) {
                facts.neighbours.put(place, neighbour);
            }
        }
    }

    /// Has the kernel ask for those of which it knows nothing.
    ///
    /// @return whether it does
    private boolean resolve(Facts facts, Set<Place> hops) {
        int asked = 0;
        for (Place hop : hops) {
            Neighbour known = facts.neighbours.get(hop);
            if ((known == null || !known.isUsable()) && asked < ASKED) {
                try {
                    netlink.neighbours().use(hop.interfaceIndex(), hop.address());
                    asked++;
                } catch (LinuxException e) {
                    LOG.debug("{} is not resolved", hop, e);
                }
            }
        }
        return asked > 0;
    }

    private static void pause() {
        try {
            Thread.sleep(RESOLVING_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One of those who wait, for each server that does not answer.
    private void findClients(Facts facts) {
        Map<Address, Address> clients = new HashMap<>();
        Set<Address> servers = new HashSet<>();
        facts.attempts.forEach(it -> servers.add(it.server()));
        int[] left = {CONNECTIONS};
        try {
            sources.connections.accept(connection -> {
                if (connection.state().equals("SYN_RECV") && servers.contains(connection.real())) {
                    clients.putIfAbsent(connection.real(), connection.client());
                }
                return --left[0] > 0 && clients.size() < servers.size();
            });
        } catch (IllegalStateException e) {
            LOG.debug("the connections were not shown", e); // a worker has other things to do
        }
        clients.values().forEach(client -> lookUp(facts, client));
        List<Attempts> complete = new ArrayList<>();
        for (Attempts attempts : facts.attempts) {
            Address client = clients.get(attempts.server());
            complete.add(client == null ? attempts : attempts.of(client));
        }
        facts.attempts = complete;
    }

    private static void readSettings(Facts facts) {
        Set<String> names = new LinkedHashSet<>();
        names.add("net/ipv4/ip_forward");
        names.add("net/ipv6/conf/all/forwarding");
        Set<String> devices = new LinkedHashSet<>(Set.of("all"));
        for (Attempts attempts : facts.attempts) {
            Place hop = facts.nextHop(attempts.server());
            if (hop != null) {
                devices.add(facts.interfaceName(hop.interfaceIndex()));
            }
        }
        for (String device : devices) {
            names.add("net/ipv4/conf/" + device + "/accept_local");
            names.add("net/ipv4/conf/" + device + "/rp_filter");
        }
        for (String name : names) {
            try {
                facts.settings.put(name, Files.readString(Path.of("/proc/sys", name)).strip());
            } catch (IOException e) {
                LOG.debug("{} is not read", name, e);
            }
        }
    }

    private static String addressKeeper() {
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                String name = commandName(process);
                if (ADDRESS_KEEPERS.contains(name)) {
                    return name;
                }
            }
        } catch (IOException e) {
            LOG.debug("processes are not listed", e);
        }
        return "";
    }

    private static String commandName(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException e) {
            return ""; // it ended
        }
    }

    /// The kernel goes on believing for a while in a neighbour that is gone. Once it is back, what
    /// failed meanwhile says nothing about it.
    private void askWhetherSilentServersAreThere(Facts facts) {
        Set<Place> hops = new LinkedHashSet<>();
        for (Attempts attempts : facts.attempts) {
            Place hop = facts.nextHop(attempts.server());
            if (attempts.isSilent() && hop != null) {
                hops.add(hop);
            }
        }
        for (Server server : facts.servers) {
            Place hop = facts.nextHop(server.address());
            if (hop != null && goneWhenAsked.contains(hop)) {
                hops.add(hop);
            }
        }
        Set<Place> gone = gone(facts, hops);
        for (Place hop : gone) {
            facts.neighbours.put(
                    hop, new Neighbour(hop.interfaceIndex(), hop.address(), -1, Neighbour.FAILED));
        }
        forgive(
                facts,
                it -> {
                    Place hop = facts.nextHop(it.server());
                    return hop != null && goneWhenAsked.contains(hop) && !gone.contains(hop);
                },
                System.nanoTime());
        goneWhenAsked = gone;
    }

    /// Those who do not answer when they are asked.
    private static Set<Place> gone(Facts facts, Set<Place> hops) {
        Map<Link, List<Address>> questions = new LinkedHashMap<>();
        int asked = 0;
        for (Place hop : hops) {
            Link link = facts.link(hop.interfaceIndex());
            if (link != null && isAsked(link) && asked < ASKED) {
                questions.computeIfAbsent(link, _ -> new ArrayList<>()).add(hop.address());
                asked++;
            }
        }
        Set<Place> gone = new HashSet<>();
        questions.forEach((link, addresses) -> {
            Set<WhoHas.Answer> answers = ask(link, addresses);
            if (answers != null) {
                addresses.forEach(address -> gone.add(new Place(link.index(), address)));
                answers.forEach(it -> gone.remove(new Place(link.index(), it.address())));
            }
        });
        return gone;
    }

    private void askWhoHasVirtualAddresses(Facts facts) {
        Map<Link, List<Address>> questions = new LinkedHashMap<>();
        int asked = 0;
        int first = Math.min(ASKED, facts.virtualAddresses.size());
        for (VirtualAddress virtual : facts.virtualAddresses.subList(0, first)) {
            for (Link link : linksOf(facts, virtual.address())) {
                if (asked < ASKED
                        && (questions.containsKey(link) || questions.size() < ASKED_INTERFACES)) {
                    questions.computeIfAbsent(link, _ -> new ArrayList<>()).add(virtual.address());
                    facts.asked.add(virtual.address());
                    asked++;
                }
            }
        }
        questions.forEach((link, addresses) -> ask(facts, link, addresses));
        nameUnknown(facts, questions.keySet());
    }

    private static void ask(Facts facts, Link link, List<Address> addresses) {
        for (WhoHas.Answer answer : answers(link, addresses)) {
            boolean own =
                    facts.links.stream().anyMatch(it -> it.macAddress() == answer.macAddress());
            if (!own) {
                facts.claims.add(new Claim(answer.address(), link.name(), answer.macAddress()));
            }
        }
    }

    /// Null when the link could not be asked: then nobody answers, and that says nothing.
    private static @Nullable Set<WhoHas.Answer> ask(Link link, List<Address> addresses) {
        try {
            return WhoHas.ask(link.index(), link.name(), link.macAddress(), addresses, LISTENING);
        } catch (LinuxException e) {
            LOG.debug("could not ask on {}", link.name(), e);
            return null;
        }
    }

    private static Set<WhoHas.Answer> answers(Link link, List<Address> addresses) {
        Set<WhoHas.Answer> answers = ask(link, addresses);
        return answers == null ? Set.of() : answers;
    }

    /// The link on which others look for an address: where it is, or else where it may come to.
    private static List<Link> linksOf(Facts facts, Address address) {
        List<Link> links = new ArrayList<>();
        for (InterfaceAddress own : facts.addresses) {
            Link link = facts.link(own.interfaceIndex());
            if (own.address().equals(address) && link != null && isAsked(link)) {
                links.add(link);
            }
        }
        if (links.isEmpty()) {
            for (Link link : facts.links) {
                if (facts.isCaptured(link.name()) && isAsked(link)) {
                    links.add(link);
                }
            }
        }
        return links;
    }

    private static boolean isAsked(Link link) {
        return link.isRunning() && link.hasArp() && !link.isLoopback() && link.macAddress() >= 0;
    }

    /// Whoever answered for a virtual address may be a real server that the kernel knows nothing of
    /// yet: then the real servers' addresses are asked for, too.
    private static void nameUnknown(Facts facts, Set<Link> links) {
        for (Link link : links) {
            boolean unknown =
                    facts.claims.stream()
                            .anyMatch(it ->
                                    it.interfaceName().equals(link.name())
                                            && ForeignAnswer.serverAt(facts, it) == null);
            if (!unknown) {
                continue;
            }
            List<Address> servers = new ArrayList<>();
            for (Server server : facts.servers) {
                Place hop = facts.nextHop(server.address());
                if (hop != null
                        && hop.interfaceIndex() == link.index()
                        && hop.address().equals(server.address())
                        && servers.size() < ASKED) {
                    servers.add(server.address());
                }
            }
            for (WhoHas.Answer answer : answers(link, servers)) {
                facts.neighbours.put(
                        new Place(link.index(), answer.address()),
                        new Neighbour(
                                link.index(),
                                answer.address(),
                                answer.macAddress(),
                                Neighbour.REACHABLE));
            }
        }
    }

    @Override
    public void close() {
        netlink.close();
    }
}
