package dev.sluice.config.settings;

import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// Something whose state instances, groups or checkers follow.
public sealed interface Tracker {

    Place place();

    String name();

    Weight weight();

    /// What a tracker's failure does to a priority: 0 makes it a fault, a negative number is added
    /// on failure, a positive one on success. Of files, it is a factor.
    ///
    /// @param isReversed success and failure have changed places
    record Weight(int value, boolean isReversed) {}

    /// `vrrp_script`.
    ///
    /// @param failsAtFirst whether it counts as failed until its first result
    record Script(
            Place place,
            String name,
            dev.sluice.config.settings.Script script,
            Duration interval,
            Duration timeout,
            Weight weight,
            int rise,
            int fall,
            boolean failsAtFirst)
            implements Tracker {}

    /// `track_file`: a number in a file.
    ///
    /// @param initialValue the file is made with it if it is missing; null: it is not made
    /// @param isOverwritten and made anew at each start
    record File(
            Place place,
            String name,
            String path,
            Weight weight,
            @Nullable Long initialValue,
            boolean isOverwritten)
            implements Tracker {}

    /// `vrrp_track_process`: so many processes of a name.
    ///
    /// @param command name, and arguments if they matter
    /// @param matching how arguments are compared
    /// @param most null: any number
    record Processes(
            Place place,
            String name,
            List<String> command,
            Matching matching,
            boolean isWholeCommand,
            Weight weight,
            int least,
            @Nullable Integer most,
            Duration startDelay,
            Duration endDelay)
            implements Tracker {

        public enum Matching {
            EXACT,
            INITIAL,
            PARTIAL
        }
    }

    /// `bfd_instance`: a session with a neighbour (RFC 5880).
    ///
    /// @param forInstances whether instances hear of it
    /// @param forCheckers whether checkers do
    record Bfd(
            Place place,
            String name,
            Address neighbour,
            @Nullable Address source,
            Duration leastReceive,
            Duration leastSend,
            Duration idleSend,
            int multiplier,
            boolean isPassive,
            int ttl,
            int maximumHops,
            Weight weight,
            boolean forInstances,
            boolean forCheckers)
            implements Tracker {}

    /// That an instance or group follows one.
    ///
    /// @param weight null: the tracker's own, of interfaces 0
    record Use(Place place, String name, @Nullable Weight weight) {}

    /// All that an instance or a group follows.
    record Uses(
            List<Use> interfaces,
            List<Use> scripts,
            List<Use> files,
            List<Use> processes,
            List<Use> bfdSessions) {

        public boolean isEmpty() {
            return interfaces.isEmpty()
                    && scripts.isEmpty()
                    && files.isEmpty()
                    && processes.isEmpty()
                    && bfdSessions.isEmpty();
        }
    }
}
