package dev.sluice.oracle;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What the director's own TCP/IP stack does with a packet that the balancer left to it: it answers
/// what is addressed to the machine and routes the rest. A small imitation of Linux for
/// [SluicePeer], enough for the scenarios.
///
/// Of a reset and of an echo reply a transcript only notes that the stack was asked: `host stack:
/// reset` or `host stack: echo reply`. IPVS itself never makes one.
final class HostStack {
    private static final int MTU_BYTES = 1500;
    private static final int INTERNET_CONTROL = 0xc0;
    private static final int PROTOCOL_UNREACHABLE = 0x0302;
    private static final String OWN_ON_SERVER_SIDE = "10.0.0.254";
    private static final String OWN_ON_CLIENT_SIDE_6 = "2001:db8:ff::1";
    private static final String OWN_ON_SERVER_SIDE_6 = "2001:db8:10::254";

    private final Map<String, Integer> mtus;

    HostStack(Map<String, Integer> mtus) {
        this.mtus = mtus;
    }

    void receive(byte[] packet, List<byte[]> answers) {
        Ip ip = new Ip(packet);
        if (ip.isIcmpError() && Wire.isOwn(Frames.text(ip.destination))) {
            return;
        }
        if (Wire.isOwn(Frames.text(ip.destination))) {
            answer(ip, answers);
        } else {
            route(ip, answers);
        }
    }

    private static void answer(Ip ip, List<byte[]> answers) {
        if (ip.isLaterFragment()) {
            return;
        }
        boolean reset = ip.protocol == Frames.TCP && (ip.packet[ip.body + 13] & 4) == 0;
        boolean echo = ip.isIcmp() && Frames.u8(ip.packet, ip.body) == (ip.ipv6 ? 128 : 8);
        if (reset || echo) {
            byte[] reply = new byte[20];
            reply[0] = (byte) (echo && ip.ipv6 ? 129 : 0);
            reply[13] = 4;
            send(ip.source, build(ip, ip.protocol, ip.destination, 0, reply), answers);
        } else if (ip.protocol == Frames.UDP) {
            int unreachable = ip.ipv6 ? 0x0104 : 0x0303;
            send(ip.source, error(ip, unreachable, ip.destination, 0), answers);
        } else if (!ip.ipv6 && isUnknown(ip.protocol)) {
            send(ip.source, error(ip, PROTOCOL_UNREACHABLE, ip.destination, 0), answers);
        }
    }

    /// Of those that scenarios send. IPv6 answers by a parameter problem, which none asks for.
    private static boolean isUnknown(int protocol) {
        return protocol != Frames.TCP && protocol != Frames.UDP && protocol != Frames.ICMP;
    }

    private void route(Ip ip, List<byte[]> answers) {
        int mtu = mtus.getOrDefault(Frames.text(ip.destination), MTU_BYTES);
        if (ip.ttl <= 1) {
            if (!ip.isIcmpError()) {
                String own = ip.ipv6 ? OWN_ON_SERVER_SIDE_6 : OWN_ON_SERVER_SIDE;
                int exceeded = ip.ipv6 ? 0x0300 : 0x0b00;
                send(ip.source, error(ip, exceeded, Frames.address(own), 0), answers);
            }
            return;
        }
        if (ip.packet.length > mtu && (ip.ipv6 || ip.dontFragment())) {
            String own = ip.ipv6 ? OWN_ON_CLIENT_SIDE_6 : OWN_ON_SERVER_SIDE;
            int tooBig = ip.ipv6 ? 0x0200 : 0x0304;
            send(ip.source, error(ip, tooBig, Frames.address(own), mtu), answers);
            return;
        }
        byte[] forwarded = ip.packet.clone();
        if (ip.ipv6) {
            forwarded[7]--;
        } else {
            forwarded[8]--;
            Frames.put16(forwarded, 10, 0);
            Frames.put16(forwarded, 10, Frames.complement(Frames.sum(forwarded, 0, ip.body, 0)));
        }
        send(ip.destination, forwarded, answers);
    }

