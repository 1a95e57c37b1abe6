package dev.sluice.daemon;

import dev.sluice.control.ConnectionSource;
import dev.sluice.control.Edit;
import dev.sluice.control.Program;
import dev.sluice.control.PublicationException;
import dev.sluice.control.RefusedException;
import dev.sluice.control.Table;
import dev.sluice.router.VrrpSettings;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Reads the file again and brings the running daemon to it, or says what that would do: `sluice
/// reload`, SIGHUP, `sluice plan`. All or nothing: a file with an error, or one that asks for what
/// cannot be changed while running, leaves everything as it is.
final class Reload {

    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private static final int DONE = 0;
    private static final int FAILED = 1;

    /// As `sluice check` exits.
    private static final int UNUSABLE_FILE = 3;

    private final @Nullable KeepalivedSource source;
    private final VrrpSettings routers;
    private final VirtualServers servers;
    private final Table table;
    private final ConnectionSource connections;

    /// @param source null: there is no file
    /// @param routers that run
    Reload(
            @Nullable KeepalivedSource source,
            VrrpSettings routers,
            VirtualServers servers,
            Table table,
            ConnectionSource connections) {
        this.source = source;
        this.routers = routers;
        this.servers = servers;
        this.table = table;
        this.connections = connections;
    }

    /// `sluice reload`.
    synchronized int reload(Program.Call call) {
        KeepalivedFile file = read(call, "");
        if (file == null) {
            return UNUSABLE_FILE;
        }
        List<String> lines = lines(file);
        try {
            servers.load(file);
        } catch (RefusedException | PublicationException e) {
            call.err().println("sluice reload: nothing was changed: " + e.getMessage());
            return FAILED;
        }
        print(call, lines, "nothing to change");
        return DONE;
    }

    /// `sluice plan [FILE]`.
    synchronized int plan(Program.Call call) {
        KeepalivedFile file = read(call, call.words().isEmpty() ? "" : call.words().getFirst());
        if (file == null) {
            return UNUSABLE_FILE;
        }
        print(call, lines(file), "nothing would change");
        return DONE;
    }

    private List<String> lines(KeepalivedFile file) {
        List<Edit> edits = servers.plan(file);
        return new PlanText(table.desired(), connections, edits).lines(edits);
    }

    private static void print(Program.Call call, List<String> lines, String otherwise) {
        if (lines.isEmpty()) {
            call.out().println(otherwise);
        }
        lines.forEach(call.out()::println);
    }

    /// @return null when it cannot be used, which was said
    private @Nullable KeepalivedFile read(Program.Call call, String other) {
        if (source == null) {
            call.err()
                    .println(
                            "sluice: the daemon runs no keepalived.conf (sluice run -f FILE); one"
                                    + " with --ldirectord reads its file again on SIGHUP");
            return null;
        }
        KeepalivedFile file = other.isEmpty() ? source.read() : source.read(other);
        file.problems().forEach(call.err()::println);
        String path = other.isEmpty() ? source.path() : other;
        if (!file.isUsable()) {
            call.err().println("sluice: " + path + " is refused, see above; nothing was changed");
            return null;
        }
        if (!file.routers().equals(routers)) {
            call.err()
                    .println(
                            "sluice: "
                                    + path
                                    + " changes virtual routers, which takes a restart; nothing"
                                    + " was changed");
            return null;
        }
        return file;
    }

    /// SIGHUP: what `sluice reload` would print goes to the log.
    void signalled() {
        LOG.info("Reloading");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(said, true, StandardCharsets.UTF_8);
        int status;
        try {
            status =
                    reload(
                            new Program.Call(
                                    "reload",
                                    List.of(),
                                    new ByteArrayInputStream(new byte[0]),
                                    print,
                                    print));
        } catch (RuntimeException e) {
            LOG.error("not reloaded, all is as it was: {}", e.getMessage(), e);
            return;
        }
        for (String line : said.toString(StandardCharsets.UTF_8).lines().toList()) {
            if (status == DONE) {
                LOG.info("{}", line);
            } else {
                LOG.error("{}", line);
            }
        }
    }
}
