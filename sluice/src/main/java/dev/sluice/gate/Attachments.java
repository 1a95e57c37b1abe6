package dev.sluice.gate;

import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.TcxLink.Direction;

/// Programs at interfaces, whichever way the kernel offers: links where it has tcx (Linux 6.6),
/// clsact filters before that. Either way a program stays when this process dies.
sealed interface Attachments extends AutoCloseable permits TcxAttachments, ClsactAttachments {

    /// Puts a program at an interface; one of ours that is there already is replaced without a gap.
    void attach(BpfProgram program, int interfaceIndex, String name, Direction direction);

    /// An interface is gone, and our programs with it: nothing is kept for it any more.
    void gone(int interfaceIndex);

    /// Takes our programs away, of an earlier process too.
    ///
    /// @return whether there were any
    boolean detachAll();

    /// Lets go; the programs stay.
    @Override
    void close();
}
