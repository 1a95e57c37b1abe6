@NullMarked
package dev.sluice.net.linux;

import org.jspecify.annotations.NullMarked;
