package dev.sluice.daemon;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// How much of the machine's memory is free as IPVS counts it: unused pages and buffers, not the
/// page cache.
final class FreeMemory implements LongSupplier {

    private static final Logger LOG = LoggerFactory.getLogger(FreeMemory.class);

    private static final int KIB_PER_PAGE = 4;

    private final Path meminfo;
    private boolean told;

    FreeMemory(Path meminfo) {
        this.meminfo = meminfo;
    }

    /// In pages of 4 KiB; as if there were plenty when the kernel does not say.
    @Override
    public long getAsLong() {
        try {
            long pages = 0;
            for (String line : Files.readAllLines(meminfo)) {
                if (line.startsWith("MemFree:") || line.startsWith("Buffers:")) {
                    pages += Long.parseLong(line.replaceAll("\\D", "")) / KIB_PER_PAGE;
                }
            }
            return pages;
        } catch (IOException | NumberFormatException e) {
            if (!told) {
                told = true;
                LOG.warn(
                        "{} cannot be read ({}): drop_entry, drop_packet and secure_tcp do not"
                                + " begin by themselves; set them to 3 to have them always",
                        meminfo,
                        e.toString());
            }
            return Long.MAX_VALUE;
        }
    }
}
