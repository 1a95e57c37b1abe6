package dev.sluice.config.ldirectord;

import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// A whole ldirectord.cf. What a service does not say itself it has from the global options, or
/// from ldirectord.
///
/// @param interval the pause after each round of checks
/// @param isReloaded whether a changed file is read again
/// @param callback run with the file's path after it changed; null: nothing
/// @param logFile a path, or a syslog facility; null: the log goes where it goes
/// @param maintenanceFolder whose files name servers that are down; null: none
/// @param readdsQuiescent whether a server that is down and was taken out by somebody returns
/// @param checksApart `fork`: whether each service has its own rounds and its own interval
/// @param others configurations that are to run as well
public record LdirectorSettings(
        List<Service> services,
        Duration interval,
        boolean isReloaded,
        @Nullable String callback,
        @Nullable String logFile,
        @Nullable String maintenanceFolder,
        boolean readdsQuiescent,
        boolean checksApart,
        boolean isSupervised,
        @Nullable String mailFrom,
        List<String> others) {

    public LdirectorSettings {
        services = List.copyOf(services);
        others = List.copyOf(others);
    }

    /// How packets reach a server.
    public enum Forwarding {
        GATE,
        MASQ,
        IPIP
    }

    public enum Transport {
        TCP,
        UDP
    }

    /// What clients address.
    public sealed interface Front {}

    /// An address and a port.
    ///
    /// @param port 0: every port
    public record AtAddress(Address address, int port, Transport transport) implements Front {

        @Override
        public String toString() {
            return transport.name().toLowerCase(java.util.Locale.ROOT)
                    + ":"
                    + address.withPort(port);
        }
    }

    public record AtMark(long mark, Family family) implements Front {

        @Override
        public String toString() {
            return "fwm:" + mark + (family == Family.IPV6 ? " (IPv6)" : "");
        }
    }

    /// A section `virtual` or `virtual6`.
    ///
    /// @param schedulerFlags as `ipvsadm -b` takes them; empty: none
    /// @param persistenceSeconds 0: none
    /// @param persistenceBits clients whose addresses have as many bits in common are one
    /// @param fallback null: none
    /// @param fallbackCommand null: none
    /// @param isQuiescent whether a server that is down keeps its place with weight 0
    /// @param isRemovedAtStop `cleanstop`
    /// @param interval of its own rounds, with `fork`
    /// @param monitorFile where each check is noted; null: nowhere
    /// @param name for mails, as is the comment
    public record Service(
            Place place,
            Front front,
            String scheduler,
            String schedulerFlags,
            int persistenceSeconds,
            int persistenceBits,
            boolean isOnePacket,
            List<Real> servers,
            @Nullable Fallback fallback,
            @Nullable String fallbackCommand,
            Check check,
            boolean isQuiescent,
            boolean isRemovedAtStop,
            Duration interval,
            @Nullable String monitorFile,
            Mail mail,
            String name,
            String comment) {

        public Service {
            servers = List.copyOf(servers);
        }

        public Family family() {
            return switch (front) {
                case AtAddress at -> at.address().family();
                case AtMark mark -> mark.family();
            };
        }
    }

    /// A real server.
    ///
    /// @param port 0: the port that the client used
    /// @param request its own; null: the service's
    /// @param receive its own; null: the service's
    /// @param upperThreshold connections from which on it gets no more; 0: none
    public record Real(
            Place place,
            Address address,
            int port,
            Forwarding forwarding,
            int weight,
            @Nullable String request,
            @Nullable String receive,
            int lowerThreshold,
            int upperThreshold) {}

    /// Who serves when no real server does.
    ///
    /// @param port 0: the service's
    public record Fallback(Place place, Address address, int port, Forwarding forwarding) {}

    /// How the servers of a service are checked.
    ///
    /// @param connects how many connects come before each negotiation, of [Kind#COMBINED]
    /// @param command of the two external kinds
    /// @param port 0: the server's
    /// @param request empty: the protocol's default
    /// @param receive a regular expression; empty: anything will do
    /// @param virtualHost null: the server's address
    /// @param timeout of all kinds but a negotiation
    /// @param attempts of a ping
    /// @param failures in a row that make a server count as down
    public record Check(
            Kind kind,
            int connects,
            Dialogue dialogue,
            String command,
            int port,
            String request,
            String receive,
            boolean isHead,
            @Nullable String virtualHost,
            String login,
            String password,
            String database,
            String secret,
            Duration timeout,
            Duration negotiationTimeout,
            int attempts,
            int failures) {}

    /// `checktype`.
    public enum Kind {
        CONNECT,
        NEGOTIATE,
        PING,
        EXTERNAL,
        EXTERNAL_PERL,
        COMBINED,
        ON,
        OFF
    }

    /// Who gets mail about a service.
    ///
    /// @param recipients none: no mail
    /// @param server null: the local mailer
    /// @param interval while a server stays down; zero: once
    /// @param states in which mail may go out
    public record Mail(
            List<String> recipients,
            @Nullable String server,
            Duration interval,
            List<String> states) {

        public Mail {
            recipients = List.copyOf(recipients);
            states = List.copyOf(states);
        }
    }
}
