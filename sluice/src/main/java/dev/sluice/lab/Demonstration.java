package dev.sluice.lab;

import dev.sluice.net.netlink.Links;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What `sluice lab` shows: a director of its own making, configured by the commands of the LVS
/// tutorials, spreading real requests over real servers.
///
/// [#run] is the story in its order. Whatever ends it, Ctrl-C included, the machines are removed.
final class Demonstration {

    private static final int HTTP_PORT = 80;
    private static final int ECHO_PORT = 7;
    private static final int CLIENT_THREADS = 8;
    private static final int TUTORIAL_PERSISTENCE_SECONDS = 20;

    /// @param scheduler null: the tutorial's (rr for NAT, wrr for direct routing)
    /// @param persistence null: the tutorial's (none for NAT, 20 s for direct routing); 0: `-p`
    ///   alone, ipvsadm's own default
    /// @param workers 0: the director's default
    /// @param suppressArp only for direct routing: real servers keep quiet about the virtual
    ///   address
    record Settings(
            boolean direct,
            int realServers,
            Family family,
            @Nullable String scheduler,
            @Nullable Integer persistence,
            boolean udp,
            int requests,
            int workers,
            boolean hold,
            boolean suppressArp) {}

    private final Settings settings;
    private final Screen screen;
    private final LabNetwork network;
    private final List<NamedServer> servers = new ArrayList<>();
    private final Map<Long, String> hostOfMac = new HashMap<>();
    private final Address virtual;
    private final Target target;

    private Demonstration(Settings settings, Screen screen, LabNetwork network) {
        this.settings = settings;
        this.screen = screen;
        this.network = network;
        this.virtual = network.virtualAddress(settings.family());
        int port = settings.udp() ? ECHO_PORT : HTTP_PORT;
        this.target = settings.udp() ? Target.udp(virtual, port) : Target.http(virtual, port);
    }

    /// Runs it.
    ///
    /// @return the exit code: 0 when every request was answered
    static int run(Settings settings, Screen screen) {
        LabNetwork.Settings plan =
                new LabNetwork.Settings("sluice-", settings.realServers(), Duration.ZERO);
        long startNanos = System.nanoTime();
        try (LabNetwork network =
                settings.direct() ? LabNetwork.directRouting(plan) : LabNetwork.nat(plan)) {
            Runtime.getRuntime().addShutdownHook(new Thread(screen::mute));
            return new Demonstration(settings, screen, network).play(startNanos);
        }
    }

    private int play(long startNanos) {
        showNetwork(startNanos);
        startServers();
        try (DirectorProcess director = startDirector()) {
            prepareHosts();
            configure(director);
            if (settings.direct()) {
                showWhoAnswers();
                showPath();
            }
            boolean good = sendRequests();
            ipvsadm(director, "ipvsadm -Ln --stats");
            if (settings.hold()) {
                hold();
            }
            return good ? 0 : 1;
        } finally {
            servers.forEach(NamedServer::close);
        }
    }

    private void showNetwork(long startNanos) {
        if (!network.families().contains(settings.family())) {
            throw new LabException("this kernel has no IPv6; leave --ipv6 out");
        }
        for (String leftover : network.leftovers()) {
            screen.note("removed what an earlier lab left behind: " + leftover);
        }
        Family family = settings.family();
        screen.title(
                settings.direct()
                        ? "Sluice lab: direct routing. Everybody is on one link; replies do not"
                                + " pass the director"
                        : "Sluice lab: NAT. The real servers are behind the director, both ways"
                                + " pass it");
        screen.line(
                "  client    "
                        + network.clientAddresses(family).getFirst()
                        + " and "
                        + (LabNetwork.CLIENT_ADDRESSES - 1)
                        + " more");
        screen.line(
                "  director  " + network.directorAddress(family) + ", virtual address " + virtual);
        for (int i = 0; i < settings.realServers(); i++) {
            screen.line(
                    String.format("  %-8s  %s", "rs" + (i + 1), network.realAddress(family, i)));
        }
        screen.note(
                network.hosts().size()
                        + " network namespaces, sluice-*, made in "
                        + millisSince(startNanos)
                        + " ms");
    }

