package dev.sluice.control;

import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;

/// Everything about a real server that an edit replaces.
///
/// @param weight 0 (quiesced) to 2147483647
/// @param upperThreshold connections from which on it gets no more, 0: none
/// @param lowerThreshold connections below which it gets some again, 0: three quarters
public record ServerSettings(
        Forwarding method,
        int weight,
        int upperThreshold,
        int lowerThreshold,
        Encapsulation tunnel) {

    /// A server without thresholds.
    public static ServerSettings of(Forwarding method, int weight) {
        return new ServerSettings(method, weight, 0, 0, Encapsulation.IPIP);
    }

    ServerSettings withWeight(int newWeight) {
        return newWeight == weight
                ? this
                : new ServerSettings(method, newWeight, upperThreshold, lowerThreshold, tunnel);
    }
}
