package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What is known of the servers of one service, and what follows for the table (ldirectord.md §5.3
/// and §6):
///
/// ```
///            failures = failurecount, or maintenance
///      UP ──────────────────────────────────────► DOWN
///       ▲                                          │
///       └──────────────── one success ◄────────────┘      at first: DOWN, unproven
/// ```
///
/// ldirectord puts unproven servers into the table for the moment that its first check takes; here
/// they get no clients before they have answered.
final class ServiceState {

    private final Service service;
    private final boolean[] isUp;
    private final int[] failures;

    ServiceState(Service service) {
        this.service = service;
        isUp = new boolean[service.servers().size()];
        failures = new int[isUp.length];
        Arrays.fill(isUp, service.check().kind() == Kind.ON);
    }

    Service service() {
        return service;
    }

    /// What a check found out.
    enum Change {
        NONE,
        /// It failed, but not often enough to count.
        SOFT_FAILURE,
        UP,
        DOWN
    }

    Change passed(int server) {
        failures[server] = 0;
        if (isUp[server]) {
            return Change.NONE;
        }
        isUp[server] = true;
        return Change.UP;
    }

    /// @param atOnce whether the failure count does not matter, as under maintenance
    Change failed(int server, boolean atOnce) {
        if (!isUp[server]) {
            return Change.NONE;
        }
        failures[server]++;
        if (!atOnce && failures[server] < service.check().failures()) {
            return Change.SOFT_FAILURE;
        }
        isUp[server] = false;
        return Change.DOWN;
    }

    /// Takes over what was known before a reload: a server that stays is not put down, whatever
    /// else has changed.
    void resume(ServiceState before) {
        if (service.check().kind() == Kind.ON) {
            return;
        }
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < before.isUp.length; i++) {
            places.put(before.name(i), i);
        }
        for (int i = 0; i < isUp.length; i++) {
            Integer place = places.get(name(i));
            if (place != null) {
                isUp[i] = before.isUp[place];
                failures[i] = before.failures[place];
            }
        }
    }

    private String name(int server) {
        return service.servers().get(server).address() + " " + service.servers().get(server).port();
    }

    boolean isUp(int server) {
        return isUp[server];
    }

    int failures(int server) {
        return failures[server];
    }

    /// Whether a server is in the table, and with which weight.
    ///
    /// @return null: it is not there
    @Nullable Integer weight(int server) {
        if (service.check().kind() == Kind.OFF) {
            return null;
        }
        if (isUp[server]) {
            return service.servers().get(server).weight();
        }
        return service.isQuiescent() ? Integer.valueOf(0) : null;
    }

    /// Whether the fallback serves: nobody else does.
    boolean needsFallback() {
        for (boolean up : isUp) {
            if (up) {
                return false;
            }
        }
        return service.check().kind() != Kind.OFF;
    }
}
