package dev.sluice.health.pool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The state of a pool of real servers: who is alive, whether that is enough, and what follows for
/// the table (keepalived.md §5.3 to 5.8).
///
/// A server is alive while none of its checks is down. The effective weights of those alive add up:
///
/// * the quorum is gained when it was missing and the sum reaches quorum + hysteresis;
/// * it is lost when it was held and the sum is 0 or falls below quorum − hysteresis.
///
/// Without a sorry server that only tells scripts. With one, the servers leave the table while the
/// quorum is missing. Whoever keeps the table asks [#standing] before and after, and carries the
/// difference out as one change, so that no client meets an empty service.
public final class Pool {

    private static final long LEAST_LOAD = -2_147_483_648L;

    private final PoolRules rules;
    private final boolean[][] isCheckUp;
    private final Load[][] loads;
    private boolean hasQuorum;

    /// As it is before any check has run.
    public Pool(PoolRules rules) {
        this.rules = rules;
        int count = rules.members().size();
        isCheckUp = new boolean[count][];
        loads = new Load[count][];
        for (int i = 0; i < count; i++) {
            List<Boolean> startsDown = rules.members().get(i).checks();
            isCheckUp[i] = new boolean[startsDown.size()];
            loads[i] = new Load[startsDown.size()];
            Arrays.fill(loads[i], Load.asConfigured());
            for (int check = 0; check < startsDown.size(); check++) {
                isCheckUp[i][check] = !startsDown.get(check);
            }
        }
        hasQuorum = sum() >= rules.quorum() + rules.hysteresis();
    }

    public PoolRules rules() {
        return rules;
    }

    /// What there is to be said at its start.
    public List<Note> started() {
        return hasQuorum
                ? List.of(new Note.Say(gained()), new Note.Quorum(true))
                : List.of(new Note.Say("Starting with quorum down for VS " + rules.name()));
    }

    /// The state of a check as it was before a reload, which nobody is told of.
    public void resume(int member, int check, boolean isUp, Load load) {
        isCheckUp[member][check] = isUp;
        loads[member][check] = load;
    }

    /// The quorum as it was before a reload; the sum decides when rules or servers have changed.
    ///
    /// @return what changed with it
    public List<Note> resumeQuorum(boolean wasHeld) {
        hasQuorum = wasHeld;
        List<Note> notes = new ArrayList<>();
        judge(notes);
        return notes;
    }

    /// What a check found.
    ///
    /// @return what changed with it, in order
    public List<Note> found(int member, int check, boolean isUp, Load load) {
        List<Note> notes = new ArrayList<>();
        boolean wasAlive = isAlive(member);
        long before = weight(member);
        isCheckUp[member][check] = isUp;
        loads[member][check] = load;
        boolean isAlive = isAlive(member);
        long after = weight(member);
        PoolRules.Member server = rules.members().get(member);
        if (after != before) {
            notes.add(
                    new Note.Say(
                            "Changing weight from %d to %d for %s service %s of VS %s"
                                    .formatted(
                                            before,
                                            after,
                                            isAlive ? "active" : "inactive",
                                            server.name(),
                                            rules.name())));
        }
        if (isAlive != wasAlive) {
            notes.add(new Note.Say(moves(server, isAlive)));
            notes.add(new Note.Server(member, isAlive));
        }
        if (isAlive != wasAlive || after != before) {
            judge(notes);
        }
        return notes;
    }

    private String moves(PoolRules.Member server, boolean isUp) {
        String verb =
                server.isInhibited()
                        ? isUp ? "Enabling" : "Disabling"
                        : isUp ? "Adding" : "Removing";
        return verb + " service " + server.name() + (isUp ? " to VS " : " from VS ") + rules.name();
    }

    private void judge(List<Note> notes) {
        long sum = sum();
        if (!hasQuorum && sum >= rules.quorum() + rules.hysteresis()) {
            hasQuorum = true;
            notes.add(new Note.Say(gained()));
            sayOfSorryServer(notes, "Removing sorry server %s from VS %s");
            sayOfSorryServer(notes, "Adding alive servers to the pool for VS %2$s");
            notes.add(new Note.Quorum(true));
        } else if (hasQuorum && (sum == 0 || sum < rules.quorum() - rules.hysteresis())) {
            hasQuorum = false;
            notes.add(
                    new Note.Say(
                            "Lost quorum %d-%d=%d > %d for VS %s"
                                    .formatted(
                                            rules.quorum(),
                                            rules.hysteresis(),
                                            rules.quorum() - rules.hysteresis(),
                                            sum,
                                            rules.name())));
            sayOfSorryServer(notes, "Adding sorry server %s to VS %s");
            sayOfSorryServer(notes, "Removing alive servers from the pool for VS %2$s");
            notes.add(new Note.Quorum(false));
        }
    }

    private String gained() {
        return "Gained quorum %d+%d=%d <= %d for VS %s"
                .formatted(
                        rules.quorum(),
                        rules.hysteresis(),
                        rules.quorum() + rules.hysteresis(),
                        sum(),
                        rules.name());
    }

    private void sayOfSorryServer(List<Note> notes, String form) {
        if (rules.sorryServer() != null) {
            notes.add(new Note.Say(form.formatted(rules.sorryServer().name(), rules.name())));
        }
    }

    /// Whether it has as much weight as it needs.
    public boolean hasQuorum() {
        return hasQuorum;
    }

    public boolean isAlive(int member) {
        for (boolean isUp : isCheckUp[member]) {
            if (!isUp) {
                return false;
            }
        }
        return added(member) > LEAST_LOAD;
    }

    public Load load(int member, int check) {
        return loads[member][check];
    }

    private long added(int member) {
        long configured = rules.members().get(member).weight();
        long sum = 0;
        for (Load load : loads[member]) {
            sum += load.added(configured);
        }
        return sum;
    }

    /// The effective weight of a server, alive or not: 0 to 2147483647.
    public int weight(int member) {
        long weight = rules.members().get(member).weight() + added(member);
        return (int) Math.clamp(weight, 0L, Integer.MAX_VALUE);
    }

    /// The effective weights of those alive.
    public long sum() {
        long sum = 0;
        for (int i = 0; i < rules.members().size(); i++) {
            sum += isAlive(i) ? weight(i) : 0;
        }
        return sum;
    }

    /// What a member is for the table.
    public Standing standing(int member) {
        boolean isUsed = isAlive(member) && (hasQuorum || rules.sorryServer() == null);
        PoolRules.Member server = rules.members().get(member);
        if (!isUsed) {
            return server.isInhibited() ? Standing.QUIESCED : Standing.OUT;
        }
        int weight = weight(member);
        return weight == server.weight() ? Standing.IN : new Standing(true, weight);
    }

    /// What the sorry server is for the table.
    public Standing sorryServer() {
        if (rules.sorryServer() == null) {
            return Standing.OUT;
        }
        if (!hasQuorum) {
            return Standing.IN;
        }
        return rules.sorryServer().isInhibited() ? Standing.QUIESCED : Standing.OUT;
    }
}
