package dev.sluice.daemon;

import dev.sluice.diagnosis.Facts;
import dev.sluice.diagnosis.Finding;
import dev.sluice.diagnosis.Mistakes;
import dev.sluice.diagnosis.Openings;
import dev.sluice.diagnosis.Survey;
import dev.sluice.director.service.Configuration;
import dev.sluice.gate.Fronts.Front;
import dev.sluice.net.linux.LinuxException;
import dev.sluice.net.netlink.Notifications;
import dev.sluice.net.netlink.Notifications.Topic;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Looks for mistakes when something changed, and now and then, and says each once: when it is
/// there, and when it is no longer seen.
///
/// An operator's script makes many changes one after another, and is not right before its end: it
/// is waited for, though not for ever. Looking costs at most a twentieth of a processor, however
/// large the table is.
final class FindingLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FindingLog.class);

    private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(2);

    /// How often to look though nothing is known to have changed: routes, neighbours, firewalls.
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// How long changes that follow one another are waited for.
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int REST = 20;

    /// A look that takes no longer is made for whoever asks.
    private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int LINES = 10;

    private final Survey survey;
    private final Survey.Sources sources;
    private final Openings openings;
    private final BooleanSupplier isRestoring;
    private final Said said = new Said(LOG::warn, LOG::info);
    private final Notifications news = Notifications.subscribe(Topic.LINKS, Topic.ADDRESSES);
    private final Thread thread = Thread.ofVirtual().name("finding-log").unstarted(this::run);

    private @Nullable Configuration configuration;
    private List<Front> fronts = List.of();
    private long dirtySinceNanos;
    private boolean dirty;
    private long lookedNanos;

    /// Read by whoever asks, who does not wait for a long look.
    private volatile long costNanos;

    private volatile List<Finding> findings = List.of();
    private final ReentrantLock looking = new ReentrantLock();

    private FindingLog(
            Survey survey, Survey.Sources sources, Openings openings, BooleanSupplier isRestoring) {
        this.survey = survey;
        this.sources = sources;
        this.openings = openings;
        this.isRestoring = isRestoring;
    }

    /// Says at once what there is to say of the machine, and goes on by itself.
    ///
    /// @param isRestoring whether a table is being restored: half of one looks wrong, and looking
    ///   would hold it up
    static FindingLog start(Survey.Sources sources, BooleanSupplier isRestoring) {
        Openings openings = new Openings();
        FindingLog log =
                new FindingLog(new Survey(sources, openings), sources, openings, isRestoring);
        log.said.tell(Mistakes.findings(Facts.ofFirewall(Survey.firewall())));
        Facts operator = new Facts();
        OperatorPath.takeFrom(OperatorPath.words(), operator);
        // It is about whoever started the daemon, and need not be about whoever types.
        Mistakes.findings(operator).forEach(it -> LOG.info("to know: {}", it.line()));
        log.lookedNanos = System.nanoTime();
        log.thread.start();
        return log;
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                poll(System.nanoTime());
            } catch (LinuxException e) {
                LOG.debug("could not look for mistakes", e);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void poll(long nowNanos) {
        if (isRestoring.getAsBoolean()) {
            return;
        }
        looking.lock();
        try {
            lookIfDue(nowNanos);
        } finally {
            looking.unlock();
        }
    }

    private void lookIfDue(long nowNanos) {
        boolean changed = takeChanges(nowNanos);
        if (changed && !dirty) {
            dirty = true;
            dirtySinceNanos = nowNanos;
        }
        boolean settled = dirty && (!changed || nowNanos - dirtySinceNanos >= PATIENCE_NANOS);
        boolean due = nowNanos - lookedNanos >= PERIOD_NANOS && !dirty;
        if ((settled || due) && nowNanos - lookedNanos >= REST * costNanos) {
            look();
            said.tell(findings);
        }
    }

    private boolean takeChanges(long nowNanos) {
        Configuration newest = sources.configuration().get();
        List<Front> present = sources.fronts().get();
        boolean told = !news.await(0).isEmpty();
        boolean opened = openings.look(newest, nowNanos);
        boolean changed = told || opened || newest != configuration || !present.equals(fronts);
        configuration = newest;
        fronts = present;
        return changed;
    }

    private void look() {
        long startNanos = System.nanoTime();
        findings = Mistakes.findings(survey.passive());
        lookedNanos = System.nanoTime();
        costNanos = lookedNanos - startNanos;
        dirty = false;
    }

    /// What is wrong now or, of a large table, was a while ago.
    List<Finding> current() {
        if (costNanos <= QUICK_NANOS && looking.tryLock()) {
            try {
                look();
                said.tell(findings); // or nobody would, while somebody asks all the time
            } finally {
                looking.unlock();
            }
        }
        return findings;
    }

    /// Asks the links, too.
    Facts ask() {
        return survey.asking();
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        news.close();
        survey.close();
    }

    /// What was said and still holds.
    static final class Said {

        private final java.util.function.Consumer<String> warn;
        private final java.util.function.Consumer<String> info;
        private final Map<String, Finding> standing = new LinkedHashMap<>();

        Said(java.util.function.Consumer<String> warn, java.util.function.Consumer<String> info) {
            this.warn = warn;
            this.info = info;
        }

        void tell(List<Finding> found) {
            Map<String, Finding> present = new LinkedHashMap<>();
            found.forEach(it -> present.putIfAbsent(it.kind() + " " + it.subject(), it));
            List<Finding> fresh = new ArrayList<>();
            present.forEach((key, it) -> {
                if (!standing.containsKey(key) && !isSaidElsewhere(it)) {
                    fresh.add(it);
                }
            });
            List<Finding> gone = new ArrayList<>();
            standing.forEach((key, it) -> {
                if (!present.containsKey(key) && !isSaidElsewhere(it)) {
                    gone.add(it);
                }
            });
            standing.clear();
            standing.putAll(present);
            for (Finding it : fresh.subList(0, Math.min(LINES, fresh.size()))) {
                if (it.isWrong()) {
                    warn.accept("wrong: " + it.line());
                } else {
                    info.accept("to know: " + it.line());
                }
            }
            if (fresh.size() > LINES) {
                warn.accept(
                        "and %d more; all of them, with evidence: sluice check-up"
                                .formatted(fresh.size() - LINES));
            }
            for (Finding it : gone.subList(0, Math.min(LINES, gone.size()))) {
                info.accept("no longer seen: " + it.what());
            }
            if (gone.size() > LINES) {
                info.accept("and %d more are no longer seen".formatted(gone.size() - LINES));
            }
        }

        /// The gate says when an interface comes and goes.
        private static boolean isSaidElsewhere(Finding finding) {
            return finding.kind().equals("interface-lost");
        }
    }
}
