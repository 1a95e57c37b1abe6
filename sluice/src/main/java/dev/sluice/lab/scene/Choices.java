package dev.sluice.lab.scene;

import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options that every scene has. They may stand before the scene's name and after it; what
/// stands after it wins.
final class Choices {

    private static final int REAL_SERVERS = 2;
    private static final int REQUESTS = 1000;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(
            names = "--real-servers",
            paramLabel = "N",
            description = "How many real servers (default: " + REAL_SERVERS + ").")
    private @Nullable Integer realServers;

    @Option(names = "--ipv6", description = "IPv6 instead of IPv4.")
    private boolean ipv6;

    @Option(
            names = "--scheduler",
            paramLabel = "NAME",
            description = "rr, wrr, lc, wlc, … (default: the tutorial's).")
    private @Nullable String scheduler;

    @Option(
            names = "--persistent",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "0",
            description = "A client stays with its server (alone: as long as ipvsadm -p).")
    private @Nullable Integer persistent;

    @Option(names = "--udp", description = "A UDP echo instead of HTTP.")
    private boolean udp;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "How many requests (default: " + REQUESTS + ").")
    private @Nullable Integer requests;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Worker threads of the director (default: its own).")
    private @Nullable Integer workers;

    @Option(
            names = "--hold",
            description = "Keep everything up afterwards and say how to look around.")
    private boolean hold;

    /// These, and where one is not given, that of an outer command.
    Settings over(Choices outer) {
        int wanted = or(or(requests, outer.requests), REQUESTS);
        if (wanted < 1) {
            throw new CommandLine.ParameterException(
                    command.commandLine(), "--requests must be at least 1");
        }
        return new Settings(
                or(or(realServers, outer.realServers), REAL_SERVERS),
                ipv6 || outer.ipv6 ? Family.IPV6 : Family.IPV4,
                scheduler != null ? scheduler : outer.scheduler,
                persistent != null ? persistent : outer.persistent,
                udp || outer.udp,
                wanted,
                or(or(workers, outer.workers), 0),
                hold || outer.hold);
    }

    private static @Nullable Integer or(@Nullable Integer first, @Nullable Integer second) {
        return first != null ? first : second;
    }

    private static int or(@Nullable Integer chosen, int otherwise) {
        return chosen != null ? chosen : otherwise;
    }
}
