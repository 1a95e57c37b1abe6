/// Tests of the dialogues, with servers of a few lines and with real ones.
@NullMarked
package dev.sluice.ldirectord.dialogue;

import org.jspecify.annotations.NullMarked;
