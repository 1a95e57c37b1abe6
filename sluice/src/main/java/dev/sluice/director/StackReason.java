package dev.sluice.director;

/// Why a packet goes to the machine's own network stack. Each constant is a counter and a line in
/// the manual.
public enum StackReason {
    OTHER_PROTOCOL("neither TCP, UDP nor SCTP, nor an ICMP error about them"),
    NO_SERVICE("no virtual service at this address, port or mark"),
    NO_CONNECTION("a TCP segment that neither belongs to a connection nor begins one"),
    FTP_DATA("source port 20: active FTP data is never scheduled"),
    NO_FTP_DATA(
            "another port than 21 of an FTP service that is not persistent or has no real server"),
    UNRELATED_ERROR("an ICMP error about no connection here"),
    UNKNOWN_FRAGMENT("a later fragment whose first fragment did not pass before it"),
    LOCAL_REAL_SERVER("the connection's real server is this machine"),
    LOCAL_CLIENT("the connection's client is this machine"),
    DIRECT_REPLY("a reply, or an ICMP error, of a connection that is not masqueraded"),
    REPLY_NOT_FORWARDABLE(
            "a reply without route, with its time to live at its end, or too big: the stack tells"
                    + " the real server");

    private final String explanation;

    StackReason(String explanation) {
        this.explanation = explanation;
    }

    /// One line for the manual.
    public String explanation() {
        return explanation;
    }
}
