package dev.sluice.vrrp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The virtual routers of one host, and the groups that keep some of them together.
public final class VirtualRouters {

    /// What one event can set off in a group is over after a few rounds; more would be a mistake.
    private static final int MAX_ROUNDS = 16;

    private final Map<String, VirtualRouter> routers = new LinkedHashMap<>();
    private final List<SyncGroup> groups = new ArrayList<>();

    /// What is to be done, and for whom.
    public sealed interface Order {

        record OfRouter(VirtualRouter router, Action action) implements Order {}

        /// A group as a whole has changed.
        record OfGroup(String group, State.Name state) implements Order {}
    }

    /// @param groups names of members by the name of their group
    /// @throws IllegalArgumentException when a name is there twice, or nobody has it
    public VirtualRouters(List<RouterSettings> settings, Map<String, List<String>> groups) {
        for (RouterSettings one : settings) {
            if (routers.put(one.name(), new VirtualRouter(one)) != null) {
                throw new IllegalArgumentException("two virtual routers named " + one.name());
            }
        }
        Map<String, String> groupOf = new LinkedHashMap<>();
        groups.forEach((name, members) -> {
            for (String member : members) {
                String other = groupOf.put(member, name);
                if (other != null) {
                    throw new IllegalArgumentException(
                            member + " is in the groups " + other + " and " + name);
                }
            }
            this.groups.add(new SyncGroup(name, members.stream().map(this::get).toList()));
        });
    }

    public List<VirtualRouter> all() {
        return List.copyOf(routers.values());
    }

    /// The router of that name.
    ///
    /// @throws IllegalArgumentException when there is none of that name
    public VirtualRouter get(String name) {
        VirtualRouter router = routers.get(name);
        if (router == null) {
            throw new IllegalArgumentException(
                    "no virtual router is named " + name + "; there are: " + routers.keySet());
        }
        return router;
    }

    /// The groups' states, by name.
    public Map<String, State.Name> groupStates() {
        Map<String, State.Name> states = new LinkedHashMap<>();
        groups.forEach(group -> states.put(group.name(), group.state()));
        return states;
    }

    /// When the first of them wants to be asked again.
    public Deadline deadline() {
        Deadline first = Deadline.NEVER;
        for (VirtualRouter router : routers.values()) {
            first = first.or(router.deadline());
        }
        return first;
    }

    /// One event for all: start, stop, or time.
    public List<Order> handle(Event event, long nowNanos) {
        List<Order> orders = new ArrayList<>();
        for (VirtualRouter router : routers.values()) {
            if (!(event instanceof Event.TimePassed) || router.deadline().isDue(nowNanos)) {
                handle(router, event, nowNanos, orders);
            }
        }
        settle(nowNanos, orders);
        return orders;
    }

    /// An event for one, and what follows for its group.
    public List<Order> handle(VirtualRouter router, Event event, long nowNanos) {
        List<Order> orders = new ArrayList<>();
        handle(router, event, nowNanos, orders);
        settle(nowNanos, orders);
        return orders;
    }

    private void handle(VirtualRouter router, Event event, long now, List<Order> orders) {
        boolean contested = false;
        for (Action action : router.handle(event, now)) {
            orders.add(new Order.OfRouter(router, action));
            contested |= action instanceof Action.LowerHeard;
        }
        if (contested) {
            for (SyncGroup group : groups) {
                if (group.members().contains(router)) {
                    group.members().stream()
                            .filter(other -> other != router)
                            .forEach(other ->
                                    handle(other, new Event.GroupContested(), now, orders));
                }
            }
        }
    }

    private void settle(long now, List<Order> orders) {
        for (SyncGroup group : groups) {
            int rounds = 0;
            while (settle(group, now, orders)) {
                if (++rounds == MAX_ROUNDS) {
                    throw new IllegalStateException(group.name() + " does not settle");
                }
            }
            if (group.updateState() && group.state() != State.Name.INIT) {
                orders.add(new Order.OfGroup(group.name(), group.state()));
            }
        }
    }

    /// @return whether anything changed
    private boolean settle(SyncGroup group, long now, List<Order> orders) {
        boolean changed = false;
        for (VirtualRouter member : group.members()) {
            int allowed = group.allowsActive(member) ? 1 : 0;
            if (member.trackedValue(group.tracker()) != allowed) {
                handle(member, new Event.Tracked(group.tracker(), allowed), now, orders);
                changed = true;
            }
        }
        boolean isReady = group.isReady();
        boolean isYielding = group.isYielding();
        for (VirtualRouter member : group.members()) {
            boolean isActive = member.state() instanceof State.Active;
            if (isReady && !isActive) {
                handle(member, new Event.GroupReady(), now, orders);
                changed = true;
            } else if (isYielding && isActive) {
                handle(member, new Event.GroupYielded(), now, orders);
                changed = true;
            }
        }
        return changed;
    }
}
