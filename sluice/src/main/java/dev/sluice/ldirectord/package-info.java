/// Does what a ldirectord.cf says, without a ldirectord: asks the real servers in rounds, and tells
/// the table who is there. Start at [Ldirector]; what a round means for a service is
/// [ServiceState], which is pure. Knows no data path and no kernel.
@NullMarked
package dev.sluice.ldirectord;

import org.jspecify.annotations.NullMarked;
