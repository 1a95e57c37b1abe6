package dev.sluice.control;

/// Who wants a change. It decides whose word on a weight counts; see [Weights].
public enum Origin {
    /// Somebody at a command line or through the REST interface.
    OPERATOR,
    /// A configuration or state file.
    FILE,
    /// A health check.
    CHECK,
    /// An agent on a real server, or whatever else measures load.
    AGENT
}
