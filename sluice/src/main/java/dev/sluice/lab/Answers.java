package dev.sluice.lab;

import dev.sluice.wire.Address;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Who answered which client how often, and what went wrong. Several client threads write, anybody
/// reads.
public final class Answers {

    private static final int MAX_REASONS = 5;

    /// `rs2` before `rs10`.
    private static final Comparator<String> BY_NUMBER =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private final Map<String, Integer> perServer = new TreeMap<>(BY_NUMBER);
    private final Map<Address, Set<String>> serversOfClient = new HashMap<>();
    private final List<String> reasons = new ArrayList<>();
    private int answered;
    private int failed;

    synchronized void add(Address client, String server) {
        answered++;
        perServer.merge(server, 1, Integer::sum);
        serversOfClient.computeIfAbsent(client, _ -> new TreeSet<>(BY_NUMBER)).add(server);
    }

    synchronized void addFailure(String reason) {
        failed++;
        if (reasons.size() < MAX_REASONS && !reasons.contains(reason)) {
            reasons.add(reason);
        }
    }

    public synchronized int answered() {
        return answered;
    }

    public synchronized int failed() {
        return failed;
    }

    /// Server name → requests it answered.
    public synchronized Map<String, Integer> perServer() {
        Map<String, Integer> copy = new TreeMap<>(BY_NUMBER);
        copy.putAll(perServer);
        return copy;
    }

    /// The servers that answered one client.
    public synchronized Set<String> serversOf(Address client) {
        return Set.copyOf(serversOfClient.getOrDefault(client, Set.of()));
    }

    /// The first few different reasons for failures.
    public synchronized List<String> reasons() {
        return List.copyOf(reasons);
    }

    @Override
    public synchronized String toString() {
        return answered + " answered " + perServer + ", " + failed + " failed " + reasons;
    }
}
