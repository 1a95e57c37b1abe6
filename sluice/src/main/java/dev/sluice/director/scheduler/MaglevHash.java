package dev.sluice.director.scheduler;

import dev.sluice.director.service.Pick;
import dev.sluice.director.service.RealServer;
import dev.sluice.director.service.Scheduler;
import dev.sluice.director.service.ServerList;

import org.jspecify.annotations.Nullable;

/// Maglev hashing: one client, one server, and few clients move when servers come and go (Eisenbud
/// and others, *Maglev: A Fast and Reliable Software Network Load Balancer*, 2016; ipvs.md §5.12).
///
/// Each server prefers the slots of a table of a prime size in an order of its own: it begins at an
/// offset and goes on in skips, both hashes of its address and port. The servers take turns in the
/// order of the list; who is on turn takes the next slot of its order that is still free, several
/// times if it is heavy. So a server that leaves gives up its slots, and most of the others stay.
///
/// ```
///  turns = weight / greatest common divisor, halved until the largest one has six bits
/// ```
///
/// It is the newest weight above 0 that counts: a server that is quiesced keeps its slots, which
/// lead to nobody meanwhile or, with `mh-fallback`, to other slots. The table is equal to that of
/// Linux 6.1 (64 bits, `CONFIG_IP_VS_MH_TAB_INDEX=12`) entry for entry.
public final class MaglevHash implements Scheduler, HashPick.Slots {

    static final int SLOTS = 4093;

    private static final int WEIGHT_BITS = 6;

    private static final long KEY_1 = 2654435761L;
    private static final long KEY_2 = 2654446892L;

    @Override
    public String name() {
        return "mh";
    }

    @Override
    public Pick compile(ServerList present, int flags) {
        return new HashPick(this, present, flags);
    }

    @Override
    public @Nullable RealServer[] table(ServerList servers) {
        @Nullable RealServer[] table = new RealServer[SLOTS];
        int size = servers.size();
        int[] turns = turns(servers);
        int[] slots = new int[size];
        int[] skips = new int[size];
        int turnsInAll = 0;
        for (int i = 0; i < size; i++) {
            RealServer server = servers.get(i);
            int x = Hash.fold(server.address().high(), server.address().low()) + server.port();
            slots[i] = first(x);
            skips[i] = Integer.remainderUnsigned(Hash.sip(KEY_2, x), SLOTS - 1) + 1;
            turnsInAll += turns[i];
        }
        int free = turnsInAll == 0 ? 0 : SLOTS;
        for (int i = 0; free > 0; i = (i + 1) % size) {
            for (int turn = 0; turn < turns[i] && free > 0; turn++) {
                while (table[slots[i]] != null) {
                    slots[i] = (slots[i] + skips[i]) % SLOTS;
                }
                table[slots[i]] = servers.get(i);
                free--;
            }
        }
        return table;
    }

    private static int[] turns(ServerList servers) {
        int divisor = 0;
        int maximum = 0;
        for (int i = 0; i < servers.size(); i++) {
            int weight = servers.get(i).lastWeight();
            divisor = ServerList.greatestCommonDivisor(divisor, weight);
            maximum = Math.max(maximum, weight);
        }
        int[] turns = new int[servers.size()];
        if (maximum > 0) {
            int bits = Integer.SIZE - Integer.numberOfLeadingZeros(maximum / divisor);
            int shift = Math.max(0, bits - WEIGHT_BITS);
            for (int i = 0; i < turns.length; i++) {
                int weight = servers.get(i).lastWeight();
                turns[i] = weight == 0 ? 0 : Math.max(1, weight / divisor >> shift);
            }
        }
        return turns;
    }

    @Override
    public int first(int client) {
        return Integer.remainderUnsigned(Hash.sip(KEY_1, client), SLOTS);
    }

    @Override
    public int next(int first, int attempt, int client) {
        return first((first + attempt) % SLOTS + client);
    }
}
