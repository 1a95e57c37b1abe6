package dev.sluice.director.connection;

/// The bits of a connection's flags. Those below bit 17 are the kernel's (ipvs.md §3.2) and mean
/// the same in synchronisation messages; bits 17 to 23 are Sluice's.
public final class ConnectionFlags {

    /// How packets reach the real server: 0 NAT, 1 local, 2 tunnel, 3 direct routing, 4 bypass.
    public static final int METHOD = 0x7;

    /// Created by synchronisation.
    public static final int SYNC = 0x20;

    /// Found by look-ups. Kept by the table.
    public static final int HASHED = 0x40;

    /// No packet of the real server has been seen.
    public static final int NO_OUTPUT = 0x80;

    /// Counted as inactive by its real server.
    public static final int INACTIVE = 0x100;

    public static final int OUT_SEQUENCE = 0x200;
    public static final int IN_SEQUENCE = 0x400;

    /// The client port is not known yet and stands as 0.
    public static final int NO_CLIENT_PORT = 0x800;

    /// A persistence template: found by template look-ups only.
    public static final int TEMPLATE = 0x1000;

    /// Of one-packet scheduling: found by its replies only, if at all, and not counted.
    public static final int ONE_PACKET = 0x2000;

    /// Uses the kernel's connection tracking.
    public static final int CONNTRACK = 0x10000;

    /// Has an extension record.
    public static final int EXTENSION = 1 << 23;

    /// Bits 17–19: the wheel level a record is linked at.
    static final int WHEEL_LEVEL_SHIFT = 17;

    static final int WHEEL_LEVEL = 7 << WHEEL_LEVEL_SHIFT;

    /// The record is in use.
    static final int LIVE = 1 << 20;

    /// Another live connection had the same key in one direction when this one was inserted.
    static final int AMBIGUOUS = 1 << 21;

    /// Replies find the connection by its real endpoint.
    static final int OUT_KEY = 1 << 22;

    /// What the table and the wheel keep for themselves.
    static final int INTERNAL = HASHED | WHEEL_LEVEL | LIVE | AMBIGUOUS | OUT_KEY;

    private ConnectionFlags() {}
}
