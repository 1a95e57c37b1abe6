package dev.sluice.control;

/// A real server as it is wanted.
///
/// @param settings with the weight that counts
/// @param weights who says what about it
/// @param age larger than that of every server that was there when it was added
public record DesiredServer(ServerKey key, ServerSettings settings, Weights weights, long age) {

    static DesiredServer added(Edit.AddServer edit, long age) {
        Weights weights = Weights.first(edit.origin(), edit.settings().weight());
        return new DesiredServer(
                edit.server(), edit.settings().withWeight(weights.effective()), weights, age);
    }

    DesiredServer edited(Edit.EditServer edit) {
        Weights said = weights.with(edit.origin(), edit.settings().weight());
        return new DesiredServer(key, edit.settings().withWeight(said.effective()), said, age);
    }

    DesiredServer weighed(Edit.SetWeight edit) {
        Weights said = weights.with(edit.origin(), edit.weight());
        return new DesiredServer(key, settings.withWeight(said.effective()), said, age);
    }
}
