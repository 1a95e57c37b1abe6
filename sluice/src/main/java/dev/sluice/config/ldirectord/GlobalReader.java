package dev.sluice.config.ldirectord;

import static dev.sluice.config.ldirectord.Values.or;

import dev.sluice.config.ldirectord.LdirectorSettings.Fallback;
import dev.sluice.config.text.Problems;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The global options, wherever they stand between the sections; the last of each counts.
final class GlobalReader {

    @Nullable Duration timeout;
    @Nullable Duration negotiationTimeout;
    Duration interval = Duration.ofSeconds(10);
    int failures = 1;
    int attempts = 1;

    /// The manual says yes; the program says no, and it is the program that runs.
    boolean isQuiescent;

    boolean isRemovedAtStop = true;
    boolean checksApart;
    @Nullable Fallback fallback;
    @Nullable Fallback fallback6;
    @Nullable String fallbackCommand;
    List<String> recipients = List.of();
    List<String> mailStates = List.of("starting", "running", "stopping", "reloading");
    Duration mailInterval = Duration.ZERO;
    @Nullable String mailServer;

    private @Nullable String mailFrom;
    private boolean readdsQuiescent;
    private boolean isReloaded;
    private boolean isSupervised;
    private @Nullable String callback;
    private @Nullable String logFile;
    private @Nullable String maintenanceFolder;
    private final List<String> others = new ArrayList<>();
    private final Machine machine;
    private final Values values;
    private final FallbackReader fallbacks;

    GlobalReader(List<Entry> entries, Machine machine, Problems problems) {
        this.machine = machine;
        values = new Values(problems);
        fallbacks = new FallbackReader(new Names(machine), values);
        entries.forEach(this::read);
    }

    LdirectorSettings settings(List<LdirectorSettings.Service> services) {
        return new LdirectorSettings(
                services,
                interval,
                isReloaded,
                callback,
                logFile,
                maintenanceFolder,
                readdsQuiescent,
                checksApart,
                isSupervised,
                mailFrom,
                others);
    }

    private void read(Entry entry) {
        if (!entry.hasValue()) {
            bare(entry);
            return;
        }
        switch (entry.key()) {
            case "checktimeout" -> timeout = or(values.seconds(entry), timeout);
            case "negotiatetimeout" ->
                    negotiationTimeout = or(values.seconds(entry), negotiationTimeout);
            case "checkinterval" -> interval = or(values.seconds(entry), interval);
            case "failurecount" -> failures = or(values.positive(entry), failures);
            case "checkcount" -> {
                attempts = or(values.positive(entry), attempts);
                outdated(values, entry);
            }
            case "quiescent" -> isQuiescent = or(values.yesOrNo(entry), isQuiescent);
            case "readdquiescent" -> readdsQuiescent = or(values.yesOrNo(entry), readdsQuiescent);
            case "cleanstop" -> isRemovedAtStop = or(values.yesOrNo(entry), isRemovedAtStop);
            case "fork" -> checksApart = or(values.yesOrNo(entry), checksApart);
            case "supervised" -> isSupervised = or(values.yesOrNo(entry), isSupervised);
            case "autoreload" -> isReloaded = or(values.yesOrNo(entry), isReloaded);
            case "fallback" -> fallback = or(fallbacks.read(entry, false, null), fallback);
            case "fallback6" -> fallback6 = or(fallbacks.read(entry, true, null), fallback6);
            case "fallbackcommand" -> fallbackCommand = or(values.text(entry), fallbackCommand);
            case "callback" -> callback = or(values.quoted(entry), callback);
            case "logfile" -> logFile = or(logFile(entry), logFile);
            case "emailalert" -> recipients = or(values.recipients(entry), recipients);
            case "emailalertfrom" -> mailFrom = or(values.text(entry), mailFrom);
            case "emailalertfreq" -> {
                Integer seconds = values.natural(entry);
                mailInterval = seconds == null ? mailInterval : Duration.ofSeconds(seconds);
            }
            case "emailalertstatus" -> mailStates = or(values.mailStates(entry), mailStates);
            case "smtp" -> mailServer = or(values.mailServer(entry), mailServer);
            case "maintenancedir" -> maintenanceFolder = or(folder(entry), maintenanceFolder);
            case "execute" -> others.add(Values.unquoted(entry.value()));
            case "connecttimeout", "timeout" -> renamed(values, entry);
            default -> unknown(entry);
        }
    }

    private void bare(Entry entry) {
        if (entry.key().equals("supervised")) {
            isSupervised = true;
            values.warning(entry, "the value is missing; yes is taken", "write: supervised = yes");
        } else {
            unknown(entry);
        }
    }

    private void unknown(Entry entry) {
        String hint =
                Keywords.OF_SERVICE.contains(entry.key())
                        ? "it belongs under a `virtual`, indented"
                        : entry.key().startsWith("include")
                                ? "there are no includes in this format; `execute` starts another"
                                        + " configuration"
                                : Keywords.hint(entry.key(), Keywords.GLOBAL);
        values.error(entry, "no such option", hint);
    }

    static void renamed(Values values, Entry entry) {
        values.error(
                entry,
                "no longer known",
                "write checktimeout for connects and pings, negotiatetimeout for the others");
    }

    static void outdated(Values values, Entry entry) {
        values.warning(entry, "an old option, for pings only", "failurecount is for all kinds");
    }

    private @Nullable String logFile(Entry entry) {
        String path = values.quoted(entry);
        if (path != null && path.startsWith("/") && !machine.canAppend(path)) {
            values.error(
                    entry,
                    "%s cannot be written to".formatted(path),
                    "make its folder, or name a syslog facility");
        }
        return path;
    }

    private @Nullable String folder(Entry entry) {
        if (entry.value().isEmpty()) {
            values.error(entry, "the folder is missing", "leave the line out");
            return null;
        }
        if (!machine.isFolder(entry.value())) {
            values.warning(
                    entry,
                    "there is no folder %s; nothing is under maintenance until there is"
                            .formatted(entry.value()),
                    entry.value().startsWith("\"") ? "write it without quotes" : "");
        }
        return entry.value();
    }
}