    private void startServers() {
        for (int i = 0; i < settings.realServers(); i++) {
            Host host = network.realServers().get(i);
            // A directly routed datagram still carries the virtual address.
            Address own = settings.direct() ? virtual : network.realAddress(settings.family(), i);
            servers.add(
                    settings.udp()
                            ? UdpNameServer.start(host, own, ECHO_PORT)
                            : HttpNameServer.start(host, HTTP_PORT));
        }
    }

    private DirectorProcess startDirector() {
        DirectorProcess director =
                settings.workers() == 0
                        ? DirectorProcess.start(network)
                        : DirectorProcess.start(
                                network, "--workers", Integer.toString(settings.workers()));
        screen.note(
                "director started as process "
                        + director.pid()
                        + ", ready after "
                        + director.startUp().toMillis()
                        + " ms");
        screen.blank();
        return director;
    }

    /// What the tutorials do beside ipvsadm.
    private void prepareHosts() {
        boolean ipv6 = settings.family() == Family.IPV6;
        if (!settings.direct()) {
            String forwarding = ipv6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward";
            network.director().sysctl(forwarding, 1);
            screen.line("director: " + forwarding + " = 1");
        } else if (!settings.suppressArp()) {
            if (ipv6) {
                network.claimVirtualAddress();
            }
            screen.line(
                    "real servers: "
                            + virtual
                            + " on "
                            + (ipv6 ? "eth0" : "lo")
                            + ", and nothing that keeps them quiet about it");
        } else {
            network.suppressArp();
            screen.line(
                    "real servers: "
                            + virtual
                            + " on lo"
                            + (ipv6 ? "" : ", net.ipv4.conf.all.arp_ignore = 1, arp_announce = 2"));
        }
    }

    private void configure(DirectorProcess director) {
        String flag = settings.udp() ? "-u " : "-t ";
        String service = flag + virtual.withPort(target.port());
        ipvsadm(director, "ipvsadm -C");
        if (settings.direct()) {
            ipvsadm(director, "ipvsadm --set 30 5 60");
        }
        ipvsadm(director, "ipvsadm -A " + service + " -s " + scheduler() + persistence());
        for (int i = 0; i < settings.realServers(); i++) {
            Address real = network.realAddress(settings.family(), i);
            ipvsadm(
                    director,
                    "ipvsadm -a "
                            + service
                            + " -r "
                            + real.withPort(target.port())
                            + (settings.direct() ? " -g -w 1" : " -m"));
        }
        ipvsadm(director, settings.direct() ? "ipvsadm -ln" : "ipvsadm -Ln");
        screen.blank();
    }

    private String scheduler() {
        String chosen = settings.scheduler();
        return chosen != null ? chosen : settings.direct() ? "wrr" : "rr";
    }

    private boolean isPersistent() {
        return settings.persistence() != null || settings.direct();
    }

    private String persistence() {
        Integer chosen = settings.persistence();
        if (chosen == null) {
            return settings.direct() ? " -p " + TUTORIAL_PERSISTENCE_SECONDS : "";
        }
        return chosen == 0 ? " -p" : " -p " + chosen;
    }

    /// Types a command on the director and shows what it prints.
    private void ipvsadm(DirectorProcess director, String typed) {
        screen.command("director", typed);
        String[] words = typed.split(" ", -1);
        Host.Result result =
                director.ipvsadm(List.of(words).subList(1, words.length).toArray(String[]::new));
        screen.output(result.output());
        if (result.exitCode() != 0) {
            throw new LabException("'" + typed + "' failed with exit code " + result.exitCode());
        }
    }

    private void showWhoAnswers() {
        for (Host host : network.hosts()) {
            if (host != network.switchHost()) {
                hostOfMac.put(host.mac("eth0"), host.name());
            }
        }
        Set<Long> answers =
                AddressProbe.whoHas(
                        network.client(),
                        "eth0",
                        network.clientAddresses(settings.family()).getFirst(),
                        virtual);
        screen.title(
                "Who has "
                        + virtual
                        + "? the client asks the link ("
                        + (virtual.isIpv6() ? "neighbour discovery" : "ARP")
                        + ")");
        for (long mac : answers) {
            screen.line(String.format("  %-8s  %s", nameOf(mac), Links.macText(mac)));
        }
        Set<Long> onlyDirector = Set.of(network.director().mac("eth0"));
        screen.line(
                answers.equals(onlyDirector)
                        ? "  Only the director answers, so requests go to it."
                        : "  More than the director answer: whoever is first gets the client's"
                                + " requests, past the director.");
        network.client().interfaces().flushNeighbours("eth0");
        screen.blank();
    }

