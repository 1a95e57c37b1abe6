package dev.sluice.daemon;

import dev.sluice.control.Program;
import dev.sluice.director.DropReason;
import dev.sluice.director.StackReason;
import dev.sluice.gate.Gate;
import dev.sluice.worker.DataPath;
import dev.sluice.worker.Loss;
import dev.sluice.worker.Worker;

import org.jspecify.annotations.Nullable;

import java.io.PrintStream;
import java.util.Locale;

/// `sluice status`: every packet that was captured, and what became of it.
record StatusReport(@Nullable Gate gate, @Nullable DataPath dataPath) implements Program {

    @Override
    public int run(Call call) {
        PrintStream out = call.out();
        if (gate == null || dataPath == null) {
            out.println("no data path (--no-packets)");
            return 0;
        }
        out.println("gate: " + gate.mode());
        gate.counters().forEach((what, count) -> line(out, "gate", what, count));
        for (Worker worker : dataPath.workers()) {
            String name = "worker " + worker.index();
            line(out, name, "connections held", worker.director().connections());
            for (DropReason reason : DropReason.values()) {
                line(
                        out,
                        name,
                        "dropped, " + words(reason),
                        worker.director().counters().dropped(reason));
            }
            for (StackReason reason : StackReason.values()) {
                line(
                        out,
                        name,
                        "to the stack, " + words(reason),
                        worker.director().counters().toStack(reason));
            }
            for (Loss loss : Loss.values()) {
                line(out, name, "lost, " + words(loss), worker.lost(loss));
            }
        }
        return 0;
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void line(PrintStream out, String who, String what, long count) {
        out.printf("%-10s %-40s %d%n", who, what, count);
    }
}
