package dev.sluice.director;

import static dev.sluice.wire.PacketBuilder.ip;

import dev.sluice.wire.Address;
import dev.sluice.wire.Ipv4;
import dev.sluice.wire.Ipv6;
import dev.sluice.wire.PacketBuilder;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What comes by at a director: packets of few clients and servers, so that they meet in
/// connections, of all kinds that real networks have and some that they should not.
final class Traffic {

    /// A packet, and what the worker knows beside its bytes.
    static final class Sample {
        final byte[] bytes;
        final int mark;
        final int gsoSize;
        final boolean partialChecksum;

        Sample(byte[] bytes, int mark, int gsoSize, boolean partialChecksum) {
            this.bytes = bytes;
            this.mark = mark;
            this.gsoSize = gsoSize;
            this.partialChecksum = partialChecksum;
        }
    }

    static final int BIG = 66_000;

    private static final String[] FLAGS = {"S", "S", "SA", "A", "PA", "FA", "F", "R", "RA", "P"};

    private final List<Sample> samples = new ArrayList<>();
    private final SplittableRandom random;

    private Traffic(SplittableRandom random) {
        this.random = random;
    }

    static List<Sample> make(SplittableRandom random, int flows) {
        Traffic traffic = new Traffic(random);
        for (int i = 0; i < flows; i++) {
            traffic.addSome();
        }
        traffic.addBig(false);
        traffic.addBig(true);
        return traffic.samples;
    }

    static Address client(boolean ipv6, int number) {
        return Address.parse((ipv6 ? "2001:db8:ffff::" : "172.16.0.") + number);
    }

    static Address virtual(boolean ipv6) {
        return Address.parse(ipv6 ? "2001:db8:1::100" : "192.168.1.100");
    }

    static Address server(boolean ipv6, int number) {
        return Address.parse((ipv6 ? "2001:db8:2::" : "10.0.0.") + number);
    }

    private static Address router(boolean ipv6) {
        return Address.parse(ipv6 ? "2001:db8:3::1" : "10.9.9.9");
    }

    /// No host may have these as its address.
    private static Address noHost(boolean ipv6) {
        return Address.parse(ipv6 ? "ff02::1" : "127.0.0.1");
    }

    /// A packet of some flow, or its fragments, or an error about it.
    private void addSome() {
        boolean ipv6 = random.nextBoolean();
        boolean tcp = random.nextBoolean();
        Address client = client(ipv6, random.nextInt(1, 4));
        Address virtual = virtual(ipv6);
        Address server = server(ipv6, random.nextInt(1, 3));
        int clientPort = oneIn(40) ? 20 : random.nextInt(1000, 1004);
        int virtualPort = oneIn(6) ? 8080 : tcp ? 80 : 53;
        int realPort = oneIn(3) ? virtualPort : 80;
        switch (random.nextInt(20)) {
            case 0, 1 -> {
                byte[] request = transport(ip(client, server), tcp, clientPort, realPort).build();
                addError(ipv6, oneIn(2) ? server : router(ipv6), client, request);
            }
            case 2, 3 -> {
                byte[] reply = transport(ip(virtual, client), tcp, virtualPort, clientPort).build();
                addError(ipv6, oneIn(2) ? client : router(ipv6), virtual, reply);
            }
            case 4 -> {
                byte[] direct =
                        transport(ip(client, virtual), tcp, clientPort, virtualPort).build();
                addError(ipv6, server, client, direct);
            }
            case 5 -> addOther(client, virtual);
            case 6 -> add(transport(ip(virtual, client), tcp, virtualPort, clientPort), ipv6, tcp);
            case 7, 8, 9, 10, 11 ->
                    add(transport(ip(server, client), tcp, realPort, clientPort), ipv6, tcp);
            default -> {
                Address source = oneIn(60) ? noHost(ipv6) : client;
                Address destination = oneIn(30) ? router(ipv6) : virtual;
                add(transport(ip(source, destination), tcp, clientPort, virtualPort), ipv6, tcp);
            }
        }
    }

