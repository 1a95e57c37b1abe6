package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.director.service.Forwarding;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Replies of directly routed servers come back to the director, their gateway, and its kernel
/// drops them: they have its own address as their source.
final class BlockedDirectReplies implements Mistake {

    @Override
    public String kind() {
        return "direct-replies-blocked";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Silences.grouped(
                facts,
                attempts ->
                        attempts.method() == Forwarding.DIRECT_ROUTING
                                && (attempts.answersPass() || facts.directReplies > 0),
                (first, all) -> {
                    Set<String> blocking = blocking(facts, first);
                    if (!blocking.isEmpty()) {
                        found.accept(finding(facts, first, all, blocking));
                    }
                });
    }

    /// Settings that make the kernel drop them, as they should be.
    private static Set<String> blocking(Facts facts, Attempts attempts) {
        Facts.Place hop = facts.nextHop(attempts.server());
        String device = hop == null ? "" : facts.interfaceName(hop.interfaceIndex());
        Set<String> wanted = new LinkedHashSet<>();
        if (attempts.server().isIpv6()) {
            want(facts, wanted, "net/ipv6/conf/all/forwarding", "0", "1");
            return wanted;
        }
        want(facts, wanted, "net/ipv4/ip_forward", "0", "1");
        String all = "net/ipv4/conf/all/";
        String one = "net/ipv4/conf/" + device + "/";
        if (is(facts, all + "accept_local", "0") && is(facts, one + "accept_local", "0")) {
            wanted.add(setting(one + "accept_local", "1"));
        }
        // The kernel goes by the larger of the two.
        boolean loose = is(facts, all + "rp_filter", "2") || is(facts, one + "rp_filter", "2");
        if (!loose) {
            want(facts, wanted, all + "rp_filter", "1", "0");
            want(facts, wanted, one + "rp_filter", "1", "0");
        }
        return wanted;
    }

    private static void want(
            Facts facts, Set<String> wanted, String name, String bad, String good) {
        if (is(facts, name, bad)) {
            wanted.add(setting(name, good));
        }
    }

    /// As `sysctl` takes it: with slashes when a device has dots in its name.
    private static String setting(String name, String value) {
        return (name.contains(".") ? name : name.replace('/', '.')) + "=" + value;
    }

    private static boolean is(Facts facts, String name, String value) {
        return value.equals(facts.settings.get(name));
    }

    private Finding finding(Facts facts, Attempts first, Named all, Set<String> blocking) {
        return new Finding(
                kind(),
                Severity.WRONG,
                first.server().toString(),
                "replies of directly routed server "
                        + first.server()
                        + " come to this machine, whose kernel drops them",
                List.of(
                        first.counted(),
                        facts.directReplies + " replies were seen here and given to the kernel",
                        "services: " + all),
                List.of(
                        "sysctl -w " + String.join(" ", blocking),
                        "or give the real server another gateway"));
    }
}