    private void showPath() {
        Address client = network.clientAddresses(settings.family()).getLast();
        screen.title("Which way one request and its reply go, as the switch between them sees it");
        PathTrace trace;
        try {
            trace = PathTrace.of(network, client, target);
        } catch (LabException failure) {
            screen.line("  " + failure.getMessage());
            screen.blank();
            return;
        }
        showHops("request", trace.request());
        showHops("reply", trace.reply());
        boolean viaDirector = trace.request().size() == 2;
        boolean straight =
                trace.reply().size() == 1
                        && trace.reply().getFirst().fromMac() != network.director().mac("eth0");
        screen.line(
                (viaDirector
                                ? "  The director changed nothing but the link address"
                                : "  The request went past the director")
                        + (straight ? "; the reply went straight to the client." : "."));
        screen.blank();
    }

    private void showHops(String label, List<PathTrace.Hop> hops) {
        String shown = label;
        for (PathTrace.Hop hop : hops) {
            screen.line(
                    String.format(
                            "  %-8s %-8s %s -> %-8s %s  %s",
                            shown,
                            nameOf(hop.fromMac()),
                            Links.macText(hop.fromMac()),
                            nameOf(hop.toMac()),
                            Links.macText(hop.toMac()),
                            hop.packet()));
            shown = "";
        }
    }

    private String nameOf(long mac) {
        return hostOfMac.getOrDefault(mac, "somebody");
    }

    private boolean sendRequests() {
        List<Address> addresses = network.clientAddresses(settings.family());
        screen.title(
                settings.requests()
                        + " requests to "
                        + target
                        + ", each a new connection, from "
                        + addresses.size()
                        + " client addresses");
        Clients clients = new Clients(network.client(), addresses, CLIENT_THREADS);
        long startNanos = System.nanoTime();
        Answers answers =
                clients.send(
                        target,
                        settings.requests(),
                        (done, failed) -> screen.progress(done, settings.requests(), failed));
        long millis = Math.max(1, millisSince(startNanos));
        screen.distribution(answers.perServer());
        screen.line(
                "  "
                        + answers.answered()
                        + " answered, "
                        + answers.failed()
                        + " failed, "
                        + settings.requests() * 1000L / millis
                        + " requests/s");
        for (String reason : answers.reasons()) {
            screen.line("  failed: " + reason);
        }
        boolean good = answers.failed() == 0;
        if (isPersistent()) {
            long faithful =
                    addresses.stream().filter(a -> answers.serversOf(a).size() == 1).count();
            long seen = addresses.stream().filter(a -> !answers.serversOf(a).isEmpty()).count();
            screen.line(
                    "  persistent: "
                            + faithful
                            + " of "
                            + seen
                            + " client addresses stayed with one server");
            good &= faithful == seen || !settings.suppressArp();
        }
        screen.blank();
        return good;
    }

    private void hold() {
        screen.blank();
        screen.title("The lab stays up until Ctrl-C. Look around from another terminal:");
        String ask =
                settings.udp()
                        ? "sh -c 'echo hello | nc -u -w1 " + virtual + " " + ECHO_PORT + "'"
                        : "curl -s " + target;
        screen.line("  bin/sluice lab exec client " + ask);
        screen.line("  bin/sluice lab exec director ipvsadm -Lnc");
        screen.line("  bin/sluice lab exec rs1 bash");
        if (hasEveryUser()) {
            screen.line("  bin/sluice lab exec director tcpdump -ni eth0");
        } else {
            screen.line(
                    "(tcpdump takes a lab of root's: it turns into a user that a user namespace"
                            + " does not have)");
        }
        try {
            Thread.currentThread().join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Unlike in a user namespace that an ordinary user made.
    private static boolean hasEveryUser() {
        try {
            return Files.readString(Path.of("/proc/self/uid_map")).contains("4294967295");
        } catch (IOException noUserNamespacesHere) {
            return true;
        }
    }

    private static long millisSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }
}
