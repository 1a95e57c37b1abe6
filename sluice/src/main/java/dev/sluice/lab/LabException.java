package dev.sluice.lab;

/// The lab cannot go on; the message tells the user why and what to do.
public final class LabException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public LabException(String message) {
        super(message);
    }
}
