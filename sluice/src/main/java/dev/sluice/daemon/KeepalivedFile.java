package dev.sluice.daemon;

import dev.sluice.config.Host;
import dev.sluice.config.Keepalived;
import dev.sluice.config.Reading;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.VirtualServer;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.Problem;
import dev.sluice.router.VrrpSettings;

import java.util.ArrayList;
import java.util.List;

/// A keepalived.conf that the daemon runs.
///
/// @param problems all that is wrong with it, and what it asks for in vain
/// @param isUsable whether it is run at all
record KeepalivedFile(VrrpSettings routers, List<Problem> problems, boolean isUsable) {

    static KeepalivedFile read(String file, Environment environment, Host host) {
        Reading reading = Keepalived.read(file, new FilesOnDisk(), environment, host);
        List<Problem> problems = new ArrayList<>(reading.problems());
        if (!reading.isUsable()) {
            return new KeepalivedFile(VrrpSettings.of(), problems, false);
        }
        Settings settings = reading.settings();
        for (VirtualServer server : settings.virtualServers()) {
            problems.add(
                    new Problem(
                            Problem.Severity.WARNING,
                            server.place(),
                            "`virtual_server` is not done yet",
                            "add the service with ipvsadm"));
        }
        KeepalivedRouters.Translation routers = KeepalivedRouters.translate(settings);
        problems.addAll(routers.notDone());
        return new KeepalivedFile(routers.settings(), problems, true);
    }
}
