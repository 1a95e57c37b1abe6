package dev.sluice.director.service;

import java.util.concurrent.atomic.AtomicInteger;

/// The half of a real server that lives: what is counted and whether it is overloaded. The same
/// object through all snapshots of the server.
public final class ServerLife {

    private static final int NOT_OVERLOADED = -1;

    private final Tally tally;

    /// Under which terms the server became overloaded; see [RealServer#terms].
    private final AtomicInteger overloaded = new AtomicInteger(NOT_OVERLOADED);

    public ServerLife(Tally tally) {
        this.tally = tally;
    }

    public Tally tally() {
        return tally;
    }

    boolean isOverloaded(int terms) {
        return overloaded.getOpaque() == terms;
    }

    /// Any worker may say so: the rule is evaluated anew with the next connection.
    void setOverloaded(int terms) {
        overloaded.setOpaque(terms);
    }

    void setNotOverloaded() {
        overloaded.setOpaque(NOT_OVERLOADED);
    }
}
