package dev.sluice.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// The real nginx on the loopback: pages over HTTP, and over TLS, others for those who say a name.
final class WebServer implements AutoCloseable {

    static final int HTTP = 18080;
    static final int HTTPS = 18443;

    /// HTTP too, at every address of the machine.
    static final int ANY_ADDRESS = 18081;

    private final Process nginx;

    WebServer(Path folder) throws IOException, InterruptedException {
        Path pages = Files.createDirectories(folder.resolve("pages"));
        Files.writeString(pages.resolve("index.html"), "hello world");
        Files.writeString(pages.resolve("big.txt"), "0123456789".repeat(100_000));
        run(
                folder,
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "key.pem",
                "-out",
                "certificate.pem",
                "-subj",
                "/CN=www.example.org",
                "-days",
                "2");
        Path file = folder.resolve("nginx.conf");
        Files.writeString(file, configuration(folder));
        nginx =
                new ProcessBuilder("nginx", "-c", file.toString(), "-e", "stderr")
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("nginx.log").toFile())
                        .start();
    }

    private static String configuration(Path folder) {
        return """
        daemon off;
        user root;
        worker_processes 1;
        pid %1$s/nginx.pid;
        worker_rlimit_nofile 20000;
        events {
          worker_connections 10000;
        }
        http {
          access_log off;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          server {
            listen 127.0.0.1:%2$d;
            listen [::1]:%2$d;
            listen %4$d backlog=4096;
            root %1$s/pages;
            location /moved {
              return 301 /;
            }
            location /host {
              return 200 "host $http_host";
            }
            location /broken {
              return 500;
            }
            location /silent {
              return 444;
            }
          }
          server {
            listen 127.0.0.1:%3$d ssl default_server;
            ssl_certificate %1$s/certificate.pem;
            ssl_certificate_key %1$s/key.pem;
            location / {
              return 200 "Hello <$ssl_server_name> $ssl_session_reused";
            }
          }
          server {
            listen 127.0.0.1:%3$d ssl;
            server_name www.example.org;
            ssl_certificate %1$s/certificate.pem;
            ssl_certificate_key %1$s/key.pem;
            location / {
              return 200 "Hello $ssl_server_name\\nok";
            }
          }
        }
        """
                .formatted(folder, HTTP, HTTPS, ANY_ADDRESS);
    }

    private static void run(Path folder, String... command)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (process.waitFor() != 0) {
            throw new IOException(command[0] + " failed");
        }
    }

    void stop() {
        nginx.destroy();
        try {
            nginx.waitFor(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
