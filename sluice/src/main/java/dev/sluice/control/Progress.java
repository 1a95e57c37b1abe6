package dev.sluice.control;

/// Takes note of how far a [Program] is, which may take minutes. What becomes of it is not the
/// program's business: somebody at a terminal sees it, nobody else.
@FunctionalInterface
public interface Progress {

    /// Nobody looks.
    Progress IGNORED = (_, _, _) -> {};

    /// To be called as often as one likes.
    ///
    /// @param what is counted, `rules`
    /// @param total 0: not known
    void at(long done, long total, String what);
}
