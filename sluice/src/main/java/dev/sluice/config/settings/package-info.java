/// What a keepalived.conf says, as values: defaults filled in, references resolved, inheritance
/// done, each with the place that it came from. Start at [Settings]. Nothing here reads text, and
/// nothing knows who will act on it.
@NullMarked
package dev.sluice.config.settings;

import org.jspecify.annotations.NullMarked;
