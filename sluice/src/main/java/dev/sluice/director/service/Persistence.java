package dev.sluice.director.service;

/// A service's persistence: how long a client returns to the same real server, and how many clients
/// count as one.
///
/// @param timeoutSeconds 1–2678400
/// @param maskHigh the mask over the client address, upper half (IPv4: 0)
/// @param maskLow lower half; IPv4: any 32-bit mask
public record Persistence(int timeoutSeconds, long maskHigh, long maskLow) {}
