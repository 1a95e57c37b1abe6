/// The questions of `checktype = negotiate`, one protocol a file: as much of a client as finds out
/// whether somebody can be served. Start at [Dialogues].
///
/// Each is plain blocking code with one time limit for the whole dialogue, and reads no more than
/// [Conversation#MOST_BYTES], whatever a server sends. What is wrong with an answer is an exception
/// whose message an operator reads.
@NullMarked
package dev.sluice.ldirectord.dialogue;

import org.jspecify.annotations.NullMarked;
