package dev.sluice.gate;

import dev.sluice.net.netlink.Link;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The interfaces that a gate was told of: how each is now, and since when. Says what changes,
/// since an interface that is gone or down is a service that is not reached.
public final class Fronts {

    private static final Logger LOG = LoggerFactory.getLogger(Fronts.class);

    /// How an interface is.
    public enum Condition {
        UP("captured"),
        DOWN("is down: nothing comes in there"),
        GONE("is gone: nothing comes in there until it is back");

        private final String words;

        Condition(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /// An interface.
    ///
    /// @param since when it became so
    public record Front(String name, Condition condition, Instant since) {}

    private final Clock clock;
    private List<Front> fronts;

    /// Not before links were looked at for the first time.
    private boolean started;

    Fronts(List<String> names, Clock clock) {
        this.clock = clock;
        Instant now = clock.instant();
        fronts = names.stream().map(name -> new Front(name, Condition.UP, now)).toList();
    }

    /// Takes note of the machine's links as they are now.
    synchronized void follow(List<Link> links) {
        List<Front> next = new ArrayList<>();
        for (Front before : fronts) {
            Condition now = condition(find(links, before.name()));
            if (now == before.condition()) {
                next.add(before);
                continue;
            }
            next.add(new Front(before.name(), now, clock.instant()));
            say(before.name(), now);
        }
        fronts = List.copyOf(next);
        started = true;
    }

    private void say(String name, Condition now) {
        if (now == Condition.UP) {
            LOG.info("interface {} is up, and captured", name);
        } else if (started) {
            LOG.warn("interface {} {}", name, now.words());
        } else {
            LOG.warn(
                    "interface {} is {}, so it is left out; it is served when it {}",
                    name,
                    now == Condition.DOWN ? "down" : "not there",
                    now == Condition.DOWN ? "comes up" : "comes");
        }
    }

    public synchronized List<Front> all() {
        return fronts;
    }

    private static Condition condition(@Nullable Link link) {
        if (link == null) {
            return Condition.GONE;
        }
        return link.isUp() ? Condition.UP : Condition.DOWN;
    }

    private static @Nullable Link find(List<Link> links, String name) {
        for (Link link : links) {
            if (link.name().equals(name)) {
                return link;
            }
        }
        return null;
    }
}
