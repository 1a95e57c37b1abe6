package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Notifications;
import dev.sluice.config.settings.SyncGroup;
import dev.sluice.config.settings.Tracker;
import dev.sluice.config.settings.VirtualAddress;
import dev.sluice.config.settings.VirtualAddress.Route;
import dev.sluice.config.settings.VrrpInstance;
import dev.sluice.config.settings.VrrpInstance.Announcements;
import dev.sluice.config.settings.VrrpInstance.Authentication;
import dev.sluice.config.settings.VrrpInstance.Elections;
import dev.sluice.config.settings.VrrpInstance.IpVlan;
import dev.sluice.config.settings.VrrpInstance.Peer;
import dev.sluice.config.settings.VrrpInstance.Peers;
import dev.sluice.config.settings.VrrpInstance.Preemption;
import dev.sluice.config.settings.VrrpInstance.UnicastChecksum;
import dev.sluice.config.settings.VrrpInstance.VirtualMac;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Instances and sync groups, keepalived.md §4.8 and 4.10. What keepalived would change about an
/// instance is changed here too, and said.
final class VrrpReader {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /// What fits into the twelve bits of a version 3 advert.
    private static final Duration LONGEST_VERSION_3 = Duration.ofMillis(40_950);

    private static final int OWNER = 255;
    private static final int PASSWORD_LENGTH = 8;

    private final Block top;
    private final Block globals;
    private final Scripts scripts;
    private final TrackerReader trackers;
    private final AddressReader addresses;
    private final Interfaces interfaces;
    private final Problems problems;

    VrrpReader(
            Block top,
            Block globals,
            Scripts scripts,
            TrackerReader trackers,
            AddressReader addresses,
            Interfaces interfaces,
            Problems problems) {
        this.top = top;
        this.globals = globals;
        this.scripts = scripts;
        this.trackers = trackers;
        this.addresses = addresses;
        this.interfaces = interfaces;
        this.problems = problems;
    }

    List<VrrpInstance> instances() {
        Map<String, VrrpInstance> byName = new LinkedHashMap<>();
        Map<String, VrrpInstance> byRouter = new HashMap<>();
        for (Block block : top.blocks("vrrp_instance")) {
            VrrpInstance instance = new InstanceReader(block).read();
            VrrpInstance before = byName.putIfAbsent(instance.name(), instance);
            if (before != null) {
                problems.error(
                        block.place(),
                        "there is a vrrp_instance `%s` already, in line %d"
                                .formatted(block.name(), before.place().line()),
                        "give this one another name");
            }
            String router =
                    "%s %s %d"
                            .formatted(
                                    instance.interfaceName(),
                                    instance.family(),
                                    instance.virtualRouterId());
            // Adverts to peers do not meet those of other instances with the same number.
            boolean isAlone = !instance.peers().unicast().isEmpty();
            VrrpInstance same = isAlone ? null : byRouter.putIfAbsent(router, instance);
            if (before == null && same != null && instance.virtualRouterId() != 0) {
                problems.error(
                        block.placeOf("virtual_router_id"),
                        "`%s` and `%s` are both virtual router %d for %s on %s"
                                .formatted(
                                        same.name(),
                                        instance.name(),
                                        instance.virtualRouterId(),
                                        instance.family() == Family.IPV6 ? "IPv6" : "IPv4",
                                        instance.interfaceName()),
                        "give one of them another virtual_router_id");
            }
        }
        return List.copyOf(byName.values());
    }

    /// A flag of an instance, or else of `global_defs`.
    private boolean isOn(Block block, String keyword, String global) {
        Boolean own = block.flag(keyword);
        boolean standard = globals.isOn(global);
        return own == null ? standard : own;
    }

    private boolean mail(Block block) {
        Boolean own = block.flag("smtp_alert");
        Boolean vrrp = globals.flag("smtp_alert_vrrp");
        Boolean all = globals.flag("smtp_alert");
        return Boolean.TRUE.equals(own != null ? own : vrrp != null ? vrrp : all);
    }

