package dev.sluice.gate.layout;

/// What an endpoint or a mark is: the values of [Maps#ENDPOINTS] and [Maps#MARKS], bits of 32.
public final class EndpointFlags {

    /// Packets to it are a service's.
    public static final int SERVICE = 1;

    /// Packets from it may be replies: of a masqueraded real server, or, from a service's own
    /// endpoint, of one that answers clients itself.
    public static final int SERVER = 2;

    /// Clients of the service are steered by address alone: it is persistent.
    public static final int SERVICE_BY_ADDRESS = 4;

    /// All services of the server are persistent. A server that serves both kinds is ambiguous; its
    /// replies go where address and port lead, and that worker hands them on.
    public static final int SERVER_BY_ADDRESS = 8;

    /// At port 0: of a persistent FTP service, whose clients also come to port 20 and to the
    /// unprivileged ones (ipvs.md §1.3, step 3).
    public static final int FTP_SERVICE = 16;

    public static final int FTP_SERVER = 32;

    /// Packets to it are tunnel packets of the director's: at the port of GUE, or at 0, and of the
    /// protocol that carries them.
    public static final int TUNNEL = 64;

    public static final int FTP_DATA_PORT = 20;

    public static final int FIRST_UNPRIVILEGED_PORT = 1024;

    /// Where two hosts exchange keys over UDP; AH and ESP between them go with it.
    public static final int EXCHANGE_PORT = 500;

    private EndpointFlags() {}
}
