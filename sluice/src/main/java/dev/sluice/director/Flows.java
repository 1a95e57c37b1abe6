package dev.sluice.director;

import static dev.sluice.director.connection.ConnectionTable.NONE;
import static dev.sluice.director.connection.Direction.FROM_CLIENT;
import static dev.sluice.director.connection.Direction.TO_CLIENT;

import dev.sluice.director.connection.ConnectionTable;
import dev.sluice.director.protocol.Ipsec;
import dev.sluice.director.protocol.Transport;
import dev.sluice.director.service.ServiceIndex;
import dev.sluice.wire.Flow;
import dev.sluice.wire.PacketView;

import org.jspecify.annotations.Nullable;

/// Which connection a packet belongs to, and what it is to it.
///
/// ```
///                        the packet, or the one it quotes   looked for
///  REPLY                 real (or virtual) → client         key out, to the client
///  REQUEST               client → virtual                   key in, from the client
///  ERROR_FOR_CLIENT      client → real, quoted              key out, from the client
///  ERROR_FOR_SERVER      virtual → client, quoted           key in, to the client
/// ```
///
/// The answer for the packet in hand is remembered until it is taken, so that whoever asks whose
/// packet it is and then for its connection costs one look-up.
///
/// Knows neither what becomes of the packet nor which packets begin a connection.
final class Flows {

    /// More than that do not stay in the cache until they are processed.
    private static final int MAXIMUM_ANNOUNCED = 64;

    private final ConnectionTable table;
    private final Ipsec ipsec = new Ipsec();

    /// Hashes of announced packets.
    private final int[] announced = new int[MAXIMUM_ANNOUNCED];

    private int announcedCount;
    private ServiceIndex services;

    /// The packet that the answer is about, null when there is none.
    private @Nullable PacketView asked;

    private long askedNumber;
    private int id = NONE;
    private Role role = Role.STRANGER;

    /// What a packet is to the connection it belongs to.
    enum Role {
        REPLY,
        REQUEST,
        /// An ICMP error about a packet on its way to the real server.
        ERROR_FOR_CLIENT,
        /// An ICMP error about a reply on its way to the client.
        ERROR_FOR_SERVER,
        /// It belongs to none.
        STRANGER
    }

    Flows(ConnectionTable table, ServiceIndex services) {
        this.table = table;
        this.services = services;
    }

    void configure(ServiceIndex index) {
        services = index;
        forget();
    }

    /// The connection that a packet belongs to, or NONE; [#role] says what it is to it. Not for
    /// later fragments, which show no ports.
    int find(PacketView packet) {
        if (packet != asked || packet.number() != askedNumber) {
            if (packet.isIcmpError()) {
                askAboutQuote(packet);
            } else {
                ask(packet.flow());
            }
            asked = packet;
            askedNumber = packet.number();
        }
        return id;
    }

    /// As [#find], for the last time: the packet goes its way now.
    int take(PacketView packet) {
        int found = find(packet);
        forget();
        return found;
    }

    /// Of the packet that [#find] was asked about last.
    Role role() {
        return role;
    }

    /// Connections begin or end: what was found may not hold.
    void forget() {
        asked = null;
    }

    private void ask(Flow asks) {
        id = NONE;
        role = Role.STRANGER;
        Flow flow = ipsec.carrying(asks);
        if (Transport.of(flow.protocol()) == null) {
            return;
        }
        if (services.maySendReplies(flow.sourceHigh(), flow.sourceLow())) {
            id = table.findOut(flow, TO_CLIENT);
            if (id != NONE) {
                role = Role.REPLY;
                return;
            }
        }
        id = table.findIn(flow, FROM_CLIENT);
        if (id != NONE) {
            role = Role.REQUEST;
        }
    }

    private void askAboutQuote(PacketView packet) {
        id = NONE;
        role = Role.STRANGER;
        if (!isErrorAboutFlow(packet)) {
            return;
        }
        Flow quote = ipsec.carrying(packet.quote());
        id = table.findOut(quote, FROM_CLIENT);
        if (id != NONE) {
            role = Role.ERROR_FOR_CLIENT;
            return;
        }
        id = table.findIn(quote, TO_CLIENT);
        if (id != NONE) {
            role = Role.ERROR_FOR_SERVER;
        }
    }

    /// This packet will be asked for soon, after [#fetchAnnounced]; or it may be not, no matter.
    void announce(PacketView packet) {
        if (announcedCount == announced.length || !packet.hasPorts() || packet.isIcmpError()) {
            return;
        }
        announced[announcedCount++] =
                services.maySendReplies(packet.sourceHigh(), packet.sourceLow())
                        ? table.hash(packet.flow(), TO_CLIENT)
                        : table.hash(packet.flow(), FROM_CLIENT);
    }

    /// Brings the connections of all announced packets into the processor's cache. It waits for
    /// memory once, where packet after packet would wait each time.
    void fetchAnnounced() {
        table.prefetch(announced, announcedCount);
        announcedCount = 0;
    }

    /// Whether an ICMP error is about a packet that a connection may have.
    static boolean isErrorAboutFlow(PacketView packet) {
        return packet.hasQuote()
                && (packet.quotedHasPorts() || Ipsec.is(packet.quote().protocol()))
                && !packet.isFragment()
                && packet.quote().isIpv6() == packet.isIpv6();
    }
}
