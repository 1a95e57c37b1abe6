package dev.sluice.config;

import dev.sluice.config.grammar.Arguments;
import dev.sluice.config.grammar.Block;
import dev.sluice.config.settings.Checker;
import dev.sluice.config.settings.Checker.Connection;
import dev.sluice.config.settings.Checker.Http;
import dev.sluice.config.settings.Checker.StatusRange;
import dev.sluice.config.settings.Checker.Timing;
import dev.sluice.config.settings.Checker.Url;
import dev.sluice.config.settings.Script;
import dev.sluice.config.settings.Tracker.Weight;
import dev.sluice.config.text.Problems;
import dev.sluice.config.text.Word;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Checkers, keepalived.md §4.16 to 4.19. What a checker does not say it has from its real server,
/// then from its virtual server, then from keepalived's defaults.
///
/// A checker that cannot work is an error: keepalived drops it, and its server then counts as up.
final class CheckerReader {

    static final List<String> KINDS =
            List.of(
                    "TCP_CHECK",
                    "PING_CHECK",
                    "UDP_CHECK",
                    "HTTP_GET",
                    "SSL_GET",
                    "SMTP_CHECK",
                    "DNS_CHECK",
                    "MISC_CHECK",
                    "FILE_CHECK",
                    "BFD_CHECK");

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Set<String> DNS_TYPES =
            Set.of("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY");
    private static final Set<String> REGEX_OPTIONS =
            Set.of(
                    "allow_empty_class",
                    "alt_bsux",
                    "auto_callout",
                    "caseless",
                    "dollar_endonly",
                    "dotall",
                    "dupnames",
                    "extended",
                    "firstline",
                    "match_unset_backref",
                    "multiline",
                    "never_ucp",
                    "never_utf",
                    "no_auto_capture",
                    "no_auto_possess",
                    "no_dotstar_anchor",
                    "no_start_optimize",
                    "ucp",
                    "ungreedy",
                    "utf",
                    "never_backslash_c",
                    "alt_circumflex",
                    "alt_verbnames",
                    "use_offset_limit");

    private final Block globals;
    private final Block virtualServer;
    private final Block realServer;
    private final Address address;
    private final int port;
    private final Scripts scripts;
    private final TrackerReader trackers;
    private final Problems problems;

    /// @param address of the real server, as is the port
    CheckerReader(
            Block globals,
            Block virtualServer,
            Block realServer,
            Address address,
            int port,
            Scripts scripts,
            TrackerReader trackers,
            Problems problems) {
        this.globals = globals;
        this.virtualServer = virtualServer;
        this.realServer = realServer;
        this.address = address;
        this.port = port;
        this.scripts = scripts;
        this.trackers = trackers;
        this.problems = problems;
    }

    /// In the order of the text.
    List<Checker> read() {
        List<Checker> checkers = new ArrayList<>();
        for (Block block : realServer.blocks(KINDS)) {
            Checker checker =
                    switch (block.keyword()) {
                        case "TCP_CHECK" ->
                                new Checker.Tcp(
                                        block.place(), timing(block, 1, SECOND), connection(block));
                        case "PING_CHECK" ->
                                new Checker.Ping(
                                        block.place(), timing(block, 1, SECOND), connection(block));
                        case "UDP_CHECK" -> udp(block);
                        case "HTTP_GET" -> http(block, false);
                        case "SSL_GET" -> http(block, true);
                        case "SMTP_CHECK" -> smtp(block);
                        case "DNS_CHECK" -> dns(block);
                        case "MISC_CHECK" -> misc(block);
                        case "FILE_CHECK" -> file(block);
                        case "BFD_CHECK" -> bfd(block);
                        default -> throw new IllegalStateException(block.keyword());
                    };
            if (checker != null) {
                checkers.add(checker);
            }
        }
        return checkers;
    }

    /// @param retryDelay where neither the checker nor its server says; null: the interval
    private Timing timing(Block block, long retry, @Nullable Duration retryDelay) {
        Duration interval = inherited(block, "delay_loop", Duration.ofSeconds(60));
        Boolean log = block.flag("log_all_failures");
        boolean logsAll = globals.isOn("checker_log_all_failures");
        return new Timing(
                interval,
                block.number(
                        "retry", realServer.number("retry", virtualServer.number("retry", retry))),
                inherited(block, "delay_before_retry", retryDelay == null ? interval : retryDelay),
                inherited(block, "warmup", interval),
                alpha(block),
                log == null ? logsAll : log);
    }

