package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Globals;
import dev.sluice.config.settings.Globals.Fifo;
import dev.sluice.config.settings.Globals.Fifos;
import dev.sluice.config.settings.Globals.Flush;
import dev.sluice.config.settings.Globals.Lvs;
import dev.sluice.config.settings.Globals.Mail;
import dev.sluice.config.settings.Globals.SyncDaemon;
import dev.sluice.config.settings.Globals.Timeouts;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// `global_defs`, keepalived.md §4.2.
final class GlobalsReader {

    private static final int SMTP_PORT = 25;

    private final Block block;
    private final Scripts scripts;
    private final Problems problems;
    private final Host host;

    GlobalsReader(Block block, Scripts scripts, Problems problems, Host host) {
        this.block = block;
        this.scripts = scripts;
        this.problems = problems;
        this.host = host;
    }

    /// @param instances what the synchronisation daemon may follow
    /// @param top where an instance may name the daemon's interface, in an older way
    Globals read(Set<String> instances, Block top) {
        Arguments dynamic = block.last("dynamic_interfaces");
        return new Globals(
                block.text("router_id"),
                mail(),
                scripts(),
                fifos(),
                lvs(instances, top),
                block.seconds("vrrp_startup_delay", Duration.ZERO),
                block.seconds("vrrp_delay_after_boot", Duration.ZERO),
                block.isOn("log_unknown_vrids"),
                interval("vrrp_garp_interval"),
                interval("vrrp_gna_interval"),
                dynamic != null,
                dynamic != null && dynamic.has("allow_if_changes"),
                block.text("default_interface", "eth0"),
                block.text("vmac_prefix", "vrrp"),
                block.isOn("data_use_instance"));
    }

    /// keepalived's own sample file has 0 here, of which it complains.
    private Duration interval(String keyword) {
        Duration interval = block.seconds(keyword, Duration.ZERO);
        if (interval.isZero() && block.has(keyword)) {
            problems.adjusted(
                    block.placeOf(keyword),
                    "`%s` of 0 is none, as without it".formatted(keyword),
                    "remove it");
        }
        return interval;
    }

    private Mail mail() {
        List<String> recipients = new ArrayList<>();
        block.lines("notification_email")
                .forEach(line -> line.words().forEach(word -> recipients.add(word.text())));
        Arguments server = block.last("smtp_server");
        return new Mail(
                recipients,
                block.text("notification_email_from"),
                block.text("smtp_server"),
                server != null && server.words().size() > 1
                        ? Integer.parseInt(server.words().get(1).text())
                        : SMTP_PORT,
                block.seconds("smtp_connect_timeout", Duration.ofSeconds(30)),
                block.text("smtp_helo_name"),
                !block.isOn("no_email_faults"),
                !block.isOn("no_checker_emails"));
    }

    private Globals.Scripts scripts() {
        Arguments user = block.last("script_user");
        Word name = block.word("script_user");
        if (name != null && !host.hasUser(name.text())) {
            problems.error(
                    name.place(),
                    "there is no user `%s` on this machine".formatted(name),
                    "script_user is who runs scripts that do not say");
        }
        Word group = user == null || user.words().size() < 2 ? null : user.words().get(1);
        if (group != null && !host.hasGroup(group.text())) {
            problems.error(
                    group.place(), "there is no group `%s` on this machine".formatted(group));
        }
        return new Globals.Scripts(
                block.isOn("enable_script_security"),
                name == null ? null : name.text(),
                group == null ? null : group.text(),
                scripts.read(block, "startup_script"),
                block.seconds("startup_script_timeout", Duration.ofSeconds(10)),
                scripts.read(block, "shutdown_script"),
                block.seconds("shutdown_script_timeout", Duration.ofSeconds(10)));
    }

    private Fifos fifos() {
        return new Fifos(
                fifo("notify_fifo"),
                fifo("vrrp_notify_fifo"),
                fifo("lvs_notify_fifo"),
                block.isOn("fifo_write_vrrp_states_on_reload"));
    }

    private @Nullable Fifo fifo(String keyword) {
        Arguments fifo = block.last(keyword);
        if (fifo == null) {
            return null;
        }
        List<Word> words = fifo.words();
        return new Fifo(
                fifo.place(),
                words.getFirst().text(),
                words.size() > 1 ? words.get(1).text() : null,
                words.size() > 2 ? words.get(2).text() : null,
                scripts.read(block, keyword + "_script"));
    }

    private Lvs lvs(Set<String> instances, Block top) {
        Arguments timeouts = block.last("lvs_timeouts");
        Arguments flush = block.last("lvs_flush_on_stop");
        return new Lvs(
                timeouts == null
                        ? null
                        : new Timeouts(
                                number(timeouts, "tcp", 0),
                                number(timeouts, "tcpfin", 0),
                                number(timeouts, "udp", 0)),
                block.isOn("lvs_flush"),
                flush == null ? Flush.OWN : flush.has("VS") ? Flush.SERVICES : Flush.ALL,
                syncDaemon(instances, top),
                block.isOn("rs_init_notifies"));
    }

    private @Nullable SyncDaemon syncDaemon(Set<String> instances, Block top) {
        Arguments daemon = block.last("lvs_sync_daemon");
        SyncDaemon old = oldSyncDaemon(top);
        if (daemon == null) {
            return old;
        }
        Word instance = daemon.option("inst");
        if (instance == null && daemon.words().size() > 1) {
            instance = daemon.words().get(1);
        }
        if (instance != null && !instances.contains(instance.text())) {
            problems.error(
                    instance.place(),
                    "lvs_sync_daemon follows `%s`, which is no vrrp_instance".formatted(instance));
        }
        String group = daemon.text("group");
        return new SyncDaemon(
                daemon.place(),
                daemon.words().getFirst().text(),
                instance == null ? null : instance.text(),
                number(daemon, "id"),
                number(daemon, "maxlen"),
                number(daemon, "port"),
                number(daemon, "ttl"),
                group == null ? null : Address.parse(group));
    }

    private @Nullable SyncDaemon oldSyncDaemon(Block top) {
        SyncDaemon found = null;
        for (Block instance : top.blocks("vrrp_instance")) {
            Word name = instance.word("lvs_sync_daemon_interface");
            if (name != null) {
                problems.warning(
                        name.place(),
                        "`lvs_sync_daemon_interface` is an old spelling",
                        "write into global_defs: lvs_sync_daemon %s %s"
                                .formatted(name, instance.name()));
                found =
                        new SyncDaemon(
                                name.place(),
                                name.text(),
                                instance.name(),
                                null,
                                null,
                                null,
                                null,
                                null);
            }
        }
        return found;
    }

    private static int number(Arguments arguments, String option, int otherwise) {
        Integer number = number(arguments, option);
        return number == null ? otherwise : number;
    }

    private static @Nullable Integer number(Arguments arguments, String option) {
        String text = arguments.text(option);
        return text == null ? null : Integer.valueOf(text);
    }
}
