/// The desired state and the way to it: what operators asked for, the snapshots that workers
/// forward by, and the socket that commands arrive on. Start at [Table], then [ControlServer].
/// Never touched by packets; knows no command line.
@NullMarked
package dev.sluice.control;

import org.jspecify.annotations.NullMarked;
