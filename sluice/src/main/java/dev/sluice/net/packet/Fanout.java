package dev.sluice.net.packet;

import dev.sluice.ebpf.ClassicAssembler;
import dev.sluice.ebpf.ClassicInstruction;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Kernel;

import java.lang.foreign.Arena;
import java.util.List;

/// A group of packet sockets that share one interface's frames; a classic BPF program says which
/// socket, in the order they joined, gets a frame.
///
/// @param group names the group in this network namespace, 0–65535
/// @param chooser its answer, modulo the number of sockets, is the socket
/// @param defragment IPv4 fragments are put together before they are handed out
public record Fanout(int group, List<ClassicInstruction> chooser, boolean defragment) {

    private static final int TYPE_CBPF = 6;
    private static final int FLAG_DEFRAG = 0x8000;

    /// The group listens instead of its members, whose own PACKET_IGNORE_OUTGOING counts no more:
    /// without this what is sent on the interface would come back as received.
    private static final int FLAG_IGNORE_OUTGOING = 0x4000;

    /// A byte of the frame, counted from its link header, names the socket; IPv4 fragments are put
    /// together.
    public static Fanout byByte(int group, int offset) {
        ClassicAssembler chooser = new ClassicAssembler();
        chooser.loadByte(ClassicAssembler.LINK_HEADER + offset);
        chooser.returnA();
        return new Fanout(group, chooser.assemble(), true);
    }

    /// The socket that joined first gets everything; IPv4 fragments are put together.
    public static Fanout toFirst(int group) {
        ClassicAssembler chooser = new ClassicAssembler();
        chooser.returnConstant(0);
        return new Fanout(group, chooser.assemble(), true);
    }

    /// Joins, or founds the group.
    void join(Descriptor socket) {
        int flags = FLAG_IGNORE_OUTGOING | (defragment ? FLAG_DEFRAG : 0);
        socket.check(
                Kernel.setsockopt(
                        socket.number(),
                        PacketSocket.SOL_PACKET,
                        PacketSocket.PACKET_FANOUT,
                        group | (TYPE_CBPF | flags) << 16),
                "setsockopt PACKET_FANOUT");
        try (Arena arena = Arena.ofConfined()) {
            socket.check(
                    Kernel.setsockopt(
                            socket.number(),
                            PacketSocket.SOL_PACKET,
                            PacketSocket.PACKET_FANOUT_DATA,
                            PacketSocket.program(arena, chooser)),
                    "setsockopt PACKET_FANOUT_DATA");
        }
    }
}
