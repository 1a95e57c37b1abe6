package dev.sluice.config.ldirectord;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Small configurations, and what the real ldirectord says of each:
/// `src/test/resources/ldirectord/cases`. A line is
///
/// ```
///  VERDICT KIND TEXT
/// ```
///
/// with the verdicts `ok`, `refused`, `differs` (accepted there, refused here, as
/// docs/compatibility.md says), and a kind that says where the text goes.
record Cases(String verdict, String kind, String text) {

    /// The machine that ldirectord is asked on, which has `/etc/services` and no name server.
    static final Machine MACHINE =
            new Machine() {
                @Override
                public @Nullable Address address(String host, Family family) {
                    return host.equals("localhost") && family == Family.IPV4
                            ? Address.parse("127.0.0.1")
                            : null;
                }

                @Override
                public @Nullable Integer port(String service, String transport) {
                    return switch (service) {
                        case "http" -> transport.equals("tcp") ? Integer.valueOf(80) : null;
                        case "domain" -> 53;
                        default -> null;
                    };
                }

                @Override
                public boolean isFolder(String path) {
                    return path.equals("/tmp");
                }

                @Override
                public boolean canAppend(String path) {
                    return path.startsWith("/tmp/");
                }
            };

    static List<Cases> all() throws IOException {
        List<Cases> cases = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/ldirectord/cases"))) {
            String[] parts = line.split(" ", 3);
            cases.add(new Cases(parts[0], parts[1], parts[2]));
        }
        return cases;
    }

    /// The text as a whole file.
    String file() {
        String written = text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
        String service = "virtual=192.0.2.200:80\n    real=192.0.2.2:80 gate\n";
        return switch (kind) {
            case "g" -> written + "\n" + service;
            case "v" -> service + "    " + written + "\n";
            case "v6" ->
                    "virtual6=[2001:db8::1]:80\n    real6=[2001:db8::2]:80 gate\n    "
                            + written
                            + "\n";
            case "vf" -> "virtual=7\n    real=192.0.2.2:80 gate\n    " + written + "\n";
            case "r" -> "virtual=192.0.2.200:80\n    real=" + written + "\n";
            case "s" -> written + "\n";
            default -> throw new IllegalArgumentException(kind);
        };
    }

    boolean isAcceptedByPeer() {
        return !verdict.equals("refused");
    }

    boolean isAcceptedHere() {
        return verdict.equals("ok");
    }
}