    private Notifications notifications(Block block, boolean isInstance) {
        boolean priorities = isOn(block, "notify_priority_changes", "vrrp_notify_priority_changes");
        return new Notifications(
                scripts.read(block, "notify_master"),
                scripts.read(block, "notify_backup"),
                scripts.read(block, "notify_fault"),
                scripts.read(block, "notify_stop"),
                scripts.read(block, "notify"),
                isInstance ? scripts.read(block, "notify_master_rx_lower_pri") : null,
                isInstance ? scripts.read(block, "notify_deleted") : null,
                isInstance && block.has("notify_deleted"),
                priorities,
                mail(block));
    }

    /// One instance; its steps share what they find.
    private final class InstanceReader {

        private final Block block;
        private final String name;
        private final List<VirtualAddress> announced;
        private final Family family;
        private final int version;
        private final boolean isStrict;

        InstanceReader(Block block) {
            this.block = block;
            name = "`" + block.name() + "`";
            List<VirtualAddress> all = addresses.addresses(block, "virtual_ipaddress");
            family = family(all);
            announced = ofFamily(all);
            isStrict = isOn(block, "strict_mode", "vrrp_strict");
            version = version();
        }

        VrrpInstance read() {
            boolean ownsByState =
                    block.text("state", "").equals("MASTER") && !block.mentions("priority");
            int priority = block.integer("priority", ownsByState ? OWNER : 100);
            boolean isMaster = isMaster();
            Boolean preempt = block.flag("preempt");
            boolean nopreempt = block.isOn("nopreempt");
            boolean keepsOut = preempt != null ? !preempt : nopreempt;
            if (keepsOut && priority == OWNER) {
                problems.adjusted(
                        block.placeOf("nopreempt"),
                        name
                                + ": nopreempt is not for an owner (priority 255), who always takes"
                                + " over",
                        block.has("priority")
                                ? "remove nopreempt"
                                : "state MASTER without a priority means 255: write a priority");
                keepsOut = false;
            } else if (keepsOut && isMaster) {
                problems.adjusted(
                        block.placeOf("nopreempt"),
                        name
                                + ": nopreempt with state MASTER; it starts as BACKUP, or it would"
                                + " preempt",
                        "write: state BACKUP");
                isMaster = false;
            }
            String interfaceName = interfaceName();
            if (!block.mentions("virtual_router_id")) {
                problems.error(
                        block.end(),
                        name + " has no virtual_router_id",
                        "write: virtual_router_id N, 1 to 255");
            }
            checkAddresses();
            Boolean accept = block.flag("accept");
            Boolean refuse = block.flag("no_accept");
            boolean accepts = accept != null ? accept : refuse != null ? !refuse : !isStrict;
            return new VrrpInstance(
                    block.place(),
                    block.name(),
                    isMaster,
                    interfaceName,
                    block.integer("virtual_router_id", 0),
                    priority,
                    advertInterval(),
                    version,
                    family,
                    authentication(),
                    announced,
                    addresses.addresses(block, "virtual_ipaddress_excluded"),
                    routes(),
                    addresses.rules(block, "virtual_rules"),
                    new Preemption(!keepsOut, preemptDelay(keepsOut, isMaster)),
                    trackers.uses(block, block.isOn("dont_track_primary") ? null : interfaceName),
                    !block.isOn("dont_track_primary"),
                    notifications(block, true),
                    peers(),
                    elections(),
                    announcements(),
                    accepts,
                    isStrict,
                    block.isOn("promote_secondaries"),
                    virtualMac(),
                    ipVlan(),
                    block.text("vrf"));
        }

        private boolean isOn(Block block, String keyword, String global) {
            return VrrpReader.this.isOn(block, keyword, global);
        }

