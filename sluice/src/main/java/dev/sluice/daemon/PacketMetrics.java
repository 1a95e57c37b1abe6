package dev.sluice.daemon;

import dev.sluice.control.Metric;
import dev.sluice.control.Metrics;
import dev.sluice.director.DirectorCounters;
import dev.sluice.director.DropReason;
import dev.sluice.director.StackReason;
import dev.sluice.gate.Gate;
import dev.sluice.gate.GatePrograms;
import dev.sluice.gate.layout.Decision;
import dev.sluice.wire.IcmpError;
import dev.sluice.wire.Malformed;
import dev.sluice.worker.DataPath;
import dev.sluice.worker.Loss;
import dev.sluice.worker.Rounds;
import dev.sluice.worker.Standing;
import dev.sluice.worker.Worker;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// What gate and workers count, as [Metrics]: their words and sentences, and what an operator can
/// do where there is something to do.
final class PacketMetrics {

    private PacketMetrics() {}

    /// @param maxConnections over all workers
    static void register(Metrics metrics, Gate gate, DataPath dataPath, int maxConnections) {
        gate.programs().ifPresent(programs -> register(metrics, programs));
        List<Standing> standings = dataPath.standings();
        for (Worker worker : dataPath.workers()) {
            register(metrics, worker, standings.get(worker.index()), maxConnections);
        }
    }

    private static void register(Metrics metrics, GatePrograms programs) {
        for (Decision decision : Decision.values()) {
            metrics.register(
                    new Metric(
                            "sluice_gate_packets_total",
                            Map.of("decision", decision.name().toLowerCase(Locale.ROOT)),
                            "gate, " + words(decision),
                            decision.explanation(),
                            remedy(decision),
                            () -> programs.count(decision)));
        }
    }

    private static void register(
            Metrics metrics, Worker worker, Standing standing, int maxConnections) {
        OfWorker of = new OfWorker(metrics, Integer.toString(worker.index()));
        DirectorCounters counters = worker.counters();
        of.plain(
                "sluice_connections",
                "connections held",
                "connections and persistence templates",
                worker::connections);
        of.plain(
                "sluice_connection_memory_bytes",
                "connection memory",
                "bytes held for connections",
                worker::memoryBytes);
        of.plain(
                "sluice_longest_round_microseconds",
                "longest round",
                "microseconds between two looks for packets, at most, since the start, also where"
                        + " others had the processor",
                () -> TimeUnit.NANOSECONDS.toMicros(worker.rounds().longestNanos()));
        of.plain(
                "sluice_long_rounds_total",
                "rounds over 1 ms",
                "rounds of more than a millisecond, also where others had the processor",
                () -> worker.rounds().overMillisecond());
        for (Rounds.Cause cause : Rounds.Cause.values()) {
            metrics.register(
                    new Metric(
                            "sluice_longest_held_microseconds",
                            Map.of("worker", of.index(), "cause", words(cause)),
                            "longest held",
                            "microseconds that a round kept the worker itself busy, at most",
                            "",
                            () -> TimeUnit.NANOSECONDS.toMicros(worker.rounds().heldNanos(cause))));
        }
        of.plain(
                "sluice_held_rounds_total",
                "held over 1 ms",
                "rounds that kept the worker itself busy for more than a millisecond",
                () -> worker.rounds().heldOverMillisecond());
        metrics.register(
                new Metric(
                        "sluice_waited_for_processor_milliseconds_total",
                        Map.of("worker", of.index()),
                        "ms without a processor",
                        "milliseconds that a worker wanted to run while others had the processor",
                        "",
                        () -> TimeUnit.NANOSECONDS.toMillis(standing.waitedNanos())));
        for (DirectorCounters.Other other : DirectorCounters.Other.values()) {
            metrics.register(
                    new Metric(
                            "sluice_" + other.name().toLowerCase(Locale.ROOT) + "_total",
                            Map.of("worker", of.index()),
                            words(other),
                            other.explanation(),
                            remedy(other),
                            () -> counters.read(other)));
        }
        for (DropReason reason : DropReason.values()) {
            of.kind(
                    "sluice_dropped_packets_total",
                    reason,
                    "dropped, ",
                    reason == DropReason.TABLE_FULL
                            ? reason.explanation() + "; all workers together " + maxConnections
                            : reason.explanation(),
                    remedy(reason),
                    () -> counters.dropped(reason));
        }
        for (Loss loss : Loss.values()) {
            of.kind(
                    "sluice_lost_frames_total",
                    loss,
                    "lost, ",
                    loss.explanation(),
                    remedy(loss),
                    () -> worker.lost(loss));
        }
        for (Malformed kind : Malformed.values()) {
            of.kind(
                    "sluice_malformed_frames_total",
                    kind,
                    "malformed, ",
                    "frames that are no packet that can be balanced, given back to the stack",
                    "",
                    () -> worker.malformed(kind));
        }
        for (IcmpError answer : IcmpError.values()) {
            of.kind(
                    "sluice_answers_total",
                    answer,
                    "answered, ",
                    "ICMP errors sent",
                    "",
                    () -> counters.answered(answer));
        }
        for (StackReason reason : StackReason.values()) {
            of.kind(
                    "sluice_returned_packets_total",
                    reason,
                    "to the stack, ",
                    reason.explanation(),
                    "",
                    () -> counters.toStack(reason));
        }
    }

