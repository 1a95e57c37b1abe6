/// The text of keepalived.conf: from files to [Statement]s, that is words and the blocks that they
/// open, with the place of each. Comments, quoting, `include`, `@` lines, `$` definitions and `~`
/// repetitions are dealt with here; what a keyword means is not known here. Start at [Text].
@NullMarked
package dev.sluice.config.text;

import org.jspecify.annotations.NullMarked;
