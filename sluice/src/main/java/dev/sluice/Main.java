package dev.sluice;

/// The program: wires the parts and runs one command.
public final class Main {

    private Main() {}

    /// Runs `sluice`.
    public static void main(String[] arguments) {
        System.err.println("sluice: no command yet");
        System.exit(2);
    }
}
