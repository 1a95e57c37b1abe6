package dev.sluice.director;

import dev.sluice.wire.IcmpError;

/// What one director did with its packets. One writer, the director's worker; anybody may read.
public final class DirectorCounters {

    private final Counts<DropReason> drops = new Counts<>(DropReason.class);
    private final Counts<StackReason> stack = new Counts<>(StackReason.class);
    private final Counts<IcmpError> answers = new Counts<>(IcmpError.class);
    private final Counts<Other> other = new Counts<>(Other.class);

    /// What belongs to no other enum.
    public enum Other {
        FORWARDED("packets sent on to a real server or a client"),
        ANSWERS_SUPPRESSED(
                "ICMP errors not sent, because too many were or because nobody could receive them"),
        TUNNEL_ERRORS_TOLD("ICMP errors about a tunnel that were passed on to the client"),
        DROPPED_BY_LOT("connections removed because drop_entry is in force"),
        EXPIRED("connections removed at the end of their time"),
        /// Two services with one server, say, and a client that uses one port for both.
        AMBIGUOUS(
                "connections that look like another one to their client or their real server, which"
                        + " gets packets of both");

        private final String explanation;

        Other(String explanation) {
            this.explanation = explanation;
        }

        /// One line for the manual.
        public String explanation() {
            return explanation;
        }
    }

    /// Packets dropped for this reason, those that were answered included.
    public long dropped(DropReason reason) {
        return drops.of(reason);
    }

    public long toStack(StackReason reason) {
        return stack.of(reason);
    }

    /// ICMP errors sent.
    public long answered(IcmpError answer) {
        return answers.of(answer);
    }

    public long read(Other count) {
        return other.of(count);
    }

    void count(DropReason reason) {
        drops.count(reason);
    }

    void count(StackReason reason) {
        stack.count(reason);
    }

    void count(IcmpError answer) {
        answers.count(answer);
    }

    void count(Other count) {
        other.count(count);
    }
}
