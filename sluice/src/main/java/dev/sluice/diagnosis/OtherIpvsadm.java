package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;

import java.util.List;
import java.util.function.Consumer;

/// Whoever types `ipvsadm` gets another program than Sluice's: it speaks to the kernel.
final class OtherIpvsadm implements Mistake {

    @Override
    public String kind() {
        return "other-ipvsadm";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        String first = facts.firstIpvsadm;
        String own = facts.ownIpvsadm;
        if (!first.isEmpty() && !own.isEmpty() && !first.equals(own)) {
            String folder = own.substring(0, Math.max(0, own.lastIndexOf('/')));
            found.accept(
                    new Finding(
                            kind(),
                            Severity.WRONG,
                            first,
                            "`ipvsadm` is " + first + " here, which knows nothing of Sluice",
                            List.of("first in PATH: " + first, "Sluice's: " + own),
                            List.of("PATH=" + folder + ":$PATH")));
        }
    }
}
