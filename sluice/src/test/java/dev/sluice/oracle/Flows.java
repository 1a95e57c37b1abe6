package dev.sluice.oracle;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Many like packets from many clients, and which real server each one went to.
final class Flows {

    /// The same IPv4 TCP or UDP packet from the client that many addresses further.
    static byte[] shifted(byte[] packet, int addresses) {
        byte[] copy = packet.clone();
        long client = Frames.u32(packet, 12) + addresses;
        Frames.put16(copy, 12, (int) (client >> 16));
        Frames.put16(copy, 14, (int) client & 0xffff);
        Frames.put16(copy, 10, 0);
        Frames.put16(copy, 10, Frames.complement(Frames.sum(copy, 0, 20, 0)));
        int checksum = copy[9] == Frames.TCP ? 36 : 26;
        byte[] body = Arrays.copyOfRange(copy, 20, copy.length);
        byte[] source = Arrays.copyOfRange(copy, 12, 16);
        byte[] destination = Arrays.copyOfRange(copy, 16, 20);
        Frames.withChecksum(
                body, checksum - 20, Frames.pseudoSum(source, destination, copy[9], body.length));
        System.arraycopy(body, 0, copy, 20, body.length);
        return copy;
    }

    /// One letter per frame sent, by client address; see [Player].
    static String picks(List<byte[]> sent, List<byte[]> answers) {
        Map<Long, Character> picks = new HashMap<>();
        for (byte[] answer : answers) {
            byte[] packet = Frames.packet(answer);
            if (Frames.etherType(answer) != Frames.IPV4) {
                continue;
            }
            if (packet[9] == Frames.ICMP) {
                picks.put(Frames.u32(packet, 16), '!');
                continue;
            }
            char letter = letter(Wire.neighbour(Frames.destinationMac(answer)));
            Character before = picks.put(Frames.u32(packet, 12), letter);
            if (before != null) {
                throw new IllegalStateException(
                        "two answers to one packet, the second "
                                + new PacketPrinter(Set.of()).print(packet));
            }
        }
        StringBuilder text = new StringBuilder();
        for (byte[] frame : sent) {
            text.append(picks.getOrDefault(Frames.u32(Frames.packet(frame), 12), '.'));
        }
        return text.toString();
    }

    private static char letter(String neighbour) {
        if (!neighbour.startsWith("10.0.0.")) {
            return '?';
        }
        int index = Integer.parseInt(neighbour.substring("10.0.0.".length())) - Wire.FIRST_SERVER;
        return (char) (index < 26 ? 'a' + index : 'A' + index - 26);
    }

    private Flows() {}
}
