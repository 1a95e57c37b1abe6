/// What a director does when it is attacked or short of memory. It must not know how much memory
/// there is: it is told. Start at [DropPacket].
@NullMarked
package dev.sluice.director.defence;

import org.jspecify.annotations.NullMarked;
