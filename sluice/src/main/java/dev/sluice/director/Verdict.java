package dev.sluice.director;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// What shall happen to a packet. One object per director, overwritten by the next packet.
public final class Verdict {

    /// The four ways a packet can go.
    public enum Action {
        /// Back to the network stack, as it is now: mostly untouched, translated when its real
        /// server is this machine. [Verdict#stackReason] says why.
        TO_STACK,
        /// Nowhere. [Verdict#reason] says why.
        DROP,
        /// Out along [Verdict#path], as it is now, in fragments if [Verdict#fragmentBytes] says so.
        FORWARD,
        /// The packet is dropped for [Verdict#reason], and an ICMP error made by the director goes
        /// out along [Verdict#path].
        ANSWER
    }

    private final MemorySegment answer;
    private Action action = Action.DROP;
    private @Nullable DropReason reason;
    private @Nullable StackReason stackReason;
    private @Nullable Path path;
    private int fragmentBytes;
    private int answerBytes;

    Verdict(MemorySegment answer) {
        this.answer = answer;
    }

    public Action action() {
        return action;
    }

    /// Of DROP and ANSWER.
    public DropReason reason() {
        return Objects.requireNonNull(reason, "not a drop");
    }

    /// Of TO_STACK.
    public StackReason stackReason() {
        return Objects.requireNonNull(stackReason, "does not go to the stack");
    }

    /// What [Paths] returned for the destination of a packet to FORWARD, or of the ANSWER.
    public Path path() {
        return Objects.requireNonNull(path, "does not leave");
    }

    /// Of FORWARD: 0, or the packet (IPv4 without DF) has to be cut into fragments of at most this
    /// many bytes.
    public int fragmentBytes() {
        return fragmentBytes;
    }

    /// Of ANSWER: the memory whose first [#answerBytes] bytes are the IP packet to send. The next
    /// answer overwrites it.
    public MemorySegment answer() {
        return answer;
    }

    public int answerBytes() {
        return answerBytes;
    }

    Verdict toStack(StackReason why) {
        set(Action.TO_STACK, null, null);
        stackReason = why;
        return this;
    }

    Verdict drop(DropReason why) {
        return set(Action.DROP, why, null);
    }

    Verdict forward(Path along, int newFragmentBytes) {
        set(Action.FORWARD, null, along);
        fragmentBytes = newFragmentBytes;
        return this;
    }

    Verdict answer(DropReason why, Path along, int bytes) {
        set(Action.ANSWER, why, along);
        answerBytes = bytes;
        return this;
    }

    private Verdict set(Action newAction, @Nullable DropReason why, @Nullable Path along) {
        action = newAction;
        reason = why;
        path = along;
        stackReason = null;
        fragmentBytes = 0;
        answerBytes = 0;
        return this;
    }
}
