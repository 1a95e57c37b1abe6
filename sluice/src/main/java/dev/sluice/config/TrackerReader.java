package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Script;
import dev.sluice.config.settings.Tracker;
import dev.sluice.config.settings.Tracker.Processes.Matching;
import dev.sluice.config.settings.Tracker.Use;
import dev.sluice.config.settings.Tracker.Uses;
import dev.sluice.config.settings.Tracker.Weight;
import dev.sluice.config.text.Place;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Trackers, and who follows them: keepalived.md §4.4 to 4.7 and 4.11. References are looked at
/// when everything has been read, so that the order of the text does not matter.
final class TrackerReader {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int LONGEST_BFD_NAME = 31;

    private final Block top;
    private final Scripts scripts;
    private final Interfaces interfaces;
    private final Problems problems;
    private final Set<String> used = new HashSet<>();

    final List<Tracker.Script> trackScripts;
    final List<Tracker.File> files;
    final List<Tracker.Processes> processes;
    final List<Tracker.Bfd> bfdSessions;

    TrackerReader(Block top, Scripts scripts, Interfaces interfaces, Problems problems) {
        this.top = top;
        this.scripts = scripts;
        this.interfaces = interfaces;
        this.problems = problems;
        trackScripts = all("vrrp_script", this::script);
        files = all("track_file", this::file);
        processes = all("vrrp_track_process", this::process);
        bfdSessions = all("bfd_instance", this::bfd);
    }

    private <T extends Tracker> List<T> all(String keyword, Function<Block, @Nullable T> reader) {
        Map<String, T> read = new LinkedHashMap<>();
        for (Block block : top.blocks(keyword)) {
            T tracker = reader.apply(block);
            if (tracker != null && read.putIfAbsent(tracker.name(), tracker) != null) {
                problems.error(
                        block.place(),
                        "there is a %s `%s` already".formatted(keyword, block.name()),
                        "give this one another name");
            }
        }
        return List.copyOf(read.values());
    }

    private Tracker.@Nullable Script script(Block block) {
        Script script = scripts.readWithUser(block, "script");
        if (script == null) {
            incomplete(block, "script");
            return null;
        }
        Duration interval = block.seconds("interval", SECOND);
        if (interval.isZero()) {
            problems.adjusted(
                    block.placeOf("interval"), "an interval of 0 is 1 second", "write: interval 1");
            interval = SECOND;
        }
        return new Tracker.Script(
                block.place(),
                block.name(),
                script,
                interval,
                block.seconds("timeout", interval),
                weight(block, 0),
                block.integer("rise", 1),
                block.integer("fall", 1),
                block.isOn("init_fail"));
    }

    private Tracker.@Nullable File file(Block block) {
        String path = block.text("file");
        if (path == null) {
            incomplete(block, "file");
            return null;
        }
        Arguments initial = block.last("init_file");
        return new Tracker.File(
                block.place(),
                block.name(),
                path,
                weight(block, 1),
                initial == null ? null : Long.valueOf(block.number("init_file", 0)),
                initial != null && initial.has("overwrite"));
    }

    private Tracker.@Nullable Processes process(Block block) {
        Arguments process = block.last("process");
        if (process == null) {
            incomplete(block, "process");
            return null;
        }
        int least = block.integer("quorum", 1);
        Integer most = block.integer("quorum_max");
        if (most != null && most != 0 && most < least) {
            problems.error(
                    block.placeOf("quorum_max"),
                    "quorum_max %d is less than quorum %d".formatted(most, least));
        }
        Duration delay = block.seconds("delay", Duration.ZERO);
        String matching = block.text("param_match", "");
        return new Tracker.Processes(
                block.place(),
                block.name(),
                process.words().stream().map(Word::text).toList(),
                switch (matching) {
                    case "initial" -> Matching.INITIAL;
                    case "partial" -> Matching.PARTIAL;
                    default -> Matching.EXACT;
                },
                block.isOn("full_command"),
                weight(block, 1),
                least,
                most,
                block.seconds("fork_delay", delay),
                block.seconds("terminate_delay", delay));
    }

    private Tracker.@Nullable Bfd bfd(Block block) {
        String neighbour = block.text("neighbor_ip");
        if (neighbour == null) {
            incomplete(block, "neighbor_ip");
            return null;
        }
        if (block.name().length() > LONGEST_BFD_NAME) {
            problems.error(block.place(), "the name of a bfd_instance has 31 characters at most");
        }
        for (String keyword : List.of("min_rx", "min_tx")) {
            if (block.integer(keyword, 10) > 10_000) {
                problems.adjusted(
                        block.placeOf(keyword),
                        "%s of more than 10 seconds: a failure is found very late"
                                .formatted(keyword),
                        "the unit is milliseconds");
            }
        }
        if (block.integer("multiplier", 5) > 10) {
            problems.adjusted(
                    block.placeOf("multiplier"), "a multiplier of more than 10 is unusual", "");
        }
        String source = block.text("source_ip");
        Address address = Address.parse(neighbour);
        if (source != null && Address.parse(source).family() != address.family()) {
            problems.error(
                    block.placeOf("source_ip"), "source_ip and neighbor_ip are of two families");
        }
        boolean saysWhom = block.has("vrrp") || block.has("checker");
        return new Tracker.Bfd(
                block.place(),
                block.name(),
                address,
                source == null ? null : Address.parse(source),
                Duration.ofMillis(block.number("min_rx", 10)),
                Duration.ofMillis(block.number("min_tx", 10)),
                Duration.ofMillis(block.number("idle_tx", 1000)),
                block.integer("multiplier", 5),
                block.isOn("passive"),
                block.integer("ttl", address.isIpv6() ? 64 : 255),
                block.integer("max_hops", block.isOn("multihop") ? 255 : 0),
                weight(block, 0),
                !saysWhom || block.isOn("vrrp"),
                !saysWhom || block.isOn("checker"));
    }

