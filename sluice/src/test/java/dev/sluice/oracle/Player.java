package dev.sluice.oracle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Plays a scenario into a [Peer] and writes down what happens.
///
/// A scenario is a text, one step per line:
///
/// | Step | Meaning |
/// | --- | --- |
/// | `# words` | a remark |
/// | `ipvsadm ARGUMENTS` | the administration tool; what it prints is part of the transcript |
/// | `client PACKET` | a packet arrives from the clients' side, see [PacketReader] |
/// | `server PACKET` | a packet arrives from the real servers' side |
/// | `flows N tcp A:P > B:P FLAGS [step=K]` | N packets, each from the client K addresses further |
/// | `set NAME=VALUE` | `net.ipv4.vs.NAME` |
/// | `path ADDRESS mtu N` | the route to ADDRESS has its own MTU |
/// | `wait SECONDS` | time passes |
///
/// Of `flows` the transcript keeps one letter per packet: `a` for real server .11, `b` for .12 and
/// so on (capitals from .37), `!` for an ICMP error back to the client, `.` for nothing.
final class Player {
    private static final int PICKS_PER_LINE = 100;
    private static final int FLOWS_AT_ONCE = 1000;
    private static final Pattern CONNECTIONS = Pattern.compile("(^| )-\\w*c");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private final Peer peer;
    private final StringBuilder transcript = new StringBuilder();
    private Duration waited = Duration.ZERO;

    /// The transcript of this scenario with this peer.
    static Transcript play(String scenario, Peer peer) {
        peer.reset();
        long start = System.nanoTime();
        Player player = new Player(peer);
        for (String line : scenario.lines().toList()) {
            try {
                player.step(line.strip());
            } catch (RuntimeException e) {
                throw new IllegalStateException("at `" + line + "` after\n" + player.transcript, e);
            }
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        return new Transcript(player.transcript.toString(), elapsed.minus(player.waited));
    }

    private Player(Peer peer) {
        this.peer = peer;
    }

    private void step(String line) {
        transcript.append(line).append('\n');
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        String[] words = SPACE.split(line, 2);
        String rest = words[1];
        switch (words[0]) {
            case "ipvsadm" -> listing(rest, peer.ipvsadm(rest));
            case "client", "server" -> packet(words[0], rest);
            case "flows" -> flows(rest);
            case "set" -> {
                String[] nameAndValue = rest.split("=", 2);
                peer.setting(nameAndValue[0], nameAndValue[1]);
            }
            case "path" -> {
                String[] path = SPACE.split(rest, 3);
                peer.pathMtu(path[0], Integer.parseInt(path[2]));
            }
            case "wait" -> {
                Duration time = Duration.ofMillis((long) (Double.parseDouble(rest) * 1000));
                peer.sleep(time);
                waited = waited.plus(time);
            }
            default -> throw new IllegalArgumentException("unknown step " + words[0]);
        }
    }

    /// Connections come in the order of a hash with a random key; sorted by who they join, whatever
    /// their remaining time, they compare.
    private void listing(String arguments, String text) {
        List<String> lines = new ArrayList<>(text.lines().map(String::stripTrailing).toList());
        if (CONNECTIONS.matcher(arguments).find() && lines.size() > 2) {
            lines.subList(2, lines.size()).sort(Comparator.comparing(Player::endpoints));
        }
        lines.forEach(this::say);
    }

    private static String endpoints(String line) {
        String[] words = SPACE.split(line, 4);
        return words.length == 4 ? words[3] + words[0] + words[2] : line;
    }

    private void packet(String side, String text) {
        List<byte[]> frames = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (byte[] packet : PacketReader.read(text)) {
            frames.add(frame(side, packet));
            ids.addAll(idsOf(packet));
        }
        PacketPrinter printer = new PacketPrinter(ids);
        List<byte[]> answers = peer.exchange(frames);
        if (answers.isEmpty()) {
            say("nothing");
        }
        for (byte[] answer : answers) {
            byte[] packet = Frames.packet(answer);
            String neighbour = Wire.neighbour(Frames.destinationMac(answer));
            say(
                    HostStack.answers(Frames.packet(frames.getLast()), packet)
                            ? "host stack: " + HostStack.describe(packet)
                            : neighbour + ": " + printer.print(packet));
        }
    }

    /// The identifications in a packet and in what it quotes.
    private static Set<Integer> idsOf(byte[] packet) {
        Set<Integer> ids = new HashSet<>();
        if (packet[0] >> 4 == 4) {
            ids.add(Frames.u16(packet, 4));
            int header = (packet[0] & 15) * 4;
            if (packet[9] == Frames.ICMP && packet.length >= header + 28) {
                ids.add(Frames.u16(packet, header + 8 + 4));
            }
        }
        return ids;
    }

    private void flows(String text) {
        String[] words = SPACE.split(text, 2);
        int count = Integer.parseInt(words[0]);
        byte[] template = PacketReader.read(words[1]).getFirst();
        int step = words[1].contains("step=") ? stepOf(words[1]) : 1;
        StringBuilder picks = new StringBuilder();
        for (int done = 0; done < count; done += FLOWS_AT_ONCE) {
            int batch = Math.min(FLOWS_AT_ONCE, count - done);
            List<byte[]> frames = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                frames.add(frame("client", Flows.shifted(template, (done + i) * step)));
            }
            picks.append(Flows.picks(frames, peer.exchange(frames)));
        }
        for (int at = 0; at < picks.length(); at += PICKS_PER_LINE) {
            say(picks.substring(at, Math.min(at + PICKS_PER_LINE, picks.length())));
        }
    }

    private static int stepOf(String text) {
        return Integer.parseInt(text.replaceFirst(".*step=(\\d+).*", "$1"));
    }

    private static byte[] frame(String side, byte[] packet) {
        byte[] source =
                side.equals("client")
                        ? Wire.mac(Wire.gatewayMac())
                        : Wire.mac(Wire.serverMac(Wire.FIRST_SERVER, packet[0] >> 4 == 6));
        return Frames.ethernet(Wire.mac(Wire.directorMac()), source, packet);
    }

    private void say(String line) {
        transcript.append("    ").append(line).append('\n');
    }
}
