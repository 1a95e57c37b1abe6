/// Programs against known bytes.
@NullMarked
package dev.sluice.ebpf;

import org.jspecify.annotations.NullMarked;
