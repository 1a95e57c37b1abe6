package dev.sluice.lab;

import dev.sluice.wire.Address;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/// Clients that come one after the other and stay: each holds its connection to a [GreetingServer]
/// until all leave.
public final class Visitors implements AutoCloseable {

    private final Host host;
    private final List<Address> addresses;
    private final List<Socket> connections = new ArrayList<>();

    /// @param addresses source addresses, taken in turn
    public Visitors(Host host, List<Address> addresses) {
        this.host = host;
        this.addresses = List.copyOf(addresses);
    }

    /// Connects a number of clients.
    ///
    /// @return the names of the servers that they met, in their order
    public List<String> visit(Target target, int count) {
        return host.run(() -> {
            List<String> met = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                met.add(visit(addresses.get(i % addresses.size()), target));
            }
            return met;
        });
    }

    private String visit(Address client, Target target) {
        Socket socket = new Socket();
        connections.add(socket);
        try {
            return GreetingServer.greeting(
                    Clients.socketAddress(client, 0),
                    socket,
                    Clients.socketAddress(target.address(), target.port()));
        } catch (IOException failure) {
            throw new LabException(client + " at " + target + ": " + failure.getMessage());
        }
    }

    @Override
    public void close() {
        for (Socket connection : connections) {
            try {
                connection.close();
            } catch (IOException alreadyGone) {
                // It leaves anyway.
            }
        }
    }
}
