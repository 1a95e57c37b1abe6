package dev.sluice.config.ldirectord;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.testing.Needs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The real ldirectord still says of each case what is recorded. `ldirectord FILE status` reads the
/// file: exit status 2 when it is wrong, 3 when it is fine and nothing runs. One start of it takes
/// half a second, so that all cases are asked in continuous integration only, and every fifth
/// elsewhere.
final class LdirectordPeerIT {

    private static final int SOME = 5;
    private static final String ASK_ALL =
            """
            mount -t tmpfs tmpfs /run
            ip link set lo up
            for file in "$0"/*.cf; do
                timeout 60 ldirectord "$file" status >"$file.out" 2>&1
                echo $? >"$file.exit"
            done
            """;

    @TempDir private Path folder;

    @Test
    void eachCaseGetsTheRecordedVerdict() throws IOException, InterruptedException {
        Needs.programs("ldirectord", "unshare", "ip");
        List<Cases> asked = new ArrayList<>();
        List<Cases> all = Cases.all();
        for (int i = 0; i < all.size(); i += Needs.CI ? 1 : SOME) {
            Files.writeString(folder.resolve("%04d.cf".formatted(asked.size())), all.get(i).file());
            asked.add(all.get(i));
        }
        Process peer =
                new ProcessBuilder(
                                "unshare",
                                "--mount",
                                "--net",
                                "sh",
                                "-c",
                                ASK_ALL,
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(peer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!peer.waitFor(10, TimeUnit.MINUTES)) {
            peer.destroyForcibly();
        }
        Needs.that(
                Files.exists(folder.resolve("0000.cf.exit")),
                "could not make a namespace for ldirectord: " + output);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String name = "%04d.cf".formatted(i);
            String exit = Files.readString(folder.resolve(name + ".exit")).strip();
            String expected = asked.get(i).isAcceptedByPeer() ? "3" : "2";
            if (!exit.equals(expected)) {
                wrong.add(
                        asked.get(i)
                                + ": "
                                + exit
                                + " "
                                + Files.readString(folder.resolve(name + ".out")));
            }
        }
        assertEquals("", String.join("\n", wrong));
    }
}
