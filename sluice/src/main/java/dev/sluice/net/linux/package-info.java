/// System calls and their errors, descriptors, network namespaces. Start at [Kernel]; errors are
/// [LinuxException]s.
@NullMarked
package dev.sluice.net.linux;

import org.jspecify.annotations.NullMarked;