    private static void send(byte[] destination, byte[] packet, List<byte[]> answers) {
        byte[] mac = Wire.macOf(Frames.text(destination));
        answers.add(Frames.ethernet(mac, Wire.mac(Wire.directorMac()), packet));
    }

    private static byte[] error(Ip ip, int typeAndCode, byte[] from, int mtu) {
        int room = ip.ipv6 ? 1280 - 48 : 576 - 28;
        int quoted = Math.min(room, ip.packet.length);
        byte[] message =
                ByteBuffer.allocate(8 + quoted)
                        .putShort((short) typeAndCode)
                        .putShort((short) 0)
                        .putInt(mtu)
                        .put(ip.packet, 0, quoted)
                        .array();
        int protocol = ip.ipv6 ? Frames.ICMP_6 : Frames.ICMP;
        int pseudo = ip.ipv6 ? Frames.pseudoSum(from, ip.source, protocol, message.length) : 0;
        Frames.withChecksum(message, 2, pseudo);
        int tos = ip.ipv6 ? 0 : ip.packet[1] & 0x1e | INTERNET_CONTROL;
        return build(ip, protocol, from, tos, message);
    }

    private static byte[] build(Ip about, int protocol, byte[] from, int tos, byte[] body) {
        return about.ipv6
                ? Frames.ipv6(protocol, from, about.source, 64, tos, 0, body)
                : Frames.ipv4(protocol, from, about.source, 64, tos, 1, 0, Frames.NONE, body);
    }

    /// Whether `answer` is the stack's own answer to `packet`: a reset or an echo reply, straight
    /// back from the address that was addressed.
    static boolean answers(byte[] packet, byte[] answer) {
        Ip asked = new Ip(packet);
        Ip said = new Ip(answer);
        if (!Arrays.equals(asked.source, said.destination)
                || !Arrays.equals(asked.destination, said.source)) {
            return false;
        }
        return switch (said.protocol) {
            case Frames.TCP -> asked.protocol == Frames.TCP && (answer[said.body + 13] & 4) != 0;
            case Frames.ICMP -> answer[said.body] == 0;
            case Frames.ICMP_6 -> Frames.u8(answer, said.body) == 129;
            default -> false;
        };
    }

    static String describe(byte[] answer) {
        return new Ip(answer).protocol == Frames.TCP ? "reset" : "echo reply";
    }

    /// The fields of a packet that matter here.
    private static final class Ip {
        final byte[] packet;
        final boolean ipv6;
        final byte[] source;
        final byte[] destination;
        final int protocol;
        final int ttl;
        final int body;

        Ip(byte[] packet) {
            this.packet = packet;
            ipv6 = packet[0] >> 4 == 6;
            source = ipv6 ? copy(8, 16) : copy(12, 4);
            destination = ipv6 ? copy(24, 16) : copy(16, 4);
            protocol = Frames.u8(packet, ipv6 ? 6 : 9);
            ttl = Frames.u8(packet, ipv6 ? 7 : 8);
            body = ipv6 ? 40 : (packet[0] & 15) * 4;
        }

        private byte[] copy(int from, int length) {
            return Arrays.copyOfRange(packet, from, from + length);
        }

        boolean isIcmp() {
            return protocol == Frames.ICMP || protocol == Frames.ICMP_6;
        }

        boolean isIcmpError() {
            int type = isIcmp() ? Frames.u8(packet, body) : 0;
            return ipv6
                    ? protocol == Frames.ICMP_6 && type < 128
                    : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        }

        boolean isLaterFragment() {
            return ipv6 ? protocol == Frames.FRAGMENT_6 : (Frames.u16(packet, 6) & 0x1fff) != 0;
        }

        boolean dontFragment() {
            return !ipv6 && (Frames.u16(packet, 6) & 0x4000) != 0;
        }
    }
}
