@NullMarked
package dev.sluice.vrrp;

import org.jspecify.annotations.NullMarked;
