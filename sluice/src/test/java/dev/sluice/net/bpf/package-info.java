/// Against the running kernel.
@NullMarked
package dev.sluice.net.bpf;

import org.jspecify.annotations.NullMarked;
