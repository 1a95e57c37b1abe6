package dev.sluice.lab.scene;

import dev.sluice.lab.Shape;
import dev.sluice.wire.Address;

import picocli.CommandLine.Command;

/// `sluice lab nat`: the director is the real servers' gateway and rewrites both ways.
@Command(
        name = "nat",
        description = {
            "Masquerading: the real servers are behind the director, both ways pass it.",
            "What plain 'sluice lab' shows."
        })
final class Nat implements Scene {

    @Override
    public String title() {
        return "Sluice lab: NAT. The real servers are behind the director, both ways pass it";
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
        stage.forwardAtDirector();
    }

    @Override
    public void configure(Stage stage) {
        stage.type("ipvsadm -C");
        stage.type("ipvsadm -A " + stage.service() + " " + stage.scheduling(habits()));
        for (int i = 0; i < stage.settings().realServers(); i++) {
            stage.type("ipvsadm -a " + stage.service() + " " + stage.realServer(i) + " -m");
        }
        stage.type("ipvsadm -Ln");
    }
}
