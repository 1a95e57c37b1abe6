package dev.sluice.daemon;

import dev.sluice.control.Program;
import dev.sluice.health.CheckReport;
import dev.sluice.health.Health;
import dev.sluice.health.PoolReport;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// `sluice checks`: each virtual server's quorum, each real server and why it is up or down, and
/// what its checks saw last.
///
/// @param health asked anew each time
record CheckReportProgram(Health health) implements Program {

    private static final double NANOS_PER_MILLISECOND = 1e6;
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    @Override
    public int run(Call call) {
        boolean showsHistory = call.words().contains("--history");
        List<PoolReport> pools = health.report();
        if (pools.isEmpty()) {
            call.out()
                    .println(
                            "no virtual servers of a keepalived.conf (sluice run -f FILE); those of"
                                    + " --ldirectord show in ipvsadm -Ln and the log");
            return 0;
        }
        for (PoolReport pool : pools) {
            print(call.out(), pool);
            for (PoolReport.ServerReport server : pool.servers()) {
                print(call.out(), server, showsHistory);
            }
        }
        call.out()
                .printf(
                        Locale.ROOT,
                        "%d attempts so far, begun %.1f ms late on average, %.1f ms at worst%n",
                        health.lateness().attempts(),
                        health.lateness().meanNanos() / NANOS_PER_MILLISECOND,
                        health.lateness().longestNanos() / NANOS_PER_MILLISECOND);
        return 0;
    }

    private static void print(PrintStream out, PoolReport pool) {
        out.printf(
                Locale.ROOT,
                "%s: %s, weight %d of quorum %d%s%s%n",
                pool.name(),
                pool.hasQuorum() ? "up" : "DOWN",
                pool.sum(),
                pool.quorum(),
                pool.hysteresis() == 0 ? "" : " ±" + pool.hysteresis(),
                pool.usesSorryServer() ? ", the sorry server serves" : "");
    }

    private static void print(
            PrintStream out, PoolReport.ServerReport server, boolean showsHistory) {
        out.printf(
                Locale.ROOT,
                "  %s: %s, weight %d%s%n",
                server.name(),
                server.isAlive() ? "up" : "DOWN",
                server.weight(),
                server.weight() == server.configured()
                        ? ""
                        : " (configured " + server.configured() + ")");
        for (CheckReport check : server.checks()) {
            out.printf(Locale.ROOT, "    %s: %s%s%n", check.kind(), state(check), last(check));
            if (showsHistory) {
                check.results().forEach(result -> out.println("      " + text(result)));
            }
        }
    }

    private static String state(CheckReport check) {
        String state = check.isUp() ? "up" : "DOWN";
        if (check.isPaused()) {
            state += ", paused";
        }
        if (check.isUp() && check.failures() > 0) {
            state += ", " + check.failures() + " failed in a row";
        }
        return check.isProven() ? state : state + ", has not passed yet";
    }

    private static String last(CheckReport check) {
        if (check.results().isEmpty()) {
            return ", not tried yet";
        }
        StringBuilder marks = new StringBuilder();
        check.results().reversed().forEach(result -> marks.append(result.passed() ? '+' : '-'));
        return "; " + text(check.results().getFirst()) + "; " + marks;
    }

    private static String text(CheckReport.Result result) {
        return String.format(
                Locale.ROOT,
                "%s %s after %.1f ms: %s",
                CLOCK.format(result.at().atZone(ZoneId.systemDefault())),
                result.passed() ? "passed" : "failed",
                result.latencyNanos() / NANOS_PER_MILLISECOND,
                result.reason());
    }
}
