/// Tests of the package of this name.
@NullMarked
package dev.sluice.director.state;

import org.jspecify.annotations.NullMarked;
