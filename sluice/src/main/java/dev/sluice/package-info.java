/// Sluice, a Linux Virtual Server in user space. Start reading at [Main], the command line, and at
/// [dev.sluice.daemon.Daemon], which starts the parts; `ARCHITECTURE.md` has the map.
@NullMarked
package dev.sluice;

import org.jspecify.annotations.NullMarked;