    private boolean alpha(Block block) {
        Boolean own = block.flag("alpha");
        Boolean server = realServer.flag("alpha");
        boolean standard = virtualServer.isOn("alpha");
        return own != null ? own : server != null ? server : standard;
    }

    private Duration inherited(Block block, String keyword, Duration otherwise) {
        return block.seconds(
                keyword, realServer.seconds(keyword, virtualServer.seconds(keyword, otherwise)));
    }

    private Connection connection(Block block) {
        return connection(
                block, block, block.keyword().equals("DNS_CHECK") && port == 0 ? 53 : port);
    }

    /// @param target what says where to connect, which for SMTP may be a block within
    private Connection connection(Block block, Block target, int standardPort) {
        String ip = target.text("connect_ip", block.text("connect_ip", ""));
        String from = target.text("bindto", block.text("bindto", ""));
        Address to = ip.isEmpty() ? address : Address.parse(ip);
        Address source = from.isEmpty() ? null : Address.parse(from);
        if (source != null && source.family() != to.family()) {
            problems.error(
                    target.placeOf("bindto"),
                    "bindto %s cannot reach %s: they are of two families".formatted(from, to));
        }
        return new Connection(
                to,
                target.integer("connect_port", block.integer("connect_port", standardPort)),
                block.seconds(
                        "connect_timeout",
                        realServer.seconds(
                                "connect_timeout",
                                virtualServer.seconds("connect_timeout", Duration.ofSeconds(5)))),
                source,
                block.integer("bind_port", 0),
                block.text("bind_if"),
                block.number("fwmark", 0));
    }

    private Checker udp(Block block) {
        Arguments payload = block.last("payload");
        Arguments reply = block.last("require_reply");
        int least = block.integer("min_reply_length", 0);
        int most = block.integer("max_reply_length", 255);
        if (least > most) {
            problems.error(
                    block.end(),
                    "no answer has at least %d and at most %d bytes".formatted(least, most));
        }
        return new Checker.Udp(
                block.place(),
                timing(block, 1, SECOND),
                connection(block),
                payload == null ? null : hex(payload),
                reply != null,
                reply == null ? "" : hex(reply),
                least,
                most);
    }

    /// `Ab12f 3` is AB 12 0F 03: digits pair up within a word, and one alone is a byte.
    static String hex(Arguments arguments) {
        StringBuilder hex = new StringBuilder();
        for (Word each : arguments.words()) {
            for (String word : each.text().strip().split(" +", -1)) {
                for (int i = 0; i < word.length(); i += 2) {
                    String digits = word.substring(i, Math.min(i + 2, word.length()));
                    hex.append(digits.length() == 1 ? "0" : "").append(digits);
                }
            }
        }
        return hex.toString().toUpperCase(Locale.ROOT);
    }

    private @Nullable Checker http(Block block, boolean isTls) {
        List<Url> urls = new ArrayList<>();
        for (Block url : block.blocks("url")) {
            if (url.has("path")) {
                urls.add(url(block, url));
            } else if (!url.mentions("path")) {
                problems.error(url.end(), "this url has no path", "write: path /");
            }
        }
        if (!block.mentions("url")) {
            problems.error(block.end(), block.keyword() + " has no url", "write: url { path / }");
        }
        String serverName = block.text("sni_name");
        boolean sendsName = block.isOn("enable_sni") || serverName != null;
        return urls.isEmpty()
                ? null
                : new Http(
                        block.place(),
                        timing(block, 1, Duration.ofSeconds(3)),
                        connection(block),
                        isTls,
                        switch (block.text("http_protocol", "1.0")) {
                            case "1.1" -> Http.Version.HTTP_1_1;
                            case "1.0C", "1.0c" -> Http.Version.HTTP_1_0_CLOSE;
                            default -> Http.Version.HTTP_1_0;
                        },
                        urls,
                        sendsName,
                        serverName,
                        block.isOn("fast_recovery"));
    }

