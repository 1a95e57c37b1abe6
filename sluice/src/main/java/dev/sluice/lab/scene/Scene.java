package dev.sluice.lab.scene;

import dev.sluice.lab.Shape;
import dev.sluice.wire.Address;

/// A lab: its wires, what the machines need, the commands of the tutorial, what there is to see.
/// [Demonstration] plays it in the order of the methods.
///
/// Its [picocli.CommandLine.Command] annotation has the word after `sluice lab` and what it proves;
/// its fields may be options of its own.
interface Scene {

    /// The first line that is printed.
    String title();

    Shape shape();

    /// The scheduler and the persistence that the tutorial takes, where the user has not chosen.
    Habits habits();

    /// The address at which a datagram of a client arrives at a real server.
    Address arrivesAt(Stage stage, int server);

    /// What the tutorial does beside ipvsadm: sysctls, addresses.
    void prepare(Stage stage);

    /// The commands of the tutorial, typed on the director.
    void configure(Stage stage);

    /// What there is to see before the requests.
    default void look(Stage stage) {}

    /// What the clients do, and how it is shown: requests to the tutorial's service.
    ///
    /// @return whether everybody got what they asked for
    default boolean play(Stage stage) {
        boolean good = Requests.send(this, stage);
        stage.type("ipvsadm -Ln --stats");
        return good;
    }

    /// What there is to say after them.
    default void conclude(Stage stage) {}

    /// Whether a client that does not stay with its server is a failure, where persistence was
    /// asked for.
    default boolean keepsItsWord() {
        return true;
    }

    /// What the tutorial chooses.
    ///
    /// @param scheduler of `-s`
    /// @param persistenceSeconds of `-p`; 0: none
    record Habits(String scheduler, int persistenceSeconds) {}
}
