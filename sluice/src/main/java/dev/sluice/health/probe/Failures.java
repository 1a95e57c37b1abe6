package dev.sluice.health.probe;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;

import javax.net.ssl.SSLException;

/// What an exception says of a server, for people.
final class Failures {

    private Failures() {}

    static String words(IOException e) {
        return switch (e) {
            case SocketTimeoutException _ -> "no answer in time";
            case ConnectException refused
                    when String.valueOf(refused.getMessage()).contains("refused") ->
                    "connection refused";
            case NoRouteToHostException _ -> "no route to host";
            case PortUnreachableException _ -> "port unreachable";
            case SSLException tls -> "TLS: " + tls.getMessage();
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }
}
