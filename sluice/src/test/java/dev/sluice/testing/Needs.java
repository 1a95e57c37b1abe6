package dev.sluice.testing;

import static org.junit.jupiter.api.Assertions.fail;

import org.opentest4j.TestAbortedException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What a test needs of the machine and may not find there. The test is then left out, and
/// [LeftOut] says so at the end; under continuous integration (`SLUICE_CI=1`), where everything is
/// there, it fails.
public final class Needs {

    public static final boolean CI = "1".equals(System.getenv("SLUICE_CI"));

    private static final String[] FOLDERS = {
        "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"
    };

    private Needs() {}

    /// Programs that are installed.
    public static void programs(String... names) {
        for (String name : names) {
            that(
                    Stream.of(FOLDERS)
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
                    name + " is not installed; it is among the packages that .ci/run installs");
        }
    }

    /// Anything else.
    ///
    /// @param reason what is not there, and what to do about it
    public static void that(boolean there, String reason) {
        if (there) {
            return;
        }
        if (CI) {
            fail(reason);
        }
        throw new TestAbortedException(reason);
    }
}