        private Family family(List<VirtualAddress> all) {
            if (!all.isEmpty()) {
                return all.getFirst().prefix().address().family();
            }
            List<Arguments> peers = block.lines("unicast_peer");
            String source = block.text("unicast_src_ip", block.text("mcast_src_ip", ""));
            String any = peers.isEmpty() ? source : peers.getFirst().words().getFirst().text();
            return any.contains(":") ? Family.IPV6 : Family.IPV4;
        }

        private List<VirtualAddress> ofFamily(List<VirtualAddress> all) {
            for (VirtualAddress each : all) {
                if (each.prefix().address().family() != family) {
                    problems.error(
                            each.place(),
                            "%s: %s is not of the family of the first address"
                                    .formatted(name, each.prefix()),
                            "move it to virtual_ipaddress_excluded, or into an instance of its"
                                    + " own");
                }
            }
            return all.stream().filter(each -> each.prefix().address().family() == family).toList();
        }

        private int version() {
            if (family == Family.IPV4) {
                return block.integer("version", globals.integer("vrrp_version", 2));
            }
            if (block.integer("version", 3) == 2) {
                problems.adjusted(
                        block.placeOf("version"),
                        name + ": IPv6 needs version 3, which is used",
                        "write: version 3");
            }
            return 3;
        }

        private boolean isMaster() {
            Word state = block.word("state");
            if (state == null || state.text().equals("BACKUP")) {
                return false;
            }
            if (!state.text().equals("MASTER")) {
                problems.error(
                        state.place(),
                        "`state`: `%s` is neither MASTER nor BACKUP".formatted(state),
                        "keepalived would start it as BACKUP");
                return false;
            }
            return true;
        }

        private @Nullable String interfaceName() {
            Word word = block.word("interface");
            interfaces.check(word);
            if (!block.mentions("interface") && block.lines("unicast_peer").isEmpty()) {
                problems.error(
                        block.end(),
                        name + " has no interface",
                        "write: interface NAME; only with a unicast_peer it may be left out");
            }
            return word == null ? null : word.text();
        }

        private void checkAddresses() {
            boolean isMeant = block.isOn("no_virtual_ipaddress");
            if (announced.isEmpty() && !isMeant) {
                problems.adjusted(
                        block.place(),
                        name + " has no virtual address",
                        "write a virtual_ipaddress { }, or no_virtual_ipaddress if scripts do it");
            }
            if (isStrict
                    && family == Family.IPV6
                    && !announced.isEmpty()
                    && announced.getFirst().prefix().address().high() >>> 54 != 0xfe80 >>> 6) {
                problems.adjusted(
                        announced.getFirst().place(),
                        name
                                + ": in strict mode the first IPv6 address must be link-local (RFC"
                                + " 9568 §5.2.9)",
                        "put an address of fe80::/10 first");
            }
        }

        private Duration advertInterval() {
            Duration interval = block.seconds("advert_int", SECOND);
            if (version == 2 && interval.toNanosPart() != 0) {
                Duration whole =
                        Duration.ofSeconds(Math.max(1, interval.plusMillis(500).toSeconds()));
                problems.adjusted(
                        block.placeOf("advert_int"),
                        "%s: version 2 knows whole seconds only; %d is used"
                                .formatted(name, whole.toSeconds()),
                        "write: version 3");
                return whole;
            }
            if (version == 3 && interval.compareTo(LONGEST_VERSION_3) > 0) {
                problems.adjusted(
                        block.placeOf("advert_int"),
                        name + ": version 3 knows intervals up to 40.95 seconds, which is used",
                        "");
                return LONGEST_VERSION_3;
            }
            return interval;
        }

        private @Nullable Authentication authentication() {
            Authentication found = null;
            for (Block each : block.blocks("authentication")) {
                found = authentication(each);
            }
            if (found == null) {
                return null;
            }
            String reason =
                    version == 3
                            ? "version 3 has no authentication"
                            : isStrict ? "strict mode has no authentication" : "";
            if (!reason.isEmpty()) {
                problems.adjusted(
                        block.blocks("authentication").getLast().place(),
                        "%s: %s; it is ignored".formatted(name, reason),
                        "remove the block");
                return null;
            }
            return found;
        }

