package dev.sluice.ebpf;

/// A place in a program that branches and calls name. Two labels are the same only when they are
/// one object; the name is for the listing.
public final class Label {

    private final String name;

    public Label(String name) {
        this.name = name;
    }

    @Override
    public String toString() {
        return name;
    }
}