    /// Ways in which packets of one flow differ.
    private void add(PacketBuilder packet, boolean ipv6, boolean tcp) {
        packet.ttl(oneIn(10) ? random.nextInt(3) : 64);
        int mark = oneIn(10) ? random.nextInt(4) : 0;
        int payload = oneIn(8) ? 1400 : random.nextInt(40);
        if (!ipv6) {
            packet.id(random.nextInt(4));
            if (oneIn(8)) {
                packet.options(new int[4 * random.nextInt(1, 11)]);
            }
            if (oneIn(4)) {
                packet.df();
            }
        } else if (oneIn(6)) {
            packet.hopByHop().destinationOptions();
        }
        switch (random.nextInt(12)) {
            case 0 -> {
                packet.id(random.nextInt(4)).payload(2000);
                if (!tcp && oneIn(4)) {
                    packet.noChecksum();
                }
                packet.fragments(oneIn(2) ? 800 : 1500)
                        .forEach(piece -> samples.add(new Sample(piece, mark, 0, false)));
            }
            case 1 -> addSample(packet.payload(payload).noChecksum(), mark, 0, false);
            case 2 -> addSample(packet.payload(payload).wrongChecksum(), mark, 0, false);
            case 3 -> addSample(packet.payload(payload).partialChecksum(), mark, 0, true);
            case 4 -> {
                // GRO leaves a whole checksum, a virtual machine's TSO a partial one.
                boolean partial = oneIn(2);
                packet.payload(random.nextInt(1500, oneIn(20) ? 60_000 : 6000));
                addSample(
                        partial ? packet.partialChecksum() : packet,
                        mark,
                        oneIn(8) ? 1500 : random.nextInt(500, 1400),
                        partial);
            }
            case 5 -> {
                if (ipv6) {
                    packet.fragment(0, false, 3); // atomic
                }
                addSample(packet.payload(payload), mark, 0, false);
            }
            default -> addSample(packet.payload(payload), mark, 0, false);
        }
    }

    private void addError(boolean ipv6, Address from, Address to, byte[] about) {
        int quoted = oneIn(2) ? about.length : random.nextInt(about.length + 1);
        byte[] quote = Arrays.copyOf(about, quoted);
        PacketBuilder packet = ip(from, to).ttl(oneIn(10) ? 1 : 64);
        if (!ipv6 && oneIn(4)) {
            packet.df();
        }
        switch (random.nextInt(4)) {
            case 0 -> packet.icmpUnreachable(3, quote);
            case 1 -> packet.icmpTimeExceeded(quote);
            case 2 -> packet.icmpFragNeeded(1400, quote);
            default -> packet.icmpUnreachable(1, Arrays.copyOf(about, 1500));
        }
        if (oneIn(10)) {
            packet.wrongChecksum();
        }
        if (oneIn(10)) {
            packet.fragments(200).forEach(piece -> samples.add(new Sample(piece, 0, 0, false)));
        } else {
            addSample(packet, 0, 0, false);
        }
    }

    private void addOther(Address client, Address virtual) {
        PacketBuilder packet = ip(client, virtual);
        switch (random.nextInt(4)) {
            case 0 -> packet.echo(1, 2).payload(30);
            case 1 -> packet.transportBytes(47, new byte[20]);
            case 2 -> packet.sctp(1000, 80).payload(16);
            default -> packet.icmp(5, 0, 0).payload(40);
        }
        addSample(packet, random.nextInt(4), 0, false);
    }

    /// A packet of BIG TCP, which says 0 as its length.
    private void addBig(boolean ipv6) {
        byte[] big =
                ip(client(ipv6, 1), virtual(ipv6)).tcp(1000, 80).flags("S").payload(BIG).build();
        MemorySegment frame = MemorySegment.ofArray(big);
        if (ipv6) {
            Ipv6.payloadLength(frame, 0, 0);
        } else {
            Ipv4.totalLength(frame, 0, 0);
            Ipv4.fillChecksum(frame, 0);
        }
        samples.add(new Sample(big, 0, 1300, false));
    }

    private void addSample(PacketBuilder packet, int mark, int gsoSize, boolean partial) {
        samples.add(new Sample(packet.build(), mark, gsoSize, partial));
    }

    private PacketBuilder transport(PacketBuilder packet, boolean tcp, int from, int to) {
        return tcp
                ? packet.tcp(from, to).flags(FLAGS[random.nextInt(FLAGS.length)])
                : packet.udp(from, to);
    }

    private boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }
}
