package dev.sluice.daemon;

import dev.sluice.control.Metric;
import dev.sluice.gate.Fronts.Front;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.util.stream.Collectors;

/// The first and the last thing that a daemon says. The first is always said, whatever `SLUICE_LOG`
/// is: whoever started it waits for it.
final class StartLine {

    private static final Logger LOG = LoggerFactory.getLogger("sluice.life");

    private StartLine() {}

    static void say(DaemonState state) {
        long sinceLaunchMillis =
                System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
        LOG.info("ready, {} ms after launch: {}", sinceLaunchMillis, text(state));
    }

    static String text(DaemonState state) {
        StringBuilder text = new StringBuilder("sluice ").append(state.version());
        text.append(", mode ").append(state.mode());
        if (state.gate() != null) {
            text.append(", interfaces ")
                    .append(
                            state.gate().fronts().all().stream()
                                    .map(Front::name)
                                    .collect(Collectors.joining(" ")));
            text.append(", workers ").append(state.settings().workers());
            text.append(", at most ")
                    .append(state.settings().maxConnections())
                    .append(" connections");
        }
        text.append(", socket ").append(state.settings().socket());
        text.append(", services ").append(state.table().services().size());
        text.append(" with ").append(state.realServers()).append(" real servers");
        if (state.gate() != null && state.gate().tookOver()) {
            text.append(", took over what a daemon that was killed had left");
            if (!state.publication().isOpen()) {
                text.append(" and drops it until there are rules");
            }
        }
        return text.toString();
    }

    static void sayStopped(DaemonState state) {
        LOG.info(
                "stopping: {} packets forwarded, {} dropped, {} connections end",
                sum(state, "sluice_forwarded_total"),
                sum(state, "sluice_dropped_packets_total"),
                sum(state, "sluice_connections"));
    }

    private static long sum(DaemonState state, String name) {
        return state.metrics().all().stream()
                .filter(metric -> metric.name().equals(name))
                .mapToLong(Metric::read)
                .sum();
    }
}
