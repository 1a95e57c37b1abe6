package dev.sluice.lab.bench;

import dev.sluice.lab.Host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What answers on the server: nginx, iperf3, an echo, and a UDP socket that swallows.
final class LoadServer implements AutoCloseable {

    private static final Path SNMP = Path.of("/proc/thread-self/net/snmp");

    private final Host host;
    private final ServerSocketChannel echo;
    private final DatagramChannel discard;

    LoadServer(Host host) {
        this.host = host;
        echo =
                host.run(() -> {
                    ServerSocketChannel channel = ServerSocketChannel.open();
                    channel.bind(new InetSocketAddress("0.0.0.0", Ports.ECHO));
                    return channel;
                });
        discard =
                host.run(() -> {
                    DatagramChannel channel = DatagramChannel.open();
                    channel.setOption(StandardSocketOptions.SO_RCVBUF, 1);
                    channel.bind(new InetSocketAddress("0.0.0.0", Ports.DISCARD));
                    return channel;
                });
        Thread.ofPlatform().daemon().name("echo").start(this::acceptEchoes);
    }

    /// Starts nginx, and an iperf3 for each lane since one of them serves one client at a time.
    void startPrograms(Iterable<Lane> lanes, Path directory) {
        if (Tool.NGINX.isInstalled()) {
            ForeignServer nginx =
                    ForeignServer.nginx(
                            host,
                            directory,
                            """
                            master_process off;
                            events { worker_connections 4000; }
                            http {
                                access_log off;
                                keepalive_requests 1000000000;
                                keepalive_timeout 1h;
                                client_body_temp_path %1$s/body;
                                proxy_temp_path %1$s/proxy;
                                fastcgi_temp_path %1$s/fastcgi;
                                uwsgi_temp_path %1$s/uwsgi;
                                scgi_temp_path %1$s/scgi;
                                server {
                                    listen 80 backlog=8192;
                                    location / { return 200 "hello\\n"; }
                                }
                            }
                            """);
            for (Lane lane : lanes) {
                nginx.await(lane, lane.serverAddress(), Ports.HTTP);
            }
        }
        if (Tool.IPERF3.isInstalled()) {
            for (Lane lane : lanes) {
                host.start(
                        Tool.IPERF3.path(),
                        "--server",
                        "--port",
                        Integer.toString(Ports.IPERF),
                        "--bind",
                        lane.serverAddress().toString());
                Programs.awaitServer(lane.client(), lane.serverAddress(), Ports.IPERF);
            }
        }
    }

    private void acceptEchoes() {
        while (true) {
            try {
                SocketChannel client = echo.accept();
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                Thread.ofPlatform().daemon().name("echo").start(() -> echo(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void echo(SocketChannel client) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(64);
        try (client) {
            while (client.read(bytes.clear()) >= 0) {
                client.write(bytes.flip());
            }
        } catch (IOException gone) {
            // The client has what it wanted.
        }
    }

    /// UDP packets that reached a socket of the server so far.
    ///
    /// Nobody reads that socket and its buffer is full, so each is counted as an error: no reader
    /// takes CPU time away from what is measured.
    static long datagrams(Host server) {
        return server.run(() -> {
            List<String[]> rows =
                    Files.readAllLines(SNMP).stream()
                            .filter(line -> line.startsWith("Udp: "))
                            .map(line -> line.split(" ", -1))
                            .toList();
            List<String> names = List.of(rows.getFirst());
            String[] values = rows.getLast();
            return Long.parseLong(values[names.indexOf("InDatagrams")])
                    + Long.parseLong(values[names.indexOf("InErrors")]);
        });
    }

    @Override
    public void close() {
        try {
            echo.close();
            discard.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
