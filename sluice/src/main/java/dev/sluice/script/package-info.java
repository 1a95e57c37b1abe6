/// Programs of the operator's that are run when something happens, or to find out whether it did:
/// without a shell, by whom the configuration says, only if nobody else could have changed them,
/// and not for ever. Start at [Script]; [ScriptQueue] is for those that must not overtake each
/// other.
@NullMarked
package dev.sluice.script;

import org.jspecify.annotations.NullMarked;
