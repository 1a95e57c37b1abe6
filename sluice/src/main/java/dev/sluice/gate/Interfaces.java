package dev.sluice.gate;

import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Link;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The interfaces that the operator named. One may come later, go away, and come back as another
/// with the same name (a container's veth): the gate follows. [Fronts] tells the operator of what
/// is there and what is not; this class only of an interface that is there and cannot be captured
/// at.
///
/// Does not know how a gate gets to an interface: that is [Side]'s business.
final class Interfaces {

    private static final Logger LOG = LoggerFactory.getLogger(Interfaces.class);

    /// Devices that take frames before their own stack sees them: the gate belongs at their master.
    private static final Set<String> MASTERS = Set.of("bridge", "bond", "team", "openvswitch");

    /// What a gate does at an interface.
    interface Side {

        /// Captures there from now on.
        void attach(Link link);

        /// The interface is gone, and what was attached to it.
        void gone(String name, int index);
    }

    /// @param index of the interface where the gate is, 0 when it is not
    /// @param reason why it is not there, else empty
    private record State(int index, String reason) {}

    private static final State ABSENT = new State(0, "there is none");

    private final Map<String, State> states = new LinkedHashMap<>();

    Interfaces(List<String> names) {
        names.forEach(name -> states.put(name, ABSENT));
    }

    List<String> names() {
        return List.copyOf(states.keySet());
    }

    /// Whether the gate is at this very interface.
    boolean isGated(Link link) {
        State state = states.get(link.name());
        return state != null && state.index == link.index();
    }

    /// At the start one must be there, and what is there must be fit.
    void check(List<Link> links) {
        List<Link> there = named(links);
        if (there.isEmpty()) {
            throw new LinuxException(
                    "gate",
                    String.join(",", names()),
                    Errno.ENODEV,
                    "name at least one interface that is there; others may come later");
        }
        for (Link link : there) {
            String unfit = unfit(link, links);
            if (unfit != null) {
                throw new LinuxException("gate", link.name(), Errno.EINVAL, unfit);
            }
        }
    }

    /// Attaches at the start; what is there and refuses is an error.
    void open(List<Link> links, Side side) {
        for (Link link : named(links)) {
            attach(link, side);
        }
        update(links, side);
    }

    /// Links came, went or changed.
    void update(List<Link> links, Side side) {
        for (String name : names()) {
            Link link = find(links, name);
            State before = state(name);
            if (before.index != 0 && (link == null || link.index() != before.index)) {
                side.gone(name, before.index);
                states.put(name, ABSENT);
            }
            if (link == null) {
                states.put(name, ABSENT);
            } else if (!isGated(link)) {
                tryToAttach(link, links, side);
            }
        }
    }

    private void tryToAttach(Link link, List<Link> links, Side side) {
        String unfit = unfit(link, links);
        if (unfit != null) {
            refuse(link.name(), unfit);
            return;
        }
        try {
            attach(link, side);
        } catch (LinuxException e) {
            refuse(link.name(), String.valueOf(e.getMessage())); // gone again, as like as not
        }
    }

    private void attach(Link link, Side side) {
        side.attach(link);
        states.put(link.name(), new State(link.index(), ""));
        LOG.debug("the gate is at {}", link.name());
    }

    /// Says each reason once.
    private void refuse(String name, String reason) {
        if (!state(name).reason.equals(reason)) {
            states.put(name, new State(0, reason));
            LOG.warn("the gate is not at {}: {}", name, reason);
        }
    }

    private State state(String name) {
        State state = states.get(name);
        if (state == null) {
            throw new IllegalArgumentException("nobody named " + name);
        }
        return state;
    }

    private List<Link> named(List<Link> links) {
        List<Link> named = new ArrayList<>();
        for (Link link : links) {
            if (states.containsKey(link.name())) {
                named.add(link);
            }
        }
        return named;
    }

    private static @Nullable Link find(List<Link> links, String name) {
        for (Link link : links) {
            if (link.name().equals(name)) {
                return link;
            }
        }
        return null;
    }

    /// Why no gate can be at an interface, or null.
    static @Nullable String unfit(Link link, List<Link> links) {
        if (link.isLoopback() || link.macAddress() < 0) {
            return "it is no Ethernet device; name those that clients and real servers are behind";
        }
        for (Link master : links) {
            if (master.index() == link.masterIndex() && MASTERS.contains(master.kind())) {
                return "it is a port of "
                        + master.name()
                        + ", where its packets come in; name that one";
            }
        }
        return null;
    }
}
