package dev.sluice.health.probe;

import java.io.IOException;
import java.net.Socket;

/// Connects, and hangs up: `TCP_CHECK`.
public record TcpProbe(Target target) implements Probe {

    @Override
    public Finding ask(int part) {
        try (Socket _ = target.connect()) {
            return Finding.passed("connected");
        } catch (IOException e) {
            return Finding.failed(Failures.words(e));
        }
    }
}
