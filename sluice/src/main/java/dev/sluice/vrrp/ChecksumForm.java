package dev.sluice.vrrp;

/// What the checksum of a version 3 message over IPv4 covers: implementations differ, and all are
/// understood.
public enum ChecksumForm {
    /// Pseudo-header and message, as RFC 5798 §5.2.8 reads and keepalived sends.
    PSEUDO_HEADER,
    /// The message alone, as RFC 9568 §5.2.8 clarifies.
    MESSAGE_ONLY,
    /// With 224.0.0.18 as destination although the packet is unicast: old keepalived.
    OLD_UNICAST
}
