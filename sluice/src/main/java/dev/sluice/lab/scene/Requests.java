package dev.sluice.lab.scene;

import dev.sluice.lab.Answers;
import dev.sluice.lab.Clients;
import dev.sluice.wire.Address;

import java.util.List;

/// Real requests to a scene's service, spread by the director, and who answered them.
final class Requests {

    private static final int CLIENT_THREADS = 8;

    private Requests() {}

    /// Sends as many as the user chose.
    ///
    /// @return whether each was answered, and clients that should stay with a server did
    static boolean send(Scene scene, Stage stage) {
        Settings settings = stage.settings();
        Screen screen = stage.screen();
        List<Address> addresses = stage.network().clientAddresses(settings.family());
        screen.title(
                settings.requests()
                        + " requests to "
                        + stage.target()
                        + ", each a new connection, from "
                        + addresses.size()
                        + " client addresses");
        Clients clients = new Clients(stage.network().client(), addresses, CLIENT_THREADS);
        long startNanos = System.nanoTime();
        Answers answers =
                clients.send(
                        stage.target(),
                        settings.requests(),
                        (done, failed) -> screen.progress(done, settings.requests(), failed));
        long millis = Math.max(1, (System.nanoTime() - startNanos) / 1_000_000);
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
        if (settings.persistence() != null || scene.habits().persistenceSeconds() > 0) {
            good &= stayed(answers, addresses, screen) || !scene.keepsItsWord();
        }
        screen.blank();
        return good;
    }

    /// Whether each client address met one server only.
    private static boolean stayed(Answers answers, List<Address> addresses, Screen screen) {
        long faithful = addresses.stream().filter(a -> answers.serversOf(a).size() == 1).count();
        long seen = addresses.stream().filter(a -> !answers.serversOf(a).isEmpty()).count();
        screen.line(
                "  persistent: "
                        + faithful
                        + " of "
                        + seen
                        + " client addresses stayed with one server");
        return faithful == seen;
    }
}
