package dev.sluice.director.service;

/// How a service shares its clients among real servers, by the algorithms and tie rules of ipvs.md
/// §5. It comes in two halves. This one lives as long as the service keeps its scheduler and holds
/// what outlives lists of servers, such as a table of localities. The other one, a [Pick], belongs
/// to one list.
///
/// All workers share both halves. State is atomic words, so that workers never wait for each other;
/// one worker alone behaves exactly as the kernel does.
public interface Scheduler {

    /// As `ipvsadm -s` names it.
    String name();

    /// The choices of a service that has just got this scheduler.
    ///
    /// @param present all its servers, which it meets at once: some schedulers begin elsewhere then
    ///   than if the servers had been added one by one
    /// @param flags `-b`: bits 0–2 are IPVS's scheduler flags 1–3
    Pick compile(ServerList present, int flags);

    /// Lets what is remembered grow old. Control calls it every few seconds.
    default void poll(long nowNanos, Policy policy) {}
}
