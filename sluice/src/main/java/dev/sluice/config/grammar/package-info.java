/// The keyword table of keepalived.conf and what checks statements against it: which keywords a
/// block has, what their parameters look like, and what becomes of each. The table itself is
/// [Keywords]; it is written in the syntax that it describes. What the values mean together is
/// [dev.sluice.config]'s business.
@NullMarked
package dev.sluice.config.grammar;

import org.jspecify.annotations.NullMarked;
