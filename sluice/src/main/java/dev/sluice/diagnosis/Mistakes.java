package dev.sluice.diagnosis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// All kinds of mistakes that are looked for, those that explain others first.
public final class Mistakes {

    public static final List<Mistake> ALL =
            List.of(
                    new LostInterface(),
                    new MissingVirtualAddress(),
                    new UncapturedVirtualAddress(),
                    new ForeignAnswer(),
                    new NoRoute(),
                    new UncapturedServer(),
                    new OffLinkServer(),
                    new DeadNextHop(),
                    new NoGateway(),
                    new SameNetwork(),
                    new NoVirtualAddress(),
                    new LostAnswers(),
                    new BlockedDirectReplies(),
                    new RefusingServer(),
                    new DesertedService(),
                    new KernelBalancer(),
                    new UnmetFirewall(),
                    new OtherIpvsadm());

    private Mistakes() {}

    /// Everything that is wrong, then what is only to know, each in the order of the list.
    public static List<Finding> findings(Facts facts) {
        facts.index();
        List<Finding> found = new ArrayList<>();
        for (Mistake mistake : ALL) {
            mistake.look(facts, found::add);
        }
        found.sort(Comparator.comparing(Finding::severity));
        return found;
    }
}
