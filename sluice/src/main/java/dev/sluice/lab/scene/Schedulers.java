package dev.sluice.lab.scene;

import dev.sluice.lab.GreetingServer;
import dev.sluice.lab.LabException;
import dev.sluice.lab.LabNetwork;
import dev.sluice.lab.Shape;
import dev.sluice.lab.Target;
import dev.sluice.lab.Visitors;
import dev.sluice.wire.Address;

import picocli.CommandLine.Command;

import java.util.ArrayList;
import java.util.List;

/// `sluice lab schedulers`: a service for each scheduler, the same clients at each of them, and who
/// met which server, as a picture.
@Command(
        name = "schedulers",
        description = {
            "What each scheduler does with the same clients: "
                    + Schedulers.CLIENTS
                    + " of them come "
                    + Schedulers.VISITS
                    + " times",
            "and stay connected, whatever --requests says. --scheduler: only that one."
        })
final class Schedulers implements Scene {

    static final int CLIENTS = 12;
    static final int VISITS = 3;

    private static final int FIRST_PORT = 1001;
    private static final int SERVER_PORT = 7;
    private static final int WEIGHT_STEP = 10;

    /// Servers are shown by one character each.
    private static final int MOST_SERVERS = Character.MAX_RADIX - 1;

    /// A scheduler and what it does, in a few words.
    private record Lesson(String scheduler, String rule) {}

    private static final List<Lesson> LESSONS =
            List.of(
                    new Lesson("rr", "in turn"),
                    new Lesson("wrr", "in turn, by weight"),
                    new Lesson("lc", "fewest connections"),
                    new Lesson("wlc", "fewest for its weight"),
                    new Lesson("sed", "shortest expected delay"),
                    new Lesson("nq", "an idle one, else sed"),
                    new Lesson("twos", "better of two drawn"),
                    new Lesson("fo", "heaviest that is up"),
                    new Lesson("ovf", "fills the heaviest first"),
                    new Lesson("sh", "by client address"),
                    new Lesson("mh", "by client, by weight"),
                    new Lesson("dh", "by virtual address"),
                    new Lesson("lblc", "one for each virtual one"),
                    new Lesson("lblcr", "some for each virtual one"));

    @Override
    public String title() {
        return "Sluice lab: schedulers. The same clients, and whom each scheduler sends them to";
    }

    @Override
    public Shape shape() {
        return Shape.BEHIND_DIRECTOR;
    }

    @Override
    public Habits habits() {
        return new Habits("rr", 0);
    }

    @Override
    public Address arrivesAt(Stage stage, int server) {
        return stage.network().realAddress(stage.settings().family(), server);
    }

    @Override
    public void prepare(Stage stage) {
        if (stage.settings().udp()) {
            throw new LabException("this lab is about connections that stay open; no --udp");
        }
        if (stage.settings().realServers() > MOST_SERVERS) {
            throw new LabException("this lab has room for " + MOST_SERVERS + " real servers");
        }
        stage.forwardAtDirector();
    }

    @Override
    public void configure(Stage stage) {
        stage.type("ipvsadm -C");
        for (Lesson lesson : lessons(stage)) {
            String service = "-t " + target(stage, lesson);
            stage.type(
                    "ipvsadm -A "
                            + service
                            + " "
                            + stage.scheduling(new Habits(lesson.scheduler(), 0)));
            for (int i = 0; i < stage.settings().realServers(); i++) {
                stage.typeUnseen(
                        "ipvsadm -a %s -r %s -m -w %d"
                                .formatted(
                                        service,
                                        arrivesAt(stage, i).withPort(SERVER_PORT),
                                        weight(i)));
            }
        }
        stage.screen().line("  and to each of them: " + servers(stage));
    }

    private static String servers(Stage stage) {
        List<String> servers = new ArrayList<>();
        for (int i = 0; i < stage.settings().realServers(); i++) {
            servers.add("rs" + (i + 1) + " -w " + weight(i));
        }
        return String.join(", ", servers);
    }

    /// The servers differ, so that weights can be seen.
    private static int weight(int server) {
        return WEIGHT_STEP * (server + 1);
    }

    /// All of them, or the one that the user chose.
    private static List<Lesson> lessons(Stage stage) {
        String chosen = stage.settings().scheduler();
        return chosen == null
                ? LESSONS
                : List.of(
                        LESSONS.stream()
                                .filter(lesson -> lesson.scheduler().equals(chosen))
                                .findFirst()
                                .orElseThrow(() ->
                                        new LabException(
                                                "this lab knows no scheduler '" + chosen + "'")));
    }

    private static String target(Stage stage, Lesson lesson) {
        return stage.virtual().withPort(FIRST_PORT + LESSONS.indexOf(lesson));
    }

    @Override
    public boolean play(Stage stage) {
        Screen screen = stage.screen();
        screen.title(
                CLIENTS
                        + " clients come "
                        + VISITS
                        + " times and stay. A character is a client, and tells which real server"
                        + " it met");
        screen.blank();
        List<GreetingServer> servers = new ArrayList<>();
        try {
            stage.network()
                    .realServers()
                    .forEach(host -> servers.add(GreetingServer.start(host, SERVER_PORT)));
            for (Lesson lesson : lessons(stage)) {
                screen.picks(
                        lesson.scheduler(),
                        picks(stage, lesson),
                        servers.size(),
                        CLIENTS,
                        lesson.rule());
            }
        } finally {
            servers.forEach(GreetingServer::close);
        }
        screen.blank();
        return true;
    }

    /// The number of the real server that each client met, from 1.
    private static int[] picks(Stage stage, Lesson lesson) {
        LabNetwork network = stage.network();
        List<Address> clients =
                network.clientAddresses(stage.settings().family()).subList(0, CLIENTS);
        Target target = Target.http(stage.virtual(), FIRST_PORT + LESSONS.indexOf(lesson));
        try (Visitors visitors = new Visitors(network.client(), clients)) {
            return visitors.visit(target, CLIENTS * VISITS).stream()
                    .mapToInt(name -> 1 + index(network, name))
                    .toArray();
        }
    }

    private static int index(LabNetwork network, String name) {
        for (int i = 0; i < network.realServers().size(); i++) {
            if (network.realServers().get(i).name().equals(name)) {
                return i;
            }
        }
        throw new LabException("'" + name + "' is no real server of this lab");
    }
}
