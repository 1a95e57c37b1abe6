@NullMarked
package dev.sluice.diagnosis;

import org.jspecify.annotations.NullMarked;
