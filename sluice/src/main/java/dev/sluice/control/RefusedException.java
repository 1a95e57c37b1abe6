package dev.sluice.control;

/// An edit was refused, and everything is as it was.
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    RefusedException(Edit edit, Refusal.Reason reason) {
        super(reason + ": " + edit, null, false, false);
        refusal = new Refusal(edit, reason);
    }

    public Refusal refusal() {
        return refusal;
    }

    public Refusal.Reason reason() {
        return refusal.reason();
    }
}
