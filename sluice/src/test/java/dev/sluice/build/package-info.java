/// Checks of the source itself: its formatting and the dependencies between packages.
@NullMarked
package dev.sluice.build;

import org.jspecify.annotations.NullMarked;
