@NullMarked
package dev.sluice.script;

import org.jspecify.annotations.NullMarked;
