@NullMarked
package dev.sluice.health.pool;

import org.jspecify.annotations.NullMarked;
