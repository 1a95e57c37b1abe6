/// System calls and their errors, descriptors, network namespaces. Start at [Kernel]; errors are
/// [LinuxException]s.
///
/// Must not know what its callers make of a descriptor.
@NullMarked
package dev.sluice.net.linux;

import org.jspecify.annotations.NullMarked;
