@NullMarked
package dev.sluice.control;

import org.jspecify.annotations.NullMarked;
