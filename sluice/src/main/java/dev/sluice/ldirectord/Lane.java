package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.Real;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Rounds of checks: all questions at once, each asked one time however many services want to know,
/// then a pause. (ldirectord asks one after the other, so that a server that hangs delays all.)
final class Lane {

    /// So many questions are open at a time.
    private static final int OPEN = 512;

    /// Who wants to know.
    private record Place(ServiceState state, int server) {}

    private final Map<Question, List<Place>> questions = new LinkedHashMap<>();
    private final Map<Question, Integer> connects = new ConcurrentHashMap<>();
    private final Duration interval;
    private final Ldirector owner;
    private final Thread thread;

    Lane(List<ServiceState> states, Duration interval, Ldirector owner) {
        this.interval = interval;
        this.owner = owner;
        for (ServiceState state : states) {
            for (int i = 0; i < state.service().servers().size(); i++) {
                Question question = Question.of(state.service(), state.service().servers().get(i));
                questions
                        .computeIfAbsent(question, _ -> new ArrayList<>())
                        .add(new Place(state, i));
            }
        }
        thread = Thread.ofVirtual().name("ldirectord").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Does not wait: what it still finds out counts no more.
    void stop() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                owner.lookAtFile();
                round();
                Thread.sleep(interval);
            }
        } catch (InterruptedException _) {
            // stopped
        } catch (RuntimeException | Error broken) {
            owner.broken(broken);
        }
    }

    private void round() throws InterruptedException {
        Maintenance maintenance = Maintenance.now(owner.settings().maintenanceFolder());
        Semaphore open = new Semaphore(OPEN);
        List<Thread> askers = new ArrayList<>();
        try {
            for (Map.Entry<Question, List<Place>> entry : questions.entrySet()) {
                open.acquire();
                askers.add(
                        Thread.ofVirtual()
                                .name("check")
                                .start(() -> {
                                    try {
                                        ask(entry.getKey(), entry.getValue(), maintenance);
                                    } finally {
                                        open.release();
                                    }
                                }));
            }
            for (Thread asker : askers) {
                asker.join();
            }
        } catch (InterruptedException e) {
            askers.forEach(Thread::interrupt);
            throw e;
        }
    }

    private void ask(Question question, List<Place> places, Maintenance maintenance) {
        try {
            Asking.Answer asked = null;
            for (Place place : places) {
                Real real = place.state().service().servers().get(place.server());
                String reason = maintenance.reason(real.address(), real.port());
                if (reason != null) {
                    Asking.Answer kept = Asking.Answer.bad(reason);
                    owner.found(this, place.state(), place.server(), kept, true);
                    continue;
                }
                asked = asked == null ? answer(question) : asked;
                owner.found(this, place.state(), place.server(), asked, false);
            }
        } catch (InterruptedException _) {
            // stopped, and nobody waits for the answer
        } catch (RuntimeException | Error broken) {
            owner.broken(broken);
        }
    }

    private Asking.Answer answer(Question question) throws InterruptedException {
        int connected = connects.getOrDefault(question, question.check().connects());
        boolean onlyConnects = Asking.onlyConnects(question, connected);
        Asking.Answer answer = owner.asking().ask(question, onlyConnects);
        if (question.check().connects() > 0) {
            // The first check negotiates, and so does the one after a check that failed.
            int most = question.check().connects();
            int next = onlyConnects ? connected + 1 : 0;
            connects.put(question, answer.isGood() ? next : most);
        }
        return answer;
    }
}