        private @Nullable Authentication authentication(Block authentication) {
            Word type = authentication.word("auth_type");
            Word password = authentication.word("auth_pass");
            Authentication.@Nullable Kind kind =
                    switch (type == null ? "PASS" : type.text()) {
                        case "PASS" -> Authentication.Kind.PASS;
                        case "AH" -> Authentication.Kind.AH;
                        default -> null;
                    };
            if (kind == null && type != null) {
                problems.error(
                        type.place(),
                        "%s: `auth_type %s` is not known".formatted(name, type),
                        "PASS and AH are");
            }
            if (password == null) {
                problems.adjusted(
                        authentication.place(),
                        name + ": authentication without auth_pass is ignored",
                        "write: auth_pass TEXT");
                return null;
            }
            String text = password.text();
            if (text.length() > PASSWORD_LENGTH) {
                problems.adjusted(
                        password.place(),
                        name + ": auth_pass has 8 characters at most; the others are cut off",
                        "cut it yourself, on all routers");
                text = text.substring(0, PASSWORD_LENGTH);
            }
            return kind == null ? null : new Authentication(kind, text);
        }

        private Duration preemptDelay(boolean keepsOut, boolean isMaster) {
            Duration delay = block.seconds("preempt_delay", Duration.ZERO);
            if (delay.isZero() || !keepsOut && !isMaster) {
                return delay;
            }
            problems.adjusted(
                    block.placeOf("preempt_delay"),
                    "%s: preempt_delay means nothing with %s; it is ignored"
                            .formatted(name, keepsOut ? "nopreempt" : "state MASTER"),
                    keepsOut ? "remove one of them" : "write: state BACKUP");
            return Duration.ZERO;
        }

        private List<Route> routes() {
            List<Route> routes = addresses.routes(block, "virtual_routes");
            for (Route route : routes) {
                boolean hasInterface =
                        route.nextHops().stream().anyMatch(hop -> hop.interfaceName() != null);
                if (route.isTracked() && !hasInterface) {
                    problems.adjusted(
                            route.place(),
                            "%s: the route to %s names no interface, and its loss is not noticed"
                                    .formatted(name, route.destination()),
                            "write dev NAME, or no_track");
                }
            }
            return routes;
        }

        private Peers peers() {
            List<Peer> unicast = new ArrayList<>();
            for (Arguments line : block.lines("unicast_peer")) {
                Word word = line.words().getFirst();
                Address address = Address.parse(word.text());
                if (address.family() != family) {
                    problems.error(
                            word.place(),
                            "%s: the peer %s is not of the family of its addresses"
                                    .formatted(name, word));
                }
                unicast.add(
                        new Peer(
                                line.place(),
                                address,
                                number(line.text("min_ttl")),
                                number(line.text("max_ttl"))));
            }
            boolean isFault = block.isOn("unicast_fault_no_peer");
            for (String keyword : List.of("unicast_src_ip", "unicast_ttl", "check_unicast_src")) {
                if (unicast.isEmpty() && !isFault && block.has(keyword)) {
                    problems.adjusted(
                            block.placeOf(keyword),
                            "%s: `%s` without a unicast_peer; adverts go to the group"
                                    .formatted(name, keyword),
                            "write a unicast_peer { }");
                }
            }
            Address unicastSource = address("unicast_src_ip");
            Address multicastSource = address("mcast_src_ip");
            Address source = unicastSource != null ? unicastSource : multicastSource;
            Address group = address("mcast_dst_ip");
            String standard4 = globals.text("vrrp_mcast_group4", "224.0.0.18");
            String standard6 = globals.text("vrrp_mcast_group6", "ff02::12");
            Arguments checksum = block.last("old_unicast_checksum");
            boolean limitsTtl =
                    unicast.stream()
                            .anyMatch(peer -> peer.leastTtl() != null || peer.mostTtl() != null);
            return new Peers(
                    unicast,
                    source,
                    group != null
                            ? group
                            : Address.parse(family == Family.IPV6 ? standard6 : standard4),
                    block.integer("unicast_ttl", family == Family.IPV6 ? 64 : 255),
                    isOn(block, "check_unicast_src", "vrrp_check_unicast_src") || limitsTtl,
                    isFault,
                    block.isOn("track_src_ip"),
                    block.isOn("v3_checksum_as_v2") || checksum != null && !checksum.has("never")
                            ? UnicastChecksum.OLD
                            : checksum != null
                                    ? UnicastChecksum.STANDARD
                                    : UnicastChecksum.GUESSED);
        }

