package dev.sluice.diagnosis;

import java.util.function.Consumer;

/// A kind of mistake: what shows it in the facts. Only what is sure is a finding.
///
/// An implementation costs what it looks at, once, and asks nobody: what is missing in [Facts] is
/// for [Survey] to gather.
public interface Mistake {

    /// For programs, and for who wants to hear no more of it: a few words with hyphens.
    String kind();

    /// Shows what is found of it, one finding for each thing that has to be mended.
    void look(Facts facts, Consumer<Finding> found);
}
