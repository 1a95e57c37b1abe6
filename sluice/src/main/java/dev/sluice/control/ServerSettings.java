package dev.sluice.control;

/// Everything about a real server that an edit replaces.
///
/// @param weight 0 (quiesced) to 2147483647
/// @param upperThreshold connections from which on it gets no more, 0: none
/// @param lowerThreshold connections below which it gets some again, 0: three quarters
public record ServerSettings(
        Method method, int weight, int upperThreshold, int lowerThreshold, Tunnel tunnel) {

    /// A server without thresholds.
    public static ServerSettings of(Method method, int weight) {
        return new ServerSettings(method, weight, 0, 0, Tunnel.IPIP);
    }
}
