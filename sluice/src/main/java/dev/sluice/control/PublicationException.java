package dev.sluice.control;

/// The workers or the gate could not take a configuration, and everything is as it was. The message
/// is theirs: what is full or broken, and what to do.
public final class PublicationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PublicationException(RuntimeException cause) {
        super(cause.getMessage(), cause);
    }
}
