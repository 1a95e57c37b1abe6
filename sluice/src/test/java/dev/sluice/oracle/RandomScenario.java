package dev.sluice.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A scenario made up from a seed: services of every kind with servers, clients that begin, go on
/// and end in any order, replies, errors, edits and settings in between. Few addresses and ports,
/// so that everything meets everything.
///
/// No time passes that matters, and nothing that is known to differ is done (`differences.txt`).
final class RandomScenario {
    private static final int STEPS = 30;
    private static final List<String> SCHEDULERS =
            List.of("rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "sh", "dh", "mh");
    private static final List<String> SEGMENTS =
            List.of("S", "S", "S", "SA", "A", "A", "A payload=9", "FA", "FA", "R", "RA", "P", "-");
    private static final List<String> CHUNKS =
            List.of(
                    "INIT",
                    "INIT",
                    "INIT_ACK",
                    "COOKIE_ECHO",
                    "COOKIE_ACK",
                    "DATA",
                    "SACK",
                    "SHUTDOWN",
                    "SHUTDOWN_ACK",
                    "SHUTDOWN_COMPLETE",
                    "ERROR",
                    "ABORT",
                    "COOKIE_ECHO,ABORT");

    /// @param option how ipvsadm names its protocol
    private record Service(String option, String protocol, int port, int serverPort) {
        String name() {
            return option + " 192.168.1.100:" + port;
        }
    }

    private static final List<Service> SERVICES =
            List.of(
                    new Service("-t", "tcp", 80, 8080),
                    new Service("-t", "tcp", 81, 81),
                    new Service("-u", "udp", 53, 5353),
                    new Service("--sctp-service", "sctp", 2905, 3000));

    private final SplittableRandom random;
    private final StringBuilder text = new StringBuilder();
    private final List<Service> services = new ArrayList<>();

    /// Always the same for a seed.
    static String text(long seed) {
        return new RandomScenario(seed).make();
    }

    private RandomScenario(long seed) {
        random = new SplittableRandom(seed);
    }

    private String make() {
        for (Service service : SERVICES) {
            if (random.nextInt(3) > 0) {
                services.add(service);
                add(service);
            }
        }
        if (services.isEmpty()) {
            services.add(SERVICES.getFirst());
            add(SERVICES.getFirst());
        }
        for (int step = 0; step < STEPS; step++) {
            Service service = pick(services);
            switch (random.nextInt(16)) {
                case 0 -> edit(service);
                case 1 -> setting();
                case 2 -> error(service);
                case 3, 4, 5, 6 -> reply(service);
                default -> request(service);
            }
            if (random.nextInt(8) == 0) {
                say("ipvsadm -Lnc");
            }
        }
        say("ipvsadm -Lnc");
        say("ipvsadm -Ln");
        return text.toString();
    }

    private void add(Service service) {
        String persistence =
                switch (random.nextInt(6)) {
                    case 0 -> " -p 300";
                    case 1 -> " -p 300 -M 255.255.255.0";
                    default -> "";
                };
        say("ipvsadm -A " + service.name() + " -s " + pick(SCHEDULERS) + persistence);
        for (int server = 11; server <= 13; server++) {
            say("ipvsadm -a " + server(service, server));
        }
    }

    private String server(Service service, int number) {
        boolean direct = random.nextInt(4) == 0;
        int port = direct ? service.port : service.serverPort;
        String threshold = random.nextInt(6) == 0 ? " -x " + random.nextInt(1, 4) : "";
        return service.name()
                + " -r 10.0.0."
                + number
                + ":"
                + port
                + (direct ? " -g" : " -m")
                + " -w "
                + random.nextInt(5)
                + threshold;
    }

    private void edit(Service service) {
        int number = random.nextInt(11, 14);
        String masqueraded = " -r 10.0.0." + number + ":" + service.serverPort;
        switch (random.nextInt(4)) {
            case 0 -> say("ipvsadm -d " + service.name() + masqueraded);
            case 1 -> say("ipvsadm -a " + service.name() + masqueraded + " -m -w 2");
            default ->
                    say(
                            "ipvsadm -e "
                                    + service.name()
                                    + masqueraded
                                    + " -m -w "
                                    + random.nextInt(4));
        }
    }

    private void setting() {
        switch (random.nextInt(8)) {
            case 0 -> say("set conn_reuse_mode=" + random.nextInt(4));
            case 1 -> say("set expire_nodest_conn=" + random.nextInt(2));
            case 2 -> say("set expire_quiescent_template=" + random.nextInt(2));
            case 3 -> say("set sloppy_tcp=" + random.nextInt(2));
            case 4 -> say("set sloppy_sctp=" + random.nextInt(2));
            case 5 -> say("set secure_tcp=" + 3 * random.nextInt(2));
            case 6 -> say("set nat_icmp_send=" + random.nextInt(2));
            default -> say("set schedule_icmp=" + random.nextInt(2));
        }
    }

    private void request(Service service) {
        say(
                "client %s %s > 192.168.1.100:%d %s"
                        .formatted(service.protocol, client(), service.port, body(service)));
    }

    private void reply(Service service) {
        say(
                "server %s 10.0.0.%d:%d > %s %s"
                        .formatted(
                                service.protocol,
                                random.nextInt(11, 14),
                                service.serverPort,
                                client(),
                                body(service)));
    }

    private void error(Service service) {
        String client = client();
        String host = client.substring(0, client.indexOf(':'));
        int server = random.nextInt(11, 14);
        String body = service.protocol.equals("udp") ? "payload=20" : body(service);
        if (random.nextBoolean()) {
            say(
                    "server icmp 3/1 10.0.0.%d > %s about %s %s > 10.0.0.%d:%d %s"
                            .formatted(
                                    server,
                                    host,
                                    service.protocol,
                                    client,
                                    server,
                                    service.serverPort,
                                    body));
        } else {
            say(
                    "client icmp 3/3 %s > 192.168.1.100 about %s 192.168.1.100:%d > %s %s"
                            .formatted(host, service.protocol, service.port, client, body));
        }
    }

    private String client() {
        return "172.16."
                + random.nextInt(2)
                + "."
                + random.nextInt(1, 3)
                + ":"
                + random.nextInt(1000, 1003);
    }

    private String body(Service service) {
        return switch (service.protocol) {
            case "tcp" -> pick(SEGMENTS);
            case "sctp" -> pick(CHUNKS) + " payload=16";
            default -> "payload=" + random.nextInt(1, 40);
        };
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void say(String line) {
        text.append(line).append('\n');
    }
}
