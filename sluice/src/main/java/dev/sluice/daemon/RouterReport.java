package dev.sluice.daemon;

import dev.sluice.control.Program;
import dev.sluice.router.RouterStatus;
import dev.sluice.router.VrrpLoop;
import dev.sluice.vrrp.Rejection;

import org.jspecify.annotations.Nullable;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// `sluice vrrp`: what each virtual router is, and why; what it heard, and what it refused.
///
/// @param loop asked anew each time; null: there are no virtual routers
record RouterReport(Supplier<@Nullable VrrpLoop> loop) implements Program {

    private static final double NANOS_PER_SECOND = 1e9;

    @Override
    public int run(Call call) {
        VrrpLoop routers = loop.get();
        if (routers == null) {
            call.out().println("no virtual routers; they are read from sluice run -f FILE");
            return 0;
        }
        routers.status().forEach(status -> print(call.out(), status));
        call.out()
                .printf(
                        Locale.ROOT,
                        "latest timer so far: %.4f s late%n",
                        routers.longestLateNanos() / NANOS_PER_SECOND);
        return 0;
    }

    private static void print(PrintStream out, RouterStatus status) {
        out.printf(
                Locale.ROOT,
                "%s on %s, virtual router %d: %s, priority %d%n",
                status.name(),
                status.interfaceName(),
                status.routerId(),
                status.state(),
                status.priority());
        out.println("  because " + status.why());
        out.printf(
                Locale.ROOT,
                "  takes over %.3f s after the last advertisement it accepts%n",
                status.takeOverNanos() / NANOS_PER_SECOND);
        out.printf(
                Locale.ROOT,
                "  advertisements: %d received, %d sent; became active %d times%n",
                status.statistics().received(),
                status.statistics().sent(),
                status.statistics().becameActive());
        for (Map.Entry<Rejection, Long> refused : status.statistics().rejected().entrySet()) {
            out.printf(
                    Locale.ROOT,
                    "  refused %d for: %s%n",
                    refused.getValue(),
                    refused.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
    }
}
