package dev.sluice.lab.scene;

import dev.sluice.lab.Decapsulator;
import dev.sluice.lab.Host;
import dev.sluice.lab.PathTrace;
import dev.sluice.lab.Shape;
import dev.sluice.net.netlink.Links;
import dev.sluice.wire.Address;

import picocli.CommandLine.Command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `sluice lab tun`: requests go to the real servers inside other packets, which may take any way
/// there; replies go straight to the client.
@Command(
        name = "tun",
        description = {
            "Tunnels: requests reach the real servers inside other packets, replies go straight to"
                    + " the client.",
            "Shows both packets, and how little of the traffic passes the director."
        })
final class Tunnel implements Scene {

    private static final int GUE_PORT = 6080;

    private final List<Decapsulator> decapsulators = new ArrayList<>();

    @Override
    public String title() {
        return "Sluice lab: tunnels. The real servers unwrap requests and answer the client"
                + " themselves";
    }

    @Override
    public Shape shape() {
        return Shape.ONE_LINK;
    }

    @Override
    public Habits habits() {
        return new Habits("rr", 0);
    }

    /// Unwrapped, a datagram still carries the virtual address.
    @Override
    public Address arrivesAt(Stage stage, int server) {
        return stage.virtual();
    }

    @Override
    public void prepare(Stage stage) {
        stage.network().suppressArp();
        for (Host server : stage.network().realServers()) {
            decapsulators.add(Decapsulator.start(server, GUE_PORT));
        }
        stage.screen()
                .line(
                        "real servers: "
                                + stage.virtual()
                                + " on lo, and a program that unwraps what comes (where the kernel"
                                + " has ipip: ip link set tunl0 up)");
    }

    @Override
    public void configure(Stage stage) {
        stage.type("ipvsadm -C");
        stage.type("ipvsadm -A " + stage.service() + " " + stage.scheduling(habits()));
        for (int i = 0; i < stage.settings().realServers(); i++) {
            stage.type("ipvsadm -a " + stage.service() + " " + stage.realServer(i) + " -i");
        }
        stage.type("ipvsadm -Ln --tun-info");
    }

    @Override
    public void look(Stage stage) {
        Screen screen = stage.screen();
        Address client = stage.network().clientAddresses(stage.virtual().family()).getLast();
        screen.title("Which way one request and its reply go, as the switch between them sees it");
        PathTrace trace = PathTrace.of(stage.network(), client, stage.target());
        Map<Long, String> names = stage.network().namesByMac();
        show(screen, names, "request", trace.request());
        show(screen, names, "reply", trace.reply());
        screen.line(
                "  The real server finds the client's packet inside the director's, and answers as"
                        + " the virtual address.");
        screen.blank();
    }

    private static void show(
            Screen screen, Map<Long, String> names, String label, List<PathTrace.Hop> hops) {
        String shown = label;
        for (PathTrace.Hop hop : hops) {
            screen.line(
                    String.format(
                            "  %-8s %-8s -> %-8s  %s",
                            shown,
                            names.getOrDefault(hop.fromMac(), Links.macText(hop.fromMac())),
                            names.getOrDefault(hop.toMac(), Links.macText(hop.toMac())),
                            hop.packet()));
            shown = "";
        }
    }

    @Override
    public void conclude(Stage stage) {
        Delivery.show(stage);
        decapsulators.forEach(Decapsulator::close);
    }
}
