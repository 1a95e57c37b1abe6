package dev.sluice.daemon;

import dev.sluice.config.settings.Globals;
import dev.sluice.net.linux.Kernel;
import dev.sluice.script.Script;
import dev.sluice.script.ScriptSecurity;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileSystems;

/// The scripts of a keepalived.conf, with the user who runs them.
///
/// @param defaults of `global_defs`
record KeepalivedScripts(Globals.Scripts defaults) {

    private static final String FALLBACK_USER = "keepalived_script";

    @Nullable Script orNull(dev.sluice.config.settings.@Nullable Script from) {
        return from == null ? null : script(from);
    }

    /// The same, but null too where its security forbids to run it, which is logged.
    @Nullable Script allowedOrNull(dev.sluice.config.settings.@Nullable Script from) {
        Script script = orNull(from);
        return script == null
                        || ScriptSecurity.isAllowed(
                                script, Kernel.geteuid() == 0, defaults.isSecure())
                ? script
                : null;
    }

    /// The user of the script itself, else that of `script_user`, else keepalived's own, else
    /// Sluice's.
    Script script(dev.sluice.config.settings.Script from) {
        if (from.user() != null) {
            return new Script(from.command(), from.user(), from.group());
        }
        if (defaults.user() != null) {
            return new Script(from.command(), defaults.user(), defaults.group());
        }
        return new Script(from.command(), isUser(FALLBACK_USER) ? FALLBACK_USER : null, null);
    }

    private static boolean isUser(String name) {
        try {
            FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
