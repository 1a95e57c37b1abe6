package dev.sluice.control;

import org.jspecify.annotations.Nullable;

/// What each [Origin] says about the weight of one real server; null: nothing. So a server that an
/// operator drained stays drained when its checks succeed again, and one whose checks fail stays
/// without clients whatever its agent says.
///
/// @param operator set by hand
/// @param file as configured
/// @param check of health checks, usually 0 or nothing
/// @param agent as measured
public record Weights(
        @Nullable Integer operator,
        @Nullable Integer file,
        @Nullable Integer check,
        @Nullable Integer agent) {

    private static final Weights NONE = new Weights(null, null, null, null);

    /// Of a server that is new.
    static Weights first(Origin origin, int weight) {
        return NONE.with(origin, weight);
    }

    Weights with(Origin origin, @Nullable Integer weight) {
        return switch (origin) {
            case OPERATOR -> new Weights(weight, file, check, agent);
            case FILE -> new Weights(operator, weight, check, agent);
            case CHECK -> new Weights(operator, file, weight, agent);
            case AGENT -> new Weights(operator, file, check, weight);
        };
    }

    /// 0 while a check says so; otherwise the word of the operator, the agent, the check or the
    /// file, the first of them that has one; 0 when nobody has.
    int effective() {
        if (check != null && check == 0) {
            return 0;
        }
        if (operator != null) {
            return operator;
        }
        if (agent != null) {
            return agent;
        }
        if (check != null) {
            return check;
        }
        return file != null ? file : 0;
    }
}
