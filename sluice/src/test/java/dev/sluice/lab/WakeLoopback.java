package dev.sluice.lab;

/// Prepares the namespace of an ordinary user's integration tests, see `src/test/namespace`.
final class WakeLoopback {

    private WakeLoopback() {}

    public static void main(String[] none) {
        Loopback.wake();
    }
}
