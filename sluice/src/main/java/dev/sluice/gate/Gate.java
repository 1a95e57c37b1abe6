package dev.sluice.gate;

import dev.sluice.director.service.Configuration;
import dev.sluice.gate.layout.Metadata;

import java.util.List;
import java.util.Optional;

/// Decides at the interfaces what could be ours and brings it to where the workers listen.
public interface Gate extends AutoCloseable {

    /// Where workers listen.
    ///
    /// @param returnInterface index of the interface that a frame is written to, with
    ///   [Metadata#Metadata.RETURN_MARK], to reach the stack as if it had just come in
    /// @param hasMetadata whether the frame's MAC fields carry [Metadata]
    record Capture(int interfaceIndex, String name, int returnInterface, boolean hasMetadata) {}

    /// One for the eBPF gate, shared by all workers; in direct mode one for each interface.
    List<Capture> captures();

    /// Control's thread: capture by this configuration from now on.
    void publish(Configuration configuration);

    /// Links or addresses of the machine changed: one that was named and comes, is remade or comes
    /// up is captured from then on.
    void addressesChanged();

    /// Its eBPF programs; none in direct mode.
    Optional<GatePrograms> programs();

    /// The interfaces that it is at, or should be.
    Fronts fronts();

    /// Whether it goes on with what an earlier director, which was killed, had left.
    boolean tookOver();

    /// `ebpf` or `direct`.
    String mode();

    /// Removes every trace.
    @Override
    void close();
}
