/// Tests of the package of this name.
@NullMarked
package dev.sluice.director.scheduler;

import org.jspecify.annotations.NullMarked;
