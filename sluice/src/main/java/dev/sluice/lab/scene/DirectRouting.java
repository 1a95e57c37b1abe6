package dev.sluice.lab.scene;

import dev.sluice.lab.AddressProbe;
import dev.sluice.lab.LabException;
import dev.sluice.lab.LabNetwork;
import dev.sluice.lab.PathTrace;
import dev.sluice.lab.Shape;
import dev.sluice.net.netlink.Links;
import dev.sluice.wire.Address;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `sluice lab dr`: the director only chooses, replies go straight to the client. Shows who answers
/// for the virtual address and which way packets take, and what happens when the real servers do
/// not keep quiet about it.
@Command(
        name = "dr",
        description = {
            "Direct routing: the director only chooses, replies go straight to the client.",
            "Shows who answers for the virtual address, and which way packets take."
        })
final class DirectRouting implements Scene {

    private static final int TUTORIAL_PERSISTENCE_SECONDS = 20;

    @Option(
            names = "--without-arp-suppression",
            description = "Let the real servers claim the virtual address, and see why not to.")
    private boolean withoutArpSuppression;

    private final Map<Long, String> hostOfMac = new HashMap<>();

    @Override
    public String title() {
        return "Sluice lab: direct routing. Everybody is on one link; replies do not pass the"
                + " director";
    }

    @Override
    public Shape shape() {
        return Shape.ONE_LINK;
    }

    @Override
    public Habits habits() {
        return new Habits("wrr", TUTORIAL_PERSISTENCE_SECONDS);
    }

    /// A directly routed datagram still carries the virtual address.
    @Override
    public Address arrivesAt(Stage stage, int server) {
        return stage.virtual();
    }

    @Override
    public void prepare(Stage stage) {
        Address virtual = stage.virtual();
        if (withoutArpSuppression) {
            if (virtual.isIpv6()) {
                stage.network().claimVirtualAddress();
            }
            stage.screen()
                    .line(
                            "real servers: "
                                    + virtual
                                    + " on "
                                    + (virtual.isIpv6() ? "eth0" : "lo")
                                    + ", and nothing that keeps them quiet about it");
            return;
        }
        stage.network().suppressArp();
        stage.screen()
                .line(
                        "real servers: "
                                + virtual
                                + " on lo"
                                + (virtual.isIpv6()
                                        ? ""
                                        : ", net.ipv4.conf.all.arp_ignore = 1, arp_announce = 2"));
    }

    @Override
    public void configure(Stage stage) {
        stage.type("ipvsadm -C");
        stage.type("ipvsadm --set 30 5 60");
        stage.type("ipvsadm -A " + stage.service() + " " + stage.scheduling(habits()));
        for (int i = 0; i < stage.settings().realServers(); i++) {
            stage.type("ipvsadm -a " + stage.service() + " " + stage.realServer(i) + " -g -w 1");
        }
        stage.type("ipvsadm -ln");
    }

    @Override
    public void look(Stage stage) {
        showWhoAnswers(stage);
        showPath(stage);
    }

    private void showWhoAnswers(Stage stage) {
        LabNetwork network = stage.network();
        Screen screen = stage.screen();
        Address virtual = stage.virtual();
        hostOfMac.putAll(network.namesByMac());
        Set<Long> answers = AddressProbe.whoHas(network.client(), "eth0", virtual);
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

    private void showPath(Stage stage) {
        LabNetwork network = stage.network();
        Screen screen = stage.screen();
        Address client = network.clientAddresses(stage.virtual().family()).getLast();
        screen.title("Which way one request and its reply go, as the switch between them sees it");
        PathTrace trace;
        try {
            trace = PathTrace.of(network, client, stage.target());
        } catch (LabException failure) {
            screen.line("  " + failure.getMessage());
            screen.blank();
            return;
        }
        showHops(screen, "request", trace.request());
        showHops(screen, "reply", trace.reply());
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

    private void showHops(Screen screen, String label, List<PathTrace.Hop> hops) {
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

    @Override
    public boolean keepsItsWord() {
        return !withoutArpSuppression;
    }

    /// What the numbers above mean: they are not simply those of the requests.
    @Override
    public void conclude(Stage stage) {
        long counted = stage.connectionsCounted();
        int requests = stage.settings().requests();
        if (counted == 0) {
            stage.screen()
                    .line(
                            "  The director saw none of the "
                                    + requests
                                    + " requests: the real servers took them past it.");
            return;
        }
        if (withoutArpSuppression && counted < requests / 2) {
            stage.screen()
                    .line(
                            "  The director counted only "
                                    + counted
                                    + " connections of "
                                    + requests
                                    + " requests: the real servers took the others past it.");
            return;
        }
        stage.screen()
                .line(
                        "  Connections: "
                                + requests
                                + " requests and the traced one are "
                                + (requests + 1)
                                + "; the director counted "
                                + counted
                                + (counted < requests + 1
                                        ? ". A client port that is used again while its connection"
                                                + " is remembered continues that connection."
                                        : "."));
        stage.screen().blank();
        Delivery.show(stage);
    }
}
