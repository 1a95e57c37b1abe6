package dev.sluice.director.service;

import java.util.List;

/// The real servers of a service as schedulers see them: newest first, which decides every tie
/// (ipvs.md §2.2). Immutable.
public final class ServerList {

    public static final ServerList EMPTY = new ServerList(List.of());

    private final RealServer[] newestFirst;
    private final int maximumWeight;
    private final int weightStep;

    public ServerList(List<RealServer> newestFirst) {
        this.newestFirst = newestFirst.toArray(RealServer[]::new);
        int maximum = 0;
        int divisor = 0;
        for (RealServer server : this.newestFirst) {
            maximum = Math.max(maximum, server.weight());
            divisor = greatestCommonDivisor(divisor, server.weight());
        }
        maximumWeight = maximum;
        weightStep = Math.max(1, divisor);
    }

    public int size() {
        return newestFirst.length;
    }

    public RealServer get(int index) {
        return newestFirst[index];
    }

    /// The index of the server with this id, or -1.
    public int indexOf(int serverId) {
        for (int i = 0; i < newestFirst.length; i++) {
            if (newestFirst[i].id() == serverId) {
                return i;
            }
        }
        return -1;
    }

    /// The largest weight, 0 when there is no server.
    public int maximumWeight() {
        return maximumWeight;
    }

    /// The greatest common divisor of all positive weights, 1 when there is none.
    public int weightStep() {
        return weightStep;
    }

    /// 0 only if both are.
    public static int greatestCommonDivisor(int a, int b) {
        while (b != 0) {
            int rest = a % b;
            a = b;
            b = rest;
        }
        return a;
    }
}
