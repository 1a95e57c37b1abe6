package dev.sluice.control;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

/// A connection or persistence template as it is listed.
///
/// @param protocol null for the template of a mark service, which holds for every protocol
/// @param expiresSeconds whole seconds until it expires, rounded down
/// @param state in IPVS's words, such as `ESTABLISHED`
public record ConnectionEntry(
        @Nullable Protocol protocol,
        long expiresSeconds,
        String state,
        Address client,
        int clientPort,
        Address virtual,
        int virtualPort,
        Address real,
        int realPort) {}