    /// Registers the numbers of one worker.
    private record OfWorker(Metrics metrics, String index) {

        void plain(String name, String words, String explanation, LongSupplier value) {
            metrics.register(
                    new Metric(name, Map.of("worker", index), words, explanation, "", value));
        }

        void kind(
                String name,
                Enum<?> kind,
                String before,
                String explanation,
                String remedy,
                LongSupplier value) {
            metrics.register(
                    new Metric(
                            name,
                            Map.of("worker", index, "reason", kind.name().toLowerCase(Locale.ROOT)),
                            before + words(kind),
                            explanation,
                            remedy,
                            value));
        }
    }

    private static String remedy(DirectorCounters.Other other) {
        return switch (other) {
            case AMBIGUOUS ->
                    "give services that share a real server different ports there: ipvsadm -Ln";
            case DROPPED_BY_LOT -> "it was asked for: sluice sysctl drop_entry amemthresh";
            case FORWARDED, ANSWERS_SUPPRESSED, TUNNEL_ERRORS_TOLD, EXPIRED -> "";
        };
    }

    private static String remedy(DropReason reason) {
        return switch (reason) {
            case NO_REAL_SERVER ->
                    "look for servers with weight 0 or at their upper threshold: ipvsadm -Ln,"
                            + " ipvsadm -Ln --thresholds";
            case NO_ROUTE -> "look for a route to each real server: ip route get ADDRESS";
            case NEIGHBOUR_UNRESOLVED ->
                    "look for real servers or gateways that are down: ip neighbour show nud failed";
            case TOO_BIG -> "senders should lower their MTU; let ICMP errors reach them";
            case DEFENCE -> "it was asked for: sluice sysctl drop_packet am_droprate";
            case UNEXPECTED_REPLY -> "it was asked for: sluice sysctl nat_icmp_send";
            case TABLE_FULL ->
                    "restart with a larger --max-connections, or shorten timeouts: ipvsadm --set";
            case TUNNEL_ERROR ->
                    "look for what is between here and tunnelled real servers: a router's MTU, or"
                            + " a real server that does not unwrap";
            case REAL_SERVER_REMOVED, TTL_EXPIRED, BAD_ICMP_CHECKSUM -> "";
        };
    }

    private static String remedy(Loss loss) {
        return switch (loss) {
            case NOT_READ_IN_TIME -> "give the director more processors, or more --workers";
            case REFUSED -> "look at the outgoing interfaces: ip -s link";
            case WAITING_ROOM_FULL ->
                    "look for real servers or gateways that do not answer: ip neighbour";
            case ROUTED_IN_VAIN ->
                    "a mark is routed to slow0 and has no service: ip rule, ipvsadm -Ln";
            case HAND_OVER_FULL -> "one worker is overloaded; try another number of --workers";
            case MALFORMED, TOO_LONG -> "";
        };
    }

    private static String remedy(Decision decision) {
        return switch (decision) {
            case STALE ->
                    "a worker did not run for two seconds: look for a stopped or starved process";
            case ROUTED_UNKNOWN ->
                    "a mark is routed to slow0 and has no service: ip rule, ipvsadm -Ln";
            case RETURN_FAILED -> "an interface went away under traffic: ip link";
            case PASSED, CLIENT, SERVER, FRAGMENT, ICMP, MARKED, ROUTED, RETURNED -> "";
        };
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
