package dev.sluice.director.protocol;

import java.util.List;

/// A state machine as it is written down: a column for each present state, a row for each event,
/// and in the cell the state that follows. Events and states go by their numbers afterwards.
final class StateTable {

    private final byte[][] next;

    private StateTable(byte[][] next) {
        this.next = next;
    }

    /// @param table the first line has the present states, every other one an event and what
    ///   follows
    /// @param states their names in the table, in the order of their numbers
    /// @param events likewise
    static StateTable of(String table, List<String> states, List<String> events) {
        byte[][] next = new byte[events.size()][states.size()];
        String[] lines = table.strip().split("\n", -1);
        String[] columns = lines[0].strip().split(" +", -1);
        for (int row = 1; row < lines.length; row++) {
            String[] cells = lines[row].strip().split(" +", -1);
            int event = events.indexOf(cells[0]);
            for (int column = 0; column < columns.length; column++) {
                int present = states.indexOf(columns[column]);
                int following = states.indexOf(cells[column + 1]);
                if (event < 0 || present < 0 || following < 0) {
                    throw new AssertionError("no such event or state: " + lines[row]);
                }
                next[event][present] = (byte) following;
            }
        }
        return new StateTable(next);
    }

    int next(int event, int present) {
        return next[event][present];
    }
}
