/// System calls and their errors. Start at [LinuxException].
@NullMarked
package dev.sluice.net.linux;

import org.jspecify.annotations.NullMarked;
