package dev.sluice.lab.bench;

import org.jspecify.annotations.Nullable;

/// HAProxy in TCP mode, as its manual's examples configure it.
final class HaProxy implements Peer {

    @Override
    public String name() {
        return "haproxy";
    }

    @Override
    public String title() {
        return "HAProxy";
    }

    @Override
    public @Nullable Tool tool() {
        return Tool.HAPROXY;
    }

    @Override
    public boolean forwardsUdp() {
        return false;
    }

    @Override
    public void start(Lane lane, BenchNetwork network) {
        StringBuilder text =
                new StringBuilder(
                        """
                        global
                            maxconn 2000
                        defaults
                            mode tcp
                            timeout connect 5s
                            timeout client 60s
                            timeout server 60s
                        """);
        for (int port : Ports.TCP) {
            text.append(
                    """
                    listen port%1$d
                        bind %2$s:%1$d
                        server real %3$s:%1$d
                    """
                            .formatted(port, lane.target(), lane.serverAddress()));
        }
        ForeignServer.haProxy(lane.director(), network.directory(), text.toString())
                .await(lane, lane.target(), Ports.HTTP);
    }
}
