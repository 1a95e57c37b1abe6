/// Tests of what a running ldirectord.cf does, beside the real ldirectord too.
@NullMarked
package dev.sluice.ldirectord;

import org.jspecify.annotations.NullMarked;
