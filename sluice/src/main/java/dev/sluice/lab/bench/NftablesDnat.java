package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The kernel's own address translation. No masquerading: the director is the server's way back.
final class NftablesDnat implements Peer {

    private static final int SECONDS = 10;

    @Override
    public String name() {
        return "nftables";
    }

    @Override
    public String title() {
        return "nftables";
    }

    @Override
    public @Nullable Tool tool() {
        return Tool.NFT;
    }

    @Override
    public void start(Lane lane, BenchNetwork network) {
        String rules =
                """
                table ip balance {
                    chain prerouting {
                        type nat hook prerouting priority dstnat;
                        ip daddr %s dnat to %s
                    }
                }
                """
                        .formatted(lane.target(), lane.serverAddress());
        Path file = Programs.temporary("nft");
        try {
            Files.writeString(file, rules);
            Programs.run(lane.director(), SECONDS, List.of(Tool.NFT.path(), "-f", file.toString()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (LabException refused) {
            throw new LabException("no address translation here: " + refused.getMessage());
        } finally {
            Programs.delete(file);
        }
    }
}
