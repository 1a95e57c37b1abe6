/// Tests of reading ldirectord.cf, with the real ldirectord as the judge.
@NullMarked
package dev.sluice.config.ldirectord;

import org.jspecify.annotations.NullMarked;
