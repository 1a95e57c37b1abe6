/// Tests of the package of this name.
@NullMarked
package dev.sluice.director.protocol;

import org.jspecify.annotations.NullMarked;