    private void incomplete(Block block, String keyword) {
        if (block.mentions(keyword)) {
            return;
        }
        problems.error(
                block.end(),
                "%s `%s` has no `%s`".formatted(block.keyword(), block.name(), keyword));
    }

    private static Weight weight(Block block, int otherwise) {
        Arguments weight = block.last("weight");
        boolean reversed = weight != null && weight.has("reverse");
        return new Weight(block.integer("weight", otherwise), reversed);
    }

    /// The `track_` blocks of an instance or a group.
    ///
    /// @param own the instance's own interface, which it follows anyway; null for groups
    Uses uses(Block block, @Nullable String own) {
        return new Uses(
                interfaces(block, own),
                uses(block, "track_script", "vrrp_script", trackScripts),
                uses(block, "track_file", "track_file", files),
                uses(block, "track_process", "vrrp_track_process", processes),
                uses(
                        block,
                        "track_bfd",
                        "bfd_instance",
                        bfdSessions.stream().filter(Tracker.Bfd::forInstances).toList()));
    }

    private List<Use> interfaces(Block block, @Nullable String own) {
        List<Use> uses = new ArrayList<>();
        for (Arguments line : block.lines("track_interface")) {
            Word name = line.words().getFirst();
            interfaces.check(name);
            if (name.text().equals(own)) {
                problems.adjusted(
                        name.place(),
                        "`%s` follows its own interface %s anyway".formatted(block.name(), own),
                        "remove it here; dont_track_primary ends that");
            } else {
                uses.add(use(line));
            }
        }
        return uses;
    }

    private List<Use> uses(
            Block block, String keyword, String definition, List<? extends Tracker> known) {
        List<Use> uses = new ArrayList<>();
        for (Arguments line : block.lines(keyword)) {
            Word name = line.words().getFirst();
            if (known.stream().anyMatch(tracker -> tracker.name().equals(name.text()))) {
                uses.add(use(line));
                used.add(definition + " " + name);
            } else {
                unknown(name.place(), definition, name.text());
            }
        }
        return uses;
    }

    private void unknown(Place place, String definition, String name) {
        if (bfdSessions.stream().anyMatch(session -> session.name().equals(name))
                && definition.equals("bfd_instance")) {
            problems.error(
                    place,
                    "the bfd_instance `%s` is for others only".formatted(name),
                    "write both vrrp and checker into it, or neither");
            return;
        }
        boolean incomplete =
                top.blocks(definition).stream().anyMatch(each -> each.name().equals(name));
        if (!incomplete) {
            problems.error(
                    place,
                    "there is no %s `%s`".formatted(definition, name),
                    "write %s %s { }, anywhere in the file".formatted(definition, name));
        }
    }

    private static Use use(Arguments line) {
        String value = line.text("weight");
        Weight weight =
                value == null && !line.has("reverse")
                        ? null
                        : new Weight(
                                value == null ? 0 : Integer.parseInt(value), line.has("reverse"));
        return new Use(line.place(), line.words().getFirst().text(), weight);
    }

    /// Those whose failure would change a priority, rather than be a fault.
    List<Use> weighted(Uses uses) {
        List<Use> weighted = new ArrayList<>();
        weighted(uses.interfaces(), List.of(), weighted);
        weighted(uses.scripts(), trackScripts, weighted);
        weighted(uses.files(), files, weighted);
        weighted(uses.processes(), processes, weighted);
        weighted(uses.bfdSessions(), bfdSessions, weighted);
        return weighted;
    }

    private static void weighted(
            List<Use> uses, List<? extends Tracker> known, List<Use> weighted) {
        for (Use use : uses) {
            int own =
                    known.stream()
                            .filter(tracker -> tracker.name().equals(use.name()))
                            .mapToInt(tracker -> tracker.weight().value())
                            .findFirst()
                            .orElse(0);
            if ((use.weight() == null ? own : use.weight().value()) != 0) {
                weighted.add(use);
            }
        }
    }

    /// A checker follows a file or a session.
    boolean isKnown(String definition, Word name) {
        List<? extends Tracker> known =
                definition.equals("track_file")
                        ? files
                        : bfdSessions.stream().filter(Tracker.Bfd::forCheckers).toList();
        boolean found = known.stream().anyMatch(tracker -> tracker.name().equals(name.text()));
        if (found) {
            used.add(definition + " " + name);
        } else {
            unknown(name.place(), definition, name.text());
        }
        return found;
    }

    /// When everybody has said what they follow.
    void warnAboutUnused() {
        warnAboutUnused("vrrp_script", trackScripts, "runs");
        warnAboutUnused("track_file", files, "is read");
        warnAboutUnused("vrrp_track_process", processes, "is looked for");
    }

    private void warnAboutUnused(String definition, List<? extends Tracker> all, String never) {
        for (Tracker tracker : all) {
            if (!used.contains(definition + " " + tracker.name())) {
                problems.warning(
                        tracker.place(),
                        "nobody follows `%s`: it never %s".formatted(tracker.name(), never),
                        "name it in a block `%s`"
                                .formatted(definition.replaceFirst("vrrp_(track_)?", "track_")));
            }
        }
    }
}
