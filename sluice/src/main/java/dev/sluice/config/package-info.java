/// keepalived.conf. Pure: the text comes from files through an interface, and what it says goes out
/// as settings with the lines that they stood on, together with everything that is wrong with it.
/// Nothing here knows the table, a socket or the machine.
@NullMarked
package dev.sluice.config;

import org.jspecify.annotations.NullMarked;
