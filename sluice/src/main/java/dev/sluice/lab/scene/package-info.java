/// What `sluice lab` shows: one [Scene] a file, each a lesson of the LVS tutorials with the
/// machines of [dev.sluice.lab.LabNetwork].
///
/// Start at [Demonstration], the story that all scenes share, and at [Nat], the simplest scene. A
/// new lab is a class that implements [Scene] and a line in [LabCommand]. Knows nothing of the
/// daemon's inside: it types commands and sends packets, as a user does.
@NullMarked
package dev.sluice.lab.scene;

import org.jspecify.annotations.NullMarked;
