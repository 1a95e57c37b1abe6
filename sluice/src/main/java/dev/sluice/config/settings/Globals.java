package dev.sluice.config.settings;

import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// `global_defs`. What are only defaults of instances and checkers is in these.
///
/// @param routerId the name in mails; null for the host's
/// @param startupDelay how long instances wait after the program's start
/// @param delayAfterBoot the same after the machine's start
/// @param logUnknownVrids whether adverts for routers that are not configured are logged
/// @param arpInterval the least time between two gratuitous ARP messages on an interface
/// @param neighbourInterval the same for unsolicited neighbour advertisements
/// @param interfacesMayBeMissing whether interfaces may appear later
/// @param interfacesMayChange and may come back as others
/// @param defaultInterface where static addresses without one go
/// @param macVlanPrefix how the names of virtual MAC interfaces begin
public record Globals(
        @Nullable String routerId,
        Mail mail,
        Scripts scripts,
        Fifos fifos,
        Lvs lvs,
        Duration startupDelay,
        Duration delayAfterBoot,
        boolean logUnknownVrids,
        Duration arpInterval,
        Duration neighbourInterval,
        boolean interfacesMayBeMissing,
        boolean interfacesMayChange,
        String defaultInterface,
        String macVlanPrefix,
        boolean dumpsCarryInstanceName) {

    /// Who is told by mail, and through whom.
    ///
    /// @param recipients none: no mail
    /// @param server a name or address; null: no mail
    /// @param from null: the user at the host
    /// @param heloName null: the host's
    /// @param aboutFaults whether an instance's FAULT is worth a mail
    /// @param aboutCheckers whether each checker's result is, or only a server's
    public record Mail(
            List<String> recipients,
            @Nullable String from,
            @Nullable String server,
            int port,
            Duration connectTimeout,
            @Nullable String heloName,
            boolean aboutFaults,
            boolean aboutCheckers) {}

    /// Who runs scripts, and those of the program itself.
    ///
    /// @param isSecure whether scripts that others than root can change are refused
    /// @param user who runs scripts that do not say; null: `keepalived_script` if there is such a
    ///   user, else the program's own
    /// @param group null: the user's
    public record Scripts(
            boolean isSecure,
            @Nullable String user,
            @Nullable String group,
            @Nullable Script atStart,
            Duration startTimeout,
            @Nullable Script atStop,
            Duration stopTimeout) {}

    /// Where events are written to. Each may be null.
    public record Fifos(
            @Nullable Fifo all,
            @Nullable Fifo vrrp,
            @Nullable Fifo lvs,
            boolean writesStatesOnReload) {}

    /// A named pipe that events are written to.
    ///
    /// @param user who owns it; null: as scripts
    /// @param reader a script that is started with the path as its last argument
    public record Fifo(
            Place place,
            String path,
            @Nullable String user,
            @Nullable String group,
            @Nullable Script reader) {}

    /// What concerns the table as a whole.
    ///
    /// @param timeouts null: as they are
    /// @param isFlushedAtStart whether the table is emptied
    /// @param initialNotifications whether notify scripts run for the state found at start
    public record Lvs(
            @Nullable Timeouts timeouts,
            boolean isFlushedAtStart,
            Flush atStop,
            @Nullable SyncDaemon syncDaemon,
            boolean initialNotifications) {}

    /// What happens to the table at a stop.
    public enum Flush {
        /// Own servers and services are removed one by one.
        OWN,
        /// Own services, without removing their servers first.
        SERVICES,
        /// Everything.
        ALL
    }

    /// In seconds; 0 leaves one as it is.
    public record Timeouts(int tcpSeconds, int finSeconds, int udpSeconds) {}

    /// Synchronisation of connections.
    ///
    /// @param instance the instance whose state it follows; null: both roles all the time
    /// @param id null: the instance's virtual router id, or 0
    /// @param maximumLength of a message; null, as the others: IPVS's default
    public record SyncDaemon(
            Place place,
            String interfaceName,
            @Nullable String instance,
            @Nullable Integer id,
            @Nullable Integer maximumLength,
            @Nullable Integer port,
            @Nullable Integer ttl,
            @Nullable Address group) {}
}
