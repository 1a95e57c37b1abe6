package dev.sluice.wire;

/// The two address families, everywhere side by side.
public enum Family {
    IPV4,
    IPV6
}
