package dev.sluice.net.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.net.bpf.BpfCall.Command;
import dev.sluice.net.linux.Descriptor;
import dev.sluice.net.linux.Errno;
import dev.sluice.net.linux.LinuxException;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// A program at an interface, held by a link (tcx, Linux 6.6). The program stays as long as
/// somebody has the link: this object, or a pin. When the interface goes, the link is defunct.
public final class TcxLink implements AutoCloseable {

    /// Where packets meet the program (`enum bpf_attach_type`).
    public enum Direction {
        INGRESS(46),
        EGRESS(47);

        private final int number;

        Direction(int number) {
            this.number = number;
        }
    }

    // struct bpf_link_info
    private static final int INFO_BYTES = 64;
    private static final int INFO_PROGRAM_ID = 8;
    private static final int INFO_INTERFACE = 16;

    private final Descriptor descriptor;

    private TcxLink(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /// Puts a program behind those that are there already.
    ///
    /// @param name of the interface, for messages
    public static TcxLink attach(
            BpfProgram program, int interfaceIndex, String name, Direction direction) {
        try (BpfCall call = new BpfCall(Command.LINK_CREATE)) {
            call.u32(0, program.number()) // prog_fd
                    .u32(4, interfaceIndex) // target_ifindex
                    .u32(8, direction.number); // attach_type
            String what = program.program().name() + " at " + name + " " + direction;
            return new TcxLink(
                    Descriptor.of(call.attempt(), call.name(), what, "tcx needs Linux 6.6"));
        }
    }

    /// Takes over a link that is pinned, or null.
    public static @Nullable TcxLink open(String path) {
        Descriptor descriptor = BpfFileSystem.get(path);
        return descriptor == null ? null : new TcxLink(descriptor);
    }

    /// Whether this kernel has tcx: asked by a link to an interface that does not exist, which a
    /// kernel that knows tcx refuses with ENODEV before it looks at anything else.
    public static boolean isSupported(BpfProgram program) {
        try (BpfCall call = new BpfCall(Command.LINK_CREATE)) {
            int result =
                    call.u32(0, program.number())
                            .u32(4, Integer.MAX_VALUE)
                            .u32(8, Direction.INGRESS.number)
                            .attempt();
            return result == -Errno.ENODEV;
        }
    }

    /// How many programs are at an interface of the calling thread's namespace, whoever's.
    public static int count(int interfaceIndex, Direction direction) {
        try (BpfCall call = new BpfCall(Command.PROG_QUERY)) {
            call.u32(0, interfaceIndex).u32(4, direction.number); // target_ifindex, attach_type
            call.on("interface #" + interfaceIndex);
            return call.u32(24); // count
        }
    }

    /// Replaces the program in one step; no packet meets neither.
    ///
    /// @throws LinuxException also when the interface is gone
    public void update(BpfProgram program) {
        try (BpfCall call = new BpfCall(Command.LINK_UPDATE)) {
            call.u32(0, descriptor.number()).u32(4, program.number()); // link_fd, new_prog_fd
            call.on(descriptor + " to " + program);
        }
    }

    /// The index of the interface, 0 when it is gone.
    public int interfaceIndex() {
        return info(INFO_INTERFACE);
    }

    /// The kernel's number of the program.
    public int programId() {
        return info(INFO_PROGRAM_ID);
    }

    /// Gives it a name on the bpf file system: the program stays without us.
    public void pin(String path) {
        BpfFileSystem.pin(descriptor, path);
    }

    /// Takes the program away, even when the link is pinned.
    public void detach() {
        try (BpfCall call = new BpfCall(Command.LINK_DETACH)) {
            call.u32(0, descriptor.number()).on(descriptor.toString());
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }

    private int info(int field) {
        try (BpfCall call = new BpfCall(Command.OBJ_GET_INFO_BY_FD)) {
            call.u32(0, descriptor.number()).u32(4, INFO_BYTES); // bpf_fd, info_len
            MemorySegment info = call.buffer(8, INFO_BYTES);
            call.on(descriptor.toString());
            return info.get(JAVA_INT, field);
        }
    }
}
