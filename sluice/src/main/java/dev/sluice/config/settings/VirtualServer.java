package dev.sluice.config.settings;

import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A pool of real servers, and the services that it stands behind: one, or all of a group.
///
/// @param services of an address range, one for each address, in the order of the text
/// @param group the group's name; null: none
/// @param protocol null when all services are marks
/// @param persistence null: none
/// @param schedulerFlags of `flag-1` to `flag-3` the bits 1, 2 and 4
/// @param quorum the weight that must be there, at most that of all servers
/// @param hysteresis less than the quorum
/// @param sorryServer null: none
/// @param pausesWithoutAddress whether nothing is checked while its address is not on this machine
/// @param follows the instance on whose active router alone it is served; null: on all
/// @param notifiesAtStop whether the scripts for "down" run when the program ends
public record VirtualServer(
        Place place,
        List<Service> services,
        @Nullable String group,
        @Nullable Protocol protocol,
        String scheduler,
        int schedulerFlags,
        Forwarding forwarding,
        @Nullable Persistence persistence,
        boolean isOnePacket,
        List<RealServer> realServers,
        @Nullable SorryServer sorryServer,
        long quorum,
        long hysteresis,
        @Nullable Script quorumUp,
        @Nullable Script quorumDown,
        boolean pausesWithoutAddress,
        @Nullable String follows,
        boolean notifiesAtStop,
        boolean mail) {

    /// The port that a server has behind one of the services: only masquerading can change it.
    ///
    /// @param port as the server says; 0: the service's
    public int portBehind(Service service, int port, Forwarding method) {
        int same =
                switch (service) {
                    case AtAddress at -> at.port();
                    case AtMark _ -> 0;
                };
        return method instanceof Masquerading && port != 0 ? port : same;
    }

    /// What clients address.
    public sealed interface Service {

        Place place();
    }

    /// An address and port.
    ///
    /// @param port 0: every port without a service of its own
    public record AtAddress(Place place, Address address, int port) implements Service {}

    public record AtMark(Place place, long mark, Family family) implements Service {}

    public enum Protocol {
        TCP,
        UDP,
        SCTP
    }

    /// How packets reach a server.
    public sealed interface Forwarding {}

    public record Masquerading() implements Forwarding {}

    public record DirectRouting() implements Forwarding {}

    /// `TUN` with its type.
    ///
    /// @param port of GUE; 0 otherwise
    public record Tunnel(Kind kind, int port, Checksum checksum) implements Forwarding {

        public enum Kind {
            IPIP,
            GUE,
            GRE
        }

        public enum Checksum {
            NONE,
            FULL,
            REMOTE
        }
    }

    /// Clients that stay with their server.
    ///
    /// @param prefixBits clients whose addresses have as many bits in common are one
    /// @param engine empty: the addresses decide; or `sip`
    public record Persistence(int seconds, int prefixBits, String engine) {}

    /// The server of last resort.
    ///
    /// @param forwarding null: that of the server whose place it takes
    /// @param isInhibited whether it stays in the table with weight 0 while it is not needed
    public record SorryServer(
            Place place,
            Address address,
            int port,
            @Nullable Forwarding forwarding,
            boolean isInhibited) {}

    /// A server behind the services.
    ///
    /// @param upperThreshold connections from which on it gets no more; 0: none
    /// @param isInhibited whether it stays in the table with weight 0 when it fails
    /// @param isDownAtFirst whether it must pass its checks before it is used (`alpha`)
    /// @param checkers none: it always counts as up
    public record RealServer(
            Place place,
            Address address,
            int port,
            long weight,
            Forwarding forwarding,
            long upperThreshold,
            long lowerThreshold,
            boolean isInhibited,
            boolean isDownAtFirst,
            @Nullable Script up,
            @Nullable Script down,
            boolean mail,
            List<Checker> checkers) {}
}
