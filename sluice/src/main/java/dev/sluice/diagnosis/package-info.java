/// Says what is wrong: the mistakes that operators of a virtual server make, each told with its
/// evidence and with the command that mends it.
///
/// Start at [dev.sluice.diagnosis.Mistake]: a kind of mistake is a file, and its place is the list
/// in [dev.sluice.diagnosis.Mistakes]. A mistake is looked for in [dev.sluice.diagnosis.Facts],
/// which [dev.sluice.diagnosis.Survey] gathers, so that a test can invent them. Nothing here
/// changes anything, and nothing is said that is not sure: who is alarmed for nothing stops
/// listening.
@NullMarked
package dev.sluice.diagnosis;

import org.jspecify.annotations.NullMarked;