        private @Nullable Address address(String keyword) {
            Word word = block.word(keyword);
            if (word == null) {
                return null;
            }
            Address address = Address.parse(word.text());
            if (address.family() != family) {
                problems.error(
                        word.place(),
                        "%s: `%s %s` is not of the family of its addresses"
                                .formatted(name, keyword, word));
                return null;
            }
            return address;
        }

        private Elections elections() {
            return new Elections(
                    isOn(block, "skip_check_adv_addr", "vrrp_skip_check_adv_addr"),
                    !isOn(block, "lower_prio_no_advert", "vrrp_lower_prio_no_advert"),
                    isOn(block, "higher_prio_send_advert", "vrrp_higher_prio_send_advert"),
                    block.integer(
                            "down_timer_adverts", globals.integer("vrrp_down_timer_adverts", 3)),
                    isOn(block, "owner_ignore_adverts", "vrrp_owner_ignore_adverts"));
        }

        private Announcements announcements() {
            boolean once = globals.isOn("vrrp_min_garp");
            int delay = garp("garp_master_delay", once ? 0 : 5);
            int repeat = garp("garp_master_repeat", once ? 1 : 5);
            if (repeat == 0) {
                problems.adjusted(
                        block.placeOf("garp_master_repeat"),
                        name + ": garp_master_repeat of 0 is 1",
                        "write: garp_master_repeat 1");
            }
            repeat = Math.max(1, repeat);
            Arguments own = block.last("garp_extra_if");
            Arguments standard = globals.last("vrrp_garp_extra_if");
            Arguments others = own != null ? own : standard;
            return new Announcements(
                    Duration.ofSeconds(delay),
                    repeat,
                    Duration.ofSeconds(garp("garp_master_refresh", 0)),
                    Math.max(1, garp("garp_master_refresh_repeat", 1)),
                    Duration.ofSeconds(garp("garp_lower_prio_delay", delay)),
                    garp("garp_lower_prio_repeat", repeat),
                    others == null
                            ? Duration.ZERO
                            : Duration.ofSeconds(Long.parseLong(others.words().getFirst().text())),
                    others != null && others.has("all"));
        }

        private int garp(String keyword, int otherwise) {
            return block.integer(keyword, globals.integer("vrrp_" + keyword, otherwise));
        }

        private @Nullable VirtualMac virtualMac() {
            Arguments mac = block.last("use_vmac");
            boolean fromBase = block.isOn("vmac_xmit_base");
            boolean forOthers = block.isOn("use_vmac_addr");
            if (mac == null) {
                if (fromBase && !block.has("use_ipvlan")) {
                    problems.adjusted(
                            block.placeOf("vmac_xmit_base"),
                            name + ": vmac_xmit_base means nothing without use_vmac",
                            "remove it");
                }
                return forOthers ? new VirtualMac(null, null, true, fromBase) : null;
            }
            String interfaceName = null;
            String address = null;
            for (Word word : mac.words()) {
                if (word.text().matches("([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}")) {
                    address = word.text();
                } else {
                    interfaceName = word.text();
                }
            }
            if (!block.lines("unicast_peer").isEmpty() && !fromBase) {
                problems.adjusted(
                        block.placeOf("use_vmac"),
                        name + ": use_vmac with unicast peers needs vmac_xmit_base, which is set",
                        "write: vmac_xmit_base");
                fromBase = true;
            }
            return new VirtualMac(interfaceName, address, forOthers, fromBase);
        }

