@NullMarked
package dev.sluice.health.probe;

import org.jspecify.annotations.NullMarked;
