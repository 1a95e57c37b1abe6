package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;

/// nginx as a TCP and UDP proxy.
final class NginxStream implements Peer {

    /// Where Debian keeps it; elsewhere it is built in.
    private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String title() {
        return "nginx";
    }

    @Override
    public @Nullable Tool tool() {
        return Tool.NGINX;
    }

    @Override
    public void start(Lane lane, BenchNetwork network) {
        StringBuilder text = new StringBuilder();
        if (Files.exists(MODULE)) {
            text.append("load_module ").append(MODULE).append(";\n");
        }
        text.append("worker_processes auto;\nevents { worker_connections 4000; }\nstream {\n");
        for (int port : Ports.TCP) {
            text.append(
                    "server { listen %2$s:%1$d backlog=8192; proxy_pass %3$s:%1$d; }\n"
                            .formatted(port, lane.target(), lane.serverAddress()));
        }
        text.append(
                "server { listen %2$s:%1$d udp reuseport; proxy_pass %3$s:%1$d; }\n}\n"
                        .formatted(Ports.DISCARD, lane.target(), lane.serverAddress()));
        try {
            ForeignServer.nginx(lane.director(), network.directory(), text.toString())
                    .await(lane, lane.target(), Ports.HTTP);
        } catch (LabException silence) {
            String hint = Files.exists(MODULE) ? "" : "; Debian: package libnginx-mod-stream";
            throw new LabException(silence.getMessage() + hint);
        }
    }
}