        private @Nullable IpVlan ipVlan() {
            Arguments ipVlan = block.last("use_ipvlan");
            return ipVlan == null
                    ? null
                    : new IpVlan(ipVlan.words().stream().map(Word::text).toList());
        }
    }

    private static @Nullable Integer number(@Nullable String text) {
        return text == null ? null : Integer.valueOf(text);
    }

    /// @param instances as [#instances] found them
    List<SyncGroup> groups(List<VrrpInstance> instances) {
        Map<String, SyncGroup> groups = new LinkedHashMap<>();
        Map<String, String> memberOf = new HashMap<>();
        for (Block block : top.blocks("vrrp_sync_group")) {
            SyncGroup group =
                    new SyncGroup(
                            block.place(),
                            block.name(),
                            members(block, instances, memberOf),
                            trackers.uses(block, null),
                            notifications(block, false),
                            block.isOn("sync_group_tracking_weight"));
            if (groups.putIfAbsent(group.name(), group) != null) {
                problems.error(
                        block.place(),
                        "there is a vrrp_sync_group `%s` already".formatted(block.name()),
                        "give this one another name");
            }
        }
        groups.values().forEach(group -> warnAboutDoubleTracking(group, instances));
        groups.values().forEach(group -> warnAboutWeights(group, instances));
        return List.copyOf(groups.values());
    }

    private List<String> members(
            Block block, List<VrrpInstance> instances, Map<String, String> memberOf) {
        Set<String> members = new LinkedHashSet<>();
        for (Arguments line : block.lines("group")) {
            for (Word word : line.words()) {
                String other = memberOf.put(word.text(), block.name());
                if (instances.stream().noneMatch(each -> each.name().equals(word.text()))) {
                    problems.error(
                            word.place(),
                            "there is no vrrp_instance `%s` for the group `%s`"
                                    .formatted(word, block.name()));
                } else if (other != null) {
                    problems.error(
                            word.place(),
                            "`%s` is a member of the group `%s` already".formatted(word, other),
                            "an instance belongs to one group, once");
                } else {
                    members.add(word.text());
                }
            }
        }
        if (members.size() < 2) {
            problems.adjusted(
                    block.place(),
                    "the group `%s` has %s"
                            .formatted(
                                    block.name(),
                                    members.isEmpty() ? "no instance" : "only one instance"),
                    "name the instances that move together in group { }");
        }
        return List.copyOf(members);
    }

    /// In a group each failure of a member's tracker is a fault, whatever its weight.
    private void warnAboutWeights(SyncGroup group, List<VrrpInstance> instances) {
        if (group.keepsWeights()) {
            return;
        }
        for (VrrpInstance instance : instances) {
            if (group.instances().contains(instance.name())) {
                for (Tracker.Use use : trackers.weighted(instance.trackers())) {
                    problems.adjusted(
                            use.place(),
                            "`%s` is in the group `%s`, where a failure of `%s` is a fault: its weight is ignored"
                                    .formatted(instance.name(), group.name(), use.name()),
                            "write weight 0 here, or sync_group_tracking_weight into the group");
                }
            }
        }
    }

    private void warnAboutDoubleTracking(SyncGroup group, List<VrrpInstance> instances) {
        for (Tracker.Use use : group.trackers().interfaces()) {
            for (VrrpInstance instance : instances) {
                boolean follows =
                        instance.followsOwnInterface()
                                        && use.name().equals(instance.interfaceName())
                                || instance.trackers().interfaces().stream()
                                        .anyMatch(own -> own.name().equals(use.name()));
                if (follows && group.instances().contains(instance.name())) {
                    problems.adjusted(
                            use.place(),
                            "`%s` is followed by the group `%s` and by its instance `%s`"
                                    .formatted(use.name(), group.name(), instance.name()),
                            "remove it from one of them; an instance follows its own interface"
                                    + " unless it says dont_track_primary");
                }
            }
        }
    }
}
