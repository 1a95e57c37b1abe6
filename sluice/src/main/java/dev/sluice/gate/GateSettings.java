package dev.sluice.gate;

import java.util.List;

/// What a gate is told at its start.
///
/// @param interfaces names of those that clients or real servers are behind
/// @param workers 1–64
/// @param steeringKey0 with `steeringKey1` the key of [dev.sluice.director.Steering]
public record GateSettings(
        List<String> interfaces, int workers, long steeringKey0, long steeringKey1) {}
