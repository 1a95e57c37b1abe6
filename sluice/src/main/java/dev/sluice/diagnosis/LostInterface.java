package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.gate.Fronts.Condition;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.netlink.InterfaceAddress;
import dev.sluice.net.netlink.Link;
import dev.sluice.net.netlink.Route;

import org.jspecify.annotations.Nullable;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;

/// An interface that is to be captured is down or is not there, or one that is needed has no
/// carrier.
final class LostInterface implements Mistake {

    /// The gate does not tell of it, as it does of the others.
    private static final String WITHOUT_CARRIER = "interface-without-carrier";

    @Override
    public String kind() {
        return "interface-lost";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        for (Front front : facts.fronts) {
            Link link = named(facts, front.name());
            if (link == null || front.condition() == Condition.GONE) {
                found.accept(
                        finding(
                                kind(),
                                front,
                                "interface " + front.name() + " is not there: nothing comes in",
                                "gone since " + moment(front),
                                "bring it back, it is captured at once; or restart without it:"
                                        + " sluice run --interface …"));
            } else if (!link.isUp()) {
                found.accept(
                        finding(
                                kind(),
                                front,
                                "interface " + front.name() + " is down: nothing comes in",
                                "down since " + moment(front),
                                "ip link set " + front.name() + " up"));
            } else if (!link.isRunning() && isNeeded(facts, link)) {
                found.accept(
                        finding(
                                WITHOUT_CARRIER,
                                front,
                                "interface "
                                        + front.name()
                                        + " has no carrier: nothing comes in or goes out",
                                "up, without LOWER_UP",
                                "look at the cable, or at the other end: ip link show "
                                        + front.name()));
            }
        }
    }

    private static Finding finding(
            String kind, Front front, String what, String evidence, String mend) {
        return new Finding(
                kind, Severity.WRONG, front.name(), what, List.of(evidence), List.of(mend));
    }

    private static String moment(Front front) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                front.since().truncatedTo(ChronoUnit.SECONDS).atZone(ZoneId.systemDefault()));
    }

    private static @Nullable Link named(Facts facts, String name) {
        for (Link link : facts.links) {
            if (link.name().equals(name)) {
                return link;
            }
        }
        return null;
    }

    private static boolean isNeeded(Facts facts, Link link) {
        for (InterfaceAddress own : facts.addresses) {
            if (own.interfaceIndex() == link.index() && facts.isVirtual(own.address())) {
                return true;
            }
        }
        for (Facts.Server server : facts.servers) {
            Route route = facts.route(server.address());
            if (route != null && route.interfaceIndex() == link.index()) {
                return true;
            }
        }
        return false;
    }
}
