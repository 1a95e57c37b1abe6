package dev.sluice.lab.scene;

import dev.sluice.lab.Host;
import dev.sluice.lab.PortCounters;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Proxy;
import java.net.URI;

/// The claim of direct routing and tunnels, measured: the answers are many times what passes the
/// director, whose link therefore does not limit the cluster.
final class Delivery {

    private static final int DOWNLOADS = 20;

    private Delivery() {}

    /// Downloads of a megabyte each, and what the director and the real servers sent for them.
    static void show(Stage stage) {
        if (stage.settings().udp()) {
            return;
        }
        PortCounters ports = new PortCounters(stage.network().switchHost());
        long director = ports.sentBy("director");
        long cluster = servers(stage, ports);
        String url = stage.target() + "1m";
        long received = 0;
        for (int i = 0; i < DOWNLOADS; i++) {
            received += download(stage.network().client(), url);
        }
        director = ports.sentBy("director") - director;
        cluster = servers(stage, ports) - cluster;
        Screen screen = stage.screen();
        screen.title(DOWNLOADS + " downloads of a megabyte, as the switch counts them");
        screen.line(String.format("  passed the director        %,13d bytes", director));
        screen.line(String.format("  the real servers delivered %,13d bytes", cluster));
        screen.line(
                String.format(
                        "  The client got %,d bytes; the cluster sent %d times what the director"
                                + " had to carry.",
                        received, cluster / Math.max(1, director)));
        screen.blank();
    }

    private static long servers(Stage stage, PortCounters ports) {
        return stage.network().realServers().stream()
                .mapToLong(server -> ports.sentBy(server.name()))
                .sum();
    }

    private static long download(Host client, String url) {
        return client.run(() -> {
            try (InputStream body =
                    URI.create(url).toURL().openConnection(Proxy.NO_PROXY).getInputStream()) {
                return body.transferTo(OutputStream.nullOutputStream());
            } catch (IOException failure) {
                throw new IOException(url + ": " + failure.getMessage(), failure);
            }
        });
    }
}
