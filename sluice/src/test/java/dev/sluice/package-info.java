/// The command line as a whole.
@NullMarked
package dev.sluice;

import org.jspecify.annotations.NullMarked;
