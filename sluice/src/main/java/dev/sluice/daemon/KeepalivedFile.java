package dev.sluice.daemon;

import dev.sluice.config.Host;
import dev.sluice.config.Keepalived;
import dev.sluice.config.Reading;
import dev.sluice.config.settings.Globals;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.router.VrrpSettings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A keepalived.conf that the daemon runs.
///
/// @param pools its virtual servers
/// @param timeouts null: as they are
/// @param isFlushed whether the table is emptied first
/// @param fifos that events of virtual servers are written to
/// @param problems all that is wrong with it, and what it asks for in vain
/// @param isUsable whether it is run at all
record KeepalivedFile(
        VrrpSettings routers,
        List<FilePool> pools,
        Globals.@Nullable Timeouts timeouts,
        boolean isFlushed,
        List<String> fifos,
        List<Problem> problems,
        boolean isUsable) {

    /// No file.
    static final KeepalivedFile NONE = unusable(List.of());

    KeepalivedFile {
        pools = List.copyOf(pools);
        problems = List.copyOf(problems);
    }

    private static KeepalivedFile unusable(List<Problem> problems) {
        return new KeepalivedFile(
                VrrpSettings.of(), List.of(), null, false, List.of(), problems, false);
    }

    private static List<String> fifos(Globals.Fifos fifos) {
        return Stream.of(Optional.ofNullable(fifos.all()), Optional.ofNullable(fifos.lvs()))
                .flatMap(Optional::stream)
                .map(Globals.Fifo::path)
                .toList();
    }

    static KeepalivedFile read(String file, Environment environment, Host host) {
        Reading reading = Keepalived.read(file, new FilesOnDisk(), environment, host);
        List<Problem> problems = new ArrayList<>(reading.problems());
        if (!reading.isUsable()) {
            return unusable(problems);
        }
        Settings settings = reading.settings();
        KeepalivedServers.Translation servers = KeepalivedServers.translate(settings);
        problems.addAll(servers.problems());
        KeepalivedRouters.Translation routers = KeepalivedRouters.translate(settings);
        problems.addAll(routers.notDone());
        boolean isUsable =
                servers.problems().stream()
                        .noneMatch(problem -> problem.severity() == Severity.ERROR);
        return new KeepalivedFile(
                routers.settings(),
                servers.pools(),
                settings.globals().lvs().timeouts(),
                settings.globals().lvs().isFlushedAtStart(),
                fifos(settings.globals().fifos()),
                problems,
                isUsable);
    }
}
