package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.Dialogue;
import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.ldirectord.dialogue.Conversation;
import dev.sluice.ldirectord.dialogue.Dialogues;
import dev.sluice.ldirectord.dialogue.Inquiry;
import dev.sluice.script.Script;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Asks servers. Each question is asked within its time limit, by a thread of the caller's.
final class Asking implements AutoCloseable {

    /// Java waits for an echo outside of what virtual threads can leave.
    private static final int PINGERS = 32;

    private final ExecutorService pingers =
            Executors.newFixedThreadPool(
                    PINGERS, Thread.ofPlatform().daemon().name("ping-", 0).factory());

    /// What came of a question.
    record Answer(boolean isGood, String text) {

        static Answer good(String text) {
            return new Answer(true, text);
        }

        static Answer bad(String text) {
            return new Answer(false, text);
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// @param onlyConnects whether this is one of the connects of a combined check
    Answer ask(Question question, boolean onlyConnects) throws InterruptedException {
        try {
            return switch (question.check().kind()) {
                case ON -> Answer.good("not asked");
                case OFF -> Answer.bad("not asked");
                case PING -> ping(question);
                case CONNECT -> connect(question);
                case EXTERNAL, EXTERNAL_PERL -> external(question);
                case NEGOTIATE -> negotiate(question);
                case COMBINED -> onlyConnects ? connect(question) : negotiate(question);
            };
        } catch (IOException | RuntimeException | StackOverflowError failure) {
            // The last one by a pattern that a page is too much for.
            String why = failure.getMessage();
            return Answer.bad(why == null ? failure.getClass().getSimpleName() : why);
        }
    }

    private Answer connect(Question question) throws IOException, InterruptedException {
        if (question.isUdp()) {
            return ping(question);
        }
        try (Conversation _ = Conversation.open(inquiry(question, question.check().timeout()))) {
            return Answer.good("connected");
        }
    }

    private static Answer negotiate(Question question) throws IOException {
        if (question.check().dialogue() == Dialogue.NONE) {
            return Answer.good("not asked");
        }
        return Answer.good(
                Dialogues.ask(
                        question.check().dialogue(),
                        inquiry(question, question.check().negotiationTimeout())));
    }

    private static Inquiry inquiry(Question question, Duration timeout) {
        return new Inquiry(
                question.address(),
                question.port(),
                question.isUdp(),
                question.check(),
                question.request(),
                question.receive(),
                System.nanoTime() + timeout.toNanos());
    }

    private Answer ping(Question question) throws IOException, InterruptedException {
        InetAddress address = InetAddress.getByAddress(question.address().bytes());
        int millis = (int) Math.min(Integer.MAX_VALUE, question.check().timeout().toMillis());
        for (int attempt = 0; attempt < question.check().attempts(); attempt++) {
            try {
                if (pingers.submit(() -> address.isReachable(millis)).get()) {
                    return Answer.good("an echo");
                }
            } catch (ExecutionException failure) {
                throw new IOException(failure.getCause());
            }
        }
        return Answer.bad("no echo");
    }

    private static Answer external(Question question) {
        List<String> words = List.of(question.check().command().strip().split("\\s+", -1));
        Script script = new Script(words, null, null);
        Script.End end = script.run(question.arguments(), question.check().timeout().toMillis());
        return switch (end) {
            case Script.End.Exited(int status) ->
                    new Answer(status == 0, script + " ended with " + status);
            case Script.End.TimedOut() -> Answer.bad(script + " takes too long");
            case Script.End.NotStarted(String reason) -> Answer.bad(reason);
        };
    }

    /// Whether a combined check is between two negotiations.
    ///
    /// @param connects that have succeeded since the last one
    static boolean onlyConnects(Question question, int connects) {
        return question.check().kind() == Kind.COMBINED && connects < question.check().connects();
    }

    @Override
    public void close() {
        pingers.shutdownNow();
    }
}
