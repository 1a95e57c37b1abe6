package dev.sluice.router;

import dev.sluice.vrrp.State;

/// Who wants to know what a virtual router has become.
@FunctionalInterface
public interface StateListener {

    void entered(String instance, State.Name state);
}
