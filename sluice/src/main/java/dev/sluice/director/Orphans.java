package dev.sluice.director;

import dev.sluice.director.connection.ConnectionRecords;
import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Setting;

import org.jspecify.annotations.Nullable;

import java.util.function.IntConsumer;

/// Ends the connections of removed real servers, where `expire_nodest_conn` says so: all of them
/// soon after the removal, a slice of the table at a time, but for those that control others
/// (ipvs.md §2.6).
final class Orphans {

    private static final int DONE = ConnectionTable.NONE;

    private final ConnectionTable table;
    private final ConnectionRecords records;
    private final Connections connections;
    private final IntConsumer visitor = this::endIfOrphaned;

    private Configuration configuration;

    /// Where the search goes on, or [#DONE].
    private int cursor = DONE;

    private boolean found;

    Orphans(ConnectionTable table, Connections connections, Configuration configuration) {
        this.table = table;
        this.records = table.records();
        this.connections = connections;
        this.configuration = configuration;
    }

    void configure(Configuration newest) {
        Configuration before = configuration;
        configuration = newest;
        if (newest.policy().isOn(Setting.EXPIRE_NODEST_CONN)) {
            found = false;
            Configuration.changedServers(before, newest, this::compare);
            if (found) {
                cursor = 0;
            }
        }
    }

    private void compare(int id, @Nullable RealServer before, @Nullable RealServer after) {
        found |= before != null && before.available() && (after == null || !after.available());
    }

    boolean isAnyLeft() {
        return cursor != DONE;
    }

    /// Looks at no more than `limit` connections.
    ///
    /// @return how many it looked at
    int end(int limit) {
        if (cursor == DONE || limit <= 0) {
            return 0;
        }
        cursor = table.scan(cursor, limit, visitor);
        return limit;
    }

    private void endIfOrphaned(int id) {
        RealServer server = connections.server(id);
        if ((server == null || !server.available()) && records.children(id) == 0) {
            connections.removeNow(id);
        }
    }
}
