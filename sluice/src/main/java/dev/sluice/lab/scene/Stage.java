package dev.sluice.lab.scene;

import dev.sluice.lab.DirectorProcess;
import dev.sluice.lab.Host;
import dev.sluice.lab.LabException;
import dev.sluice.lab.LabNetwork;
import dev.sluice.lab.Target;
import dev.sluice.wire.Address;

import java.util.List;

/// What a scene plays with: the machines, what the user chose, the screen, and a terminal on the
/// director.
final class Stage {

    private static final int HTTP_PORT = 80;
    private static final int ECHO_PORT = 7;

    private final Settings settings;
    private final Screen screen;
    private final LabNetwork network;
    private final DirectorProcess director;
    private final Target target;

    Stage(Settings settings, Screen screen, LabNetwork network, DirectorProcess director) {
        this.settings = settings;
        this.screen = screen;
        this.network = network;
        this.director = director;
        target = target(settings, network);
    }

    /// What the clients of a lab ask.
    static Target target(Settings settings, LabNetwork network) {
        Address virtual = network.virtualAddress(settings.family());
        return settings.udp() ? Target.udp(virtual, ECHO_PORT) : Target.http(virtual, HTTP_PORT);
    }

    Settings settings() {
        return settings;
    }

    Screen screen() {
        return screen;
    }

    LabNetwork network() {
        return network;
    }

    Target target() {
        return target;
    }

    /// The virtual address that is asked.
    Address virtual() {
        return target.address();
    }

    /// The service as ipvsadm wants it, `-t 10.0.0.13:80`.
    String service() {
        return (settings.udp() ? "-u " : "-t ") + virtual().withPort(target.port());
    }

    /// A real server as ipvsadm wants it, `-r 172.16.1.11:80`.
    ///
    /// @param server from 0
    String realServer(int server) {
        return "-r " + network.realAddress(settings.family(), server).withPort(target.port());
    }

    /// `-s` and `-p` as chosen, or as the tutorial has it.
    String scheduling(Scene.Habits habits) {
        String chosen = settings.scheduler();
        return "-s " + (chosen == null ? habits.scheduler() : chosen) + persistence(habits);
    }

    private String persistence(Scene.Habits habits) {
        Integer chosen = settings.persistence();
        if (chosen == null) {
            return habits.persistenceSeconds() == 0 ? "" : " -p " + habits.persistenceSeconds();
        }
        return chosen == 0 ? " -p" : " -p " + chosen;
    }

    /// As a router does, and a gateway has to.
    void forwardAtDirector() {
        String forwarding =
                virtual().isIpv6() ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward";
        network.director().sysctl(forwarding, 1);
        screen.line("director: " + forwarding + " = 1");
    }

    /// Types a command on the director and shows what it prints.
    ///
    /// @param typed `ipvsadm -C`
    /// @return what it printed
    String type(String typed) {
        screen.command("director", typed);
        String output = typeUnseen(typed);
        screen.output(output);
        return output;
    }

    /// Types a command on the director that there is nothing to learn from.
    ///
    /// @return what it printed
    String typeUnseen(String typed) {
        String[] words = typed.split(" ", -1);
        Host.Result result =
                director.ipvsadm(List.of(words).subList(1, words.length).toArray(String[]::new));
        if (result.exitCode() != 0) {
            throw new LabException(
                    "'%s' failed with exit code %d: %s"
                            .formatted(typed, result.exitCode(), result.output()));
        }
        return result.output();
    }

    /// Connections that the director has counted for the service so far, traced ones included.
    long connectionsCounted() {
        String flag = settings.udp() ? "-u" : "-t";
        String listing =
                director.ipvsadm(
                                "-Ln",
                                "--stats",
                                "--exact",
                                flag,
                                virtual().withPort(target.port()))
                        .output();
        for (String line : listing.split("\n", -1)) {
            String[] columns = line.trim().split(" +", -1);
            if (columns.length > 2 && columns[1].equals(virtual().withPort(target.port()))) {
                return Long.parseLong(columns[2]);
            }
        }
        throw new LabException("the director does not list its service any more:\n" + listing);
    }
}
