@NullMarked
package dev.sluice.net.packet;

import org.jspecify.annotations.NullMarked;
