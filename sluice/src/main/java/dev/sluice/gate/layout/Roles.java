package dev.sluice.gate.layout;

/// What an address is to the director: the values of [Maps#ADDRESSES], bits of 32. An address has
/// each role that it has in any service.
public final class Roles {

    /// Services are there.
    public static final int VIRTUAL = 1;

    /// Replies may come from there: a masqueraded real server's; or a virtual one whose real
    /// servers answer clients themselves (direct routing), in case their replies cross the
    /// director.
    public static final int REPLIER = 2;

    /// The director's own. Of an address that is virtual too it means nothing.
    public static final int LOCAL = 4;

    private Roles() {}
}
