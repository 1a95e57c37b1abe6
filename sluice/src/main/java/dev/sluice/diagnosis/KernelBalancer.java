package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;

import java.util.List;
import java.util.function.Consumer;

/// The kernel's own IPVS balances here as well.
final class KernelBalancer implements Mistake {

    @Override
    public String kind() {
        return "kernel-balances-too";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        if (!facts.kernelServices.isEmpty()) {
            Named named = Named.of(facts.kernelServices.toArray(String[]::new));
            found.accept(
                    new Finding(
                            kind(),
                            Severity.NOTE,
                            "kernel",
                            "the kernel's IPVS has services too; what both have, Sluice serves",
                            List.of("/proc/net/ip_vs: " + named),
                            List.of("if nobody needs them: /usr/sbin/ipvsadm -C && rmmod ip_vs")));
        }
    }
}
