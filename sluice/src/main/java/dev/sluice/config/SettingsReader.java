package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Globals;
import dev.sluice.config.settings.InterfaceSettings.Delays;
import dev.sluice.config.settings.InterfaceSettings.GarpInterval;
import dev.sluice.config.settings.InterfaceSettings.Linkbeat;
import dev.sluice.config.settings.InterfaceSettings.TrackGroup;
import dev.sluice.config.settings.Settings;
import dev.sluice.config.settings.Settings.ClientCertificate;
import dev.sluice.config.settings.SyncGroup;
import dev.sluice.config.settings.VirtualServer;
import dev.sluice.config.settings.VrrpInstance;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The whole file. Definitions first, then what refers to them: the order of the text does not
/// matter.
final class SettingsReader {

    private final Block top;
    private final Block globals;
    private final Scripts scripts;
    private final Problems problems;
    private final Host host;

    SettingsReader(Block top, Scripts scripts, Problems problems, Host host) {
        this.top = top;
        this.scripts = scripts;
        this.problems = problems;
        this.host = host;
        globals = top.merged("global_defs");
    }

    Settings read() {
        Interfaces interfaces = new Interfaces(host, globals.has("dynamic_interfaces"), problems);
        AddressReader addresses = new AddressReader(problems, interfaces);
        TrackerReader trackers = new TrackerReader(top, scripts, interfaces, problems);
        VrrpReader vrrp =
                new VrrpReader(top, globals, scripts, trackers, addresses, interfaces, problems);
        List<VrrpInstance> instances = vrrp.instances();
        List<SyncGroup> groups = vrrp.groups(instances);
        List<VirtualServer> servers =
                new VirtualServerReader(top, globals, scripts, trackers, problems).read();
        Set<String> names = new HashSet<>();
        instances.forEach(instance -> names.add(instance.name()));
        Globals global = new GlobalsReader(globals, scripts, problems, host).read(names, top);
        Settings settings =
                new Settings(
                        global,
                        instances,
                        groups,
                        trackers.trackScripts,
                        trackers.files,
                        trackers.processes,
                        trackers.bfdSessions,
                        servers,
                        addresses.addresses(top, "static_ipaddress"),
                        addresses.routes(top, "static_routes"),
                        addresses.rules(top, "static_rules"),
                        trackGroups(names),
                        garpIntervals(interfaces),
                        delays(interfaces),
                        linkbeats(interfaces),
                        clientCertificate(),
                        top.text("net_namespace"),
                        top.text("net_namespace_ipvs"),
                        top.text("instance", ""));
        trackers.warnAboutUnused();
        scripts.check(global.scripts().isSecure(), global.scripts().user());
        return settings;
    }

    private List<TrackGroup> trackGroups(Set<String> instances) {
        List<TrackGroup> groups = new ArrayList<>();
        for (Block block : top.blocks("track_group")) {
            List<String> members = new ArrayList<>();
            for (Arguments line : block.lines("group")) {
                for (Word word : line.words()) {
                    if (!instances.contains(word.text())) {
                        problems.error(word.place(), "there is no vrrp_instance `" + word + "`");
                    }
                    members.add(word.text());
                }
            }
            groups.add(new TrackGroup(block.place(), block.name(), members));
        }
        return groups;
    }

    private List<GarpInterval> garpIntervals(Interfaces interfaces) {
        List<GarpInterval> intervals = new ArrayList<>();
        for (Block block : top.blocks("garp_group")) {
            List<Word> names = new ArrayList<>();
            block.all("interface").forEach(each -> names.addAll(each.words()));
            block.lines("interfaces").forEach(line -> names.addAll(line.words()));
            names.forEach(interfaces::check);
            if (names.isEmpty()) {
                problems.warning(block.place(), "this garp_group names no interface");
            }
            intervals.add(
                    new GarpInterval(
                            block.place(),
                            names.stream().map(Word::text).toList(),
                            block.seconds("garp_interval"),
                            block.seconds("gna_interval")));
        }
        return intervals;
    }

    private List<Delays> delays(Interfaces interfaces) {
        List<Delays> delays = new ArrayList<>();
        for (Arguments line : top.lines("interface_up_down_delays")) {
            List<Word> words = line.words();
            interfaces.check(words.getFirst());
            Duration down = Duration.ofSeconds(Long.parseLong(words.get(1).text()));
            // keepalived's manual, not its code, which takes 0.
            Duration up =
                    words.size() < 3
                            ? down
                            : Duration.ofSeconds(Long.parseLong(words.get(2).text()));
            delays.add(new Delays(line.place(), words.getFirst().text(), down, up));
        }
        return delays;
    }

    private List<Linkbeat> linkbeats(Interfaces interfaces) {
        List<Linkbeat> linkbeats = new ArrayList<>();
        for (Arguments line : top.lines("linkbeat_interfaces")) {
            Word name = line.words().getFirst();
            interfaces.check(name);
            String method = line.options().isEmpty() ? null : line.options().getLast().name();
            linkbeats.add(new Linkbeat(line.place(), name.text(), method));
        }
        return linkbeats;
    }

    private @Nullable ClientCertificate clientCertificate() {
        Block block = top.merged("SSL");
        return top.blocks("SSL").isEmpty()
                ? null
                : new ClientCertificate(
                        block.text("ca"),
                        block.text("certificate"),
                        block.text("key"),
                        block.text("password"));
    }
}
