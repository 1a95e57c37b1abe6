/// The protocols' state machines, written as tables to be laid beside the kernel's. Start at
/// [TcpStates].
@NullMarked
package dev.sluice.director.state;

import org.jspecify.annotations.NullMarked;
