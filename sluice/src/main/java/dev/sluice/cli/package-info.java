/// The command line of the Linux Virtual Server: ipvsadm's grammar, listings, texts and exit
/// statuses, byte for byte. Start at [Ipvsadm]. Runs inside the daemon, against a
/// [dev.sluice.control.Table]; knows no socket and no packet.
@NullMarked
package dev.sluice.cli;

import org.jspecify.annotations.NullMarked;
