package dev.sluice.net.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// `struct __sk_buff`, the packet as a program sees it: offsets for loads from the context, and the
/// actions a program returns (`include/uapi/linux/bpf.h`).
public final class SkBuff {

    public static final int BYTES = 192;

    public static final int LENGTH = 0;

    /// Whom the frame is for: 0 is this host.
    public static final int PACKET_TYPE = 4;

    /// Can be written.
    public static final int MARK = 8;

    /// The ethertype, in network order, behind a VLAN tag that is [#VLAN_PRESENT].
    public static final int PROTOCOL = 16;

    /// 1 when a VLAN tag was taken out of the frame and is kept beside it.
    public static final int VLAN_PRESENT = 20;

    /// Where the packet came into this machine.
    public static final int INGRESS_INTERFACE = 36;

    /// Where the program runs.
    public static final int INTERFACE = 40;

    /// Five words that programs may use.
    public static final int CONTROL = 48;

    /// The next program decides (`TCX_NEXT`); after the last one the packet passes.
    public static final int NEXT = -1;

    /// The packet passes, whatever other programs think (`TCX_PASS`).
    public static final int PASS = 0;

    /// `TCX_DROP`.
    public static final int DROP = 2;

    /// What [dev.sluice.ebpf.Helper#REDIRECT] answers when it will do as asked (`TCX_REDIRECT`).
    public static final int REDIRECT = 7;

    /// Flag of [dev.sluice.ebpf.Helper#REDIRECT]: as if it had arrived at that interface.
    public static final int INTO_INGRESS = 1;

    private SkBuff() {}

    /// What a test run can say about a packet besides its bytes.
    ///
    /// @param ingressInterface where the packet came into the machine
    /// @param interfaceIndex where the program runs; must exist, 0 is the loopback interface
    public record Context(int mark, int ingressInterface, int interfaceIndex) {

        byte[] bytes() {
            ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
            bytes.putInt(MARK, mark);
            bytes.putInt(INGRESS_INTERFACE, ingressInterface);
            bytes.putInt(INTERFACE, interfaceIndex);
            return bytes.array();
        }

        static Context of(byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
            return new Context(
                    buffer.getInt(MARK),
                    buffer.getInt(INGRESS_INTERFACE),
                    buffer.getInt(INTERFACE));
        }
    }
}
