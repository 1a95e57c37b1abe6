/// End-to-end tests: real programs on both sides of a director that runs as it does for an
/// operator.
///
/// Start at [TestBed]. The machines come from the same code as `sluice lab`.
@NullMarked
package dev.sluice.lab;

import org.jspecify.annotations.NullMarked;
