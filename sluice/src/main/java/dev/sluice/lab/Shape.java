package dev.sluice.lab;

/// How the machines of a lab are wired.
///
/// ```
/// BEHIND_DIRECTOR                                   ONE_LINK
///
///   client eth0 ─── eth0 director eth1 ─┬─ rs1        client ─┬─ director
///                                       └─ rs2                ├─ rs1      one link for all
///   10.0.0.0/24           172.16.1.0/24                       └─ rs2      10.0.0.0/24
/// ```
///
/// Where more than two share a link, the link is a bridge in a namespace of its own, the switch.
public enum Shape {
    /// The real servers have a network of their own behind the director, their gateway.
    BEHIND_DIRECTOR,

    /// Client, director and real servers share a link. The real servers hold the virtual address on
    /// `lo`; whether they keep quiet about it is [LabNetwork#suppressArp]'s business.
    ONE_LINK
}
