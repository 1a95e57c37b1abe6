@NullMarked
package dev.sluice.config.text;

import org.jspecify.annotations.NullMarked;