    private Url url(Block block, Block url) {
        List<StatusRange> statuses = new ArrayList<>();
        for (Arguments line : url.all("status_code")) {
            for (Word word : line.words()) {
                String[] ends = word.text().split("-", 2);
                statuses.add(
                        new StatusRange(
                                Integer.parseInt(ends[0]),
                                Integer.parseInt(ends[ends.length - 1])));
            }
        }
        List<String> options = new ArrayList<>();
        for (Arguments line : url.all("regex_options")) {
            for (Word word : line.words()) {
                if (!REGEX_OPTIONS.contains(word.text())) {
                    problems.error(
                            word.place(),
                            "`%s` is no option of a regular expression".formatted(word),
                            "such as caseless, multiline, dotall, extended");
                }
                options.add(word.text());
            }
        }
        if (!url.has("regex")) {
            for (String keyword :
                    List.of(
                            "regex_no_match",
                            "regex_options",
                            "regex_min_offset",
                            "regex_max_offset")) {
                if (url.has(keyword)) {
                    problems.warning(
                            url.placeOf(keyword),
                            "`%s` without a regex has no effect".formatted(keyword));
                }
            }
        }
        String host = url.text("virtualhost");
        for (Block outer : List.of(block, realServer, virtualServer)) {
            String outerHost = outer.text("virtualhost");
            host = host == null ? outerHost : host;
        }
        return new Url(
                url.place(),
                url.text("path", "/"),
                statuses.isEmpty() ? List.of(new StatusRange(200, 299)) : statuses,
                url.text("digest"),
                host,
                url.text("regex"),
                url.isOn("regex_no_match"),
                options,
                url.integer("regex_min_offset", 0),
                url.integer("regex_max_offset"));
    }

    private Checker smtp(Block block) {
        List<Block> hosts = block.blocks("host");
        Block target = hosts.isEmpty() ? block : hosts.getLast();
        if (!hosts.isEmpty()) {
            problems.warning(
                    target.place(),
                    "`host` is an old spelling",
                    "write what is inside directly into SMTP_CHECK");
        }
        return new Checker.Smtp(
                block.place(),
                timing(block, 1, SECOND),
                connection(block, target, port == 0 ? 25 : port),
                block.text("helo_name", "smtpchecker.keepalived.org"));
    }

    private Checker dns(Block block) {
        Word type = block.word("type");
        if (type != null && !DNS_TYPES.contains(type.text())) {
            problems.error(
                    type.place(),
                    "`type`: `%s` is no type of DNS records that can be asked for".formatted(type),
                    "one of A NS CNAME SOA MX TXT AAAA RRSIG DNSKEY");
        }
        return new Checker.Dns(
                block.place(),
                timing(block, 3, null),
                connection(block),
                type == null ? "SOA" : type.text(),
                block.text("name", "."));
    }

    private @Nullable Checker misc(Block block) {
        Script script = scripts.readWithUser(block, "misc_path");
        if (script == null) {
            missing(block, "misc_path", "\"/path argument\"");
            return null;
        }
        Timing timing = timing(block, 0, SECOND);
        Duration timeout = block.seconds("misc_timeout", Duration.ZERO);
        return new Checker.Misc(
                block.place(),
                timing,
                script,
                timeout.isZero() ? timing.interval() : timeout,
                block.isOn("misc_dynamic"));
    }

    private void missing(Block block, String keyword, String value) {
        if (!block.mentions(keyword)) {
            problems.error(
                    block.end(),
                    "%s has no %s".formatted(block.keyword(), keyword),
                    "write: %s %s".formatted(keyword, value));
        }
    }

    private @Nullable Checker file(Block block) {
        Word file = block.word("track_file");
        if (file == null) {
            missing(block, "track_file", "NAME");
            return null;
        }
        Arguments weight = block.last("weight");
        return trackers.isKnown("track_file", file)
                ? new Checker.File(
                        block.place(),
                        file.text(),
                        weight == null
                                ? null
                                : new Weight(block.integer("weight", 1), weight.has("reverse")))
                : null;
    }

    private @Nullable Checker bfd(Block block) {
        Word session = block.word("name");
        if (session == null) {
            missing(block, "name", "BFD_INSTANCE");
            return null;
        }
        return trackers.isKnown("bfd_instance", session)
                ? new Checker.Bfd(block.place(), session.text(), alpha(block))
                : null;
    }
}
