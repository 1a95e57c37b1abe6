package dev.sluice.lab.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// What the machine's processors did, in seconds, everything on it together: client, server and
/// whoever is between them (`/proc/stat`, proc(5)).
///
/// @param user with niced
/// @param interrupts hardware and software interrupts: most of what a kernel forwards
/// @param steal taken by another guest of the same hardware
record CpuTime(double user, double system, double interrupts, double steal) {

    static final CpuTime NONE = new CpuTime(0, 0, 0, 0);

    private static final Path STAT = Path.of("/proc/stat");
    private static final double TICKS_PER_SECOND = 100;

    /// Since the machine started.
    static CpuTime now() {
        try (var lines = Files.lines(STAT)) {
            String all = lines.findFirst().orElseThrow();
            // cpu  user nice system idle iowait irq softirq steal …
            double[] seconds =
                    Arrays.stream(all.strip().split(" +"))
                            .skip(1)
                            .mapToDouble(ticks -> Long.parseLong(ticks) / TICKS_PER_SECOND)
                            .toArray();
            return new CpuTime(
                    seconds[0] + seconds[1], seconds[2], seconds[5] + seconds[6], seconds[7]);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    CpuTime minus(CpuTime earlier) {
        return new CpuTime(
                user - earlier.user,
                system - earlier.system,
                interrupts - earlier.interrupts,
                steal - earlier.steal);
    }

    CpuTime dividedBy(double units) {
        return new CpuTime(user / units, system / units, interrupts / units, steal / units);
    }

    /// Without what was stolen: nobody here had that.
    double busy() {
        return user + system + interrupts;
    }
}
