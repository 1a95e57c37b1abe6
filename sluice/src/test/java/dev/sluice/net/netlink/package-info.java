@NullMarked
package dev.sluice.net.netlink;

import org.jspecify.annotations.NullMarked;
