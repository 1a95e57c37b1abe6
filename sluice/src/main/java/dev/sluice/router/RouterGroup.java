package dev.sluice.router;

import java.util.List;

/// Virtual routers that are active together or not at all, and the scripts for the whole.
public record RouterGroup(String name, List<String> members, Notify scripts) {

    public RouterGroup {
        members = List.copyOf(members);
    }
}
