/// ldirectord.cf: what the older monitor of the Linux Virtual Server was told, and how it says the
/// same in a keepalived.conf. Start at [Ldirectord], and at [LdirectorSettings] for what comes out.
///
/// Pure, as the package around it: names are resolved by a [Machine], files come as texts. Nothing
/// here checks a server or knows a table.
@NullMarked
package dev.sluice.config.ldirectord;

import org.jspecify.annotations.NullMarked;
